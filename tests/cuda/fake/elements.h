// Elements of cudaDataType as complex doubles: what the fake libraries compute with.
#pragma once

#include <algorithm>
#include <complex>
#include <cstring>

#include "dispatch/core/dtype.h"

namespace crossarray::cuda::fake {

using Element = std::complex<double>;

inline DType element_dtype(int type) {
  switch (type) {
    case 0: return DType::kF32;
    case 1: return DType::kF64;
    case 2: return DType::kF16;
    case 4: return DType::kC64;
    case 5: return DType::kC128;
    default: return DType::kBF16;
  }
}

inline size_t element_size(int type) { return itemsize(element_dtype(type)); }

inline Element load_element(const std::byte* data, int type, int64_t index) {
  Scalar s{element_dtype(type), {}};
  std::memcpy(s.bits, data + index * static_cast<int64_t>(element_size(type)), element_size(type));
  return cast_scalar(s, DType::kC128).as<Element>();
}

inline void store_element(std::byte* data, int type, int64_t index, Element value) {
  const DType dtype = element_dtype(type);
  const Scalar whole = Scalar::of(DType::kC128, value);
  const Scalar real = is_complex(dtype) ? whole : Scalar::of(DType::kF64, value.real());
  std::memcpy(data + index * static_cast<int64_t>(element_size(type)), cast_scalar(real, dtype).bits,
              element_size(type));
}

}  // namespace crossarray::cuda::fake
