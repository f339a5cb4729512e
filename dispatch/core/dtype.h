// Element types, their sizes and kinds, and scalar values of them.
#pragma once

#include <array>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace crossarray {

/// The fifteen element types. The order is the order in which a ufunc's loops are searched (NumPy's, with bfloat16
/// after float16), so comparing enumerators has a meaning in promote.cc only.
enum class DType : uint8_t {
  kBool,
  kI8,
  kU8,
  kI16,
  kU16,
  kI32,
  kU32,
  kI64,
  kU64,
  kF16,
  kBF16,
  kF32,
  kF64,
  kC64,
  kC128,
};
inline constexpr int kDTypeCount = 15;
inline constexpr size_t kMaxItemSize = 16;

enum class Kind : uint8_t { kBool, kSigned, kUnsigned, kFloat, kComplex };

struct DTypeInfo {
  const char* name;  // NumPy's name
  char code;         // NumPy's one-letter code; 'E' for bfloat16, which is ml_dtypes' own
  uint8_t size;      // bytes
  Kind kind;
};

inline constexpr std::array<DTypeInfo, kDTypeCount> kDTypes = {{
    {"bool", '?', 1, Kind::kBool},
    {"int8", 'b', 1, Kind::kSigned},
    {"uint8", 'B', 1, Kind::kUnsigned},
    {"int16", 'h', 2, Kind::kSigned},
    {"uint16", 'H', 2, Kind::kUnsigned},
    {"int32", 'i', 4, Kind::kSigned},
    {"uint32", 'I', 4, Kind::kUnsigned},
    {"int64", 'l', 8, Kind::kSigned},
    {"uint64", 'L', 8, Kind::kUnsigned},
    {"float16", 'e', 2, Kind::kFloat},
    {"bfloat16", 'E', 2, Kind::kFloat},
    {"float32", 'f', 4, Kind::kFloat},
    {"float64", 'd', 8, Kind::kFloat},
    {"complex64", 'F', 8, Kind::kComplex},
    {"complex128", 'D', 16, Kind::kComplex},
}};

constexpr const DTypeInfo& info(DType t) { return kDTypes[static_cast<size_t>(t)]; }
constexpr size_t itemsize(DType t) { return info(t).size; }
constexpr Kind kind(DType t) { return info(t).kind; }
constexpr const char* name(DType t) { return info(t).name; }
constexpr bool is_integer(DType t) { return kind(t) == Kind::kSigned || kind(t) == Kind::kUnsigned; }
constexpr bool is_float(DType t) { return kind(t) == Kind::kFloat; }
constexpr bool is_complex(DType t) { return kind(t) == Kind::kComplex; }
/// f16 and bf16: stored as two bytes, computed in f32 and rounded after every op, as NumPy does.
constexpr bool is_half(DType t) { return t == DType::kF16 || t == DType::kBF16; }
/// The real type of a complex dtype; any other dtype unchanged.
constexpr DType real_of(DType t) { return t == DType::kC64 ? DType::kF32 : t == DType::kC128 ? DType::kF64 : t; }

/// Two-byte storage types. Arithmetic happens in float: see kernels/convert and ops_scalar.h.
struct Half {
  uint16_t bits;
};
struct BFloat16 {
  uint16_t bits;
};

/// C++ type of a dtype: dtype_t<DType::kF32> is float.
template <DType> struct CType;
template <> struct CType<DType::kBool> { using type = bool; };
template <> struct CType<DType::kI8> { using type = int8_t; };
template <> struct CType<DType::kU8> { using type = uint8_t; };
template <> struct CType<DType::kI16> { using type = int16_t; };
template <> struct CType<DType::kU16> { using type = uint16_t; };
template <> struct CType<DType::kI32> { using type = int32_t; };
template <> struct CType<DType::kU32> { using type = uint32_t; };
template <> struct CType<DType::kI64> { using type = int64_t; };
template <> struct CType<DType::kU64> { using type = uint64_t; };
template <> struct CType<DType::kF16> { using type = Half; };
template <> struct CType<DType::kBF16> { using type = BFloat16; };
template <> struct CType<DType::kF32> { using type = float; };
template <> struct CType<DType::kF64> { using type = double; };
template <> struct CType<DType::kC64> { using type = std::complex<float>; };
template <> struct CType<DType::kC128> { using type = std::complex<double>; };
template <DType t> using dtype_t = typename CType<t>::type;

/// Calls `f(std::integral_constant<DType, t>{})` for the run-time dtype `t`.
template <class F> decltype(auto) visit(DType t, F&& f) {
#define XA_CASE(D) \
  case DType::D: return f(std::integral_constant<DType, DType::D>{})
  switch (t) {
    XA_CASE(kBool);
    XA_CASE(kI8);
    XA_CASE(kU8);
    XA_CASE(kI16);
    XA_CASE(kU16);
    XA_CASE(kI32);
    XA_CASE(kU32);
    XA_CASE(kI64);
    XA_CASE(kU64);
    XA_CASE(kF16);
    XA_CASE(kBF16);
    XA_CASE(kF32);
    XA_CASE(kF64);
    XA_CASE(kC64);
    XA_CASE(kC128);
  }
#undef XA_CASE
  __builtin_unreachable();
}

/// One element of a known dtype, held by its bits.
struct Scalar {
  DType dtype = DType::kF64;
  alignas(16) std::byte bits[kMaxItemSize] = {};

  template <class T> static Scalar of(DType dtype, T value) {
    static_assert(sizeof(T) <= kMaxItemSize);
    Scalar s;
    s.dtype = dtype;
    std::memcpy(s.bits, &value, sizeof(T));
    return s;
  }
  template <class T> T as() const {
    T value;
    std::memcpy(&value, bits, sizeof(T));
    return value;
  }
  friend bool operator==(const Scalar& a, const Scalar& b) {
    return a.dtype == b.dtype && std::memcmp(a.bits, b.bits, itemsize(a.dtype)) == 0;
  }
};

/// A Python bool, int, float or complex: takes part in promotion by its kind alone (NEP 50's weak scalars).
struct WeakScalar {
  enum class Type : uint8_t { kBool, kInt, kFloat, kComplex } type = Type::kInt;
  enum class Range : uint8_t { kI64, kU64, kTooBig, kTooSmall } range = Range::kI64;  // ints: which field holds it
  int64_t i = 0;                                                                      // bool and int
  uint64_t u = 0;                                                                     // int above int64
  std::complex<double> c = 0;  // float (imaginary 0) and complex; for a big int its nearest double
};

/// Converts an element to another dtype with NumPy's astype(casting="unsafe") rules. Implemented in scalar.cc.
Scalar cast_scalar(const Scalar& from, DType to);
/// Converts a Python scalar to dtype. Throws Error(kOverflow) with NumPy's text when an int does not fit an integer
/// dtype ("Python integer 300 out of bounds for uint8").
Scalar cast_weak(const WeakScalar& from, DType to);

float half_to_float(Half h);
Half float_to_half(float f);
Half double_to_half(double d);  // one rounding, as NumPy's
float bfloat16_to_float(BFloat16 h);
BFloat16 float_to_bfloat16(float f);

}  // namespace crossarray
