// Names of the element types in generated text, and index types.
#pragma once

#include "dispatch/scalar/types.h"

namespace crossarray {

struct Half {
  unsigned short bits;
};
struct BFloat16 {
  unsigned short bits;
};

namespace device {

using i8 = signed char;
using u8 = unsigned char;
using i16 = short;
using u16 = unsigned short;
using i32 = int;
using u32 = unsigned;
using i64 = long long;
using u64 = unsigned long long;
using f16 = Half;
using bf16 = BFloat16;
using f32 = float;
using f64 = double;
using c64 = scalar::Complex<float>;
using c128 = scalar::Complex<double>;

}  // namespace device
}  // namespace crossarray
