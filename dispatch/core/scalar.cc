// Conversion of single elements and Python scalars.
#include <string>

#include "dispatch/core/dtype.h"
#include "dispatch/core/error.h"
#include "dispatch/scalar_fn.h"

namespace crossarray {

float half_to_float(Half h) { return scalar::half_value(h); }
Half float_to_half(float f) { return scalar::to_half(f); }
Half double_to_half(double d) { return scalar::to_half(d); }
float bfloat16_to_float(BFloat16 h) { return scalar::half_value(h); }
BFloat16 float_to_bfloat16(float f) { return scalar::to_bfloat16(f); }

Scalar cast_scalar(const Scalar& from, DType to) {
  Scalar result;
  result.dtype = to;
  const void* in[] = {from.bits};
  scalar_cast_fn(from.dtype, to)(in, result.bits);
  return result;
}

namespace {

[[noreturn]] void raise_out_of_bounds(const WeakScalar& value, DType to) {
  using Range = WeakScalar::Range;
  const std::string digits = value.range == Range::kI64   ? std::to_string(value.i)
                             : value.range == Range::kU64 ? std::to_string(value.u)
                                                          : std::string("too large to convert");
  raise(ErrorKind::kOverflow, "Python integer " + digits + " out of bounds for " + name(to));
}

/// A Python int as integer dtype T, exactly or not at all.
template <class T> Scalar exact_int(const WeakScalar& value, DType to) {
  T result = 0;
  bool fits = false;
  if (value.range == WeakScalar::Range::kI64) {
    result = static_cast<T>(value.i);
    fits = static_cast<int64_t>(result) == value.i && (result < 0) == (value.i < 0);
  } else if (value.range == WeakScalar::Range::kU64) {
    result = static_cast<T>(value.u);
    fits = sizeof(T) == 8 && result > 0 && static_cast<uint64_t>(result) == value.u;
  }
  if (!fits) raise_out_of_bounds(value, to);
  return Scalar::of(to, result);
}

/// Nearest double of a Python int; one beyond a double's range has no value.
double int_as_double(const WeakScalar& value) {
  switch (value.range) {
    case WeakScalar::Range::kI64: return static_cast<double>(value.i);
    case WeakScalar::Range::kU64: return static_cast<double>(value.u);
    default: break;
  }
  if (std::isinf(value.c.real())) raise(ErrorKind::kOverflow, "int too large to convert to float");
  return value.c.real();
}

}  // namespace

Scalar cast_weak(const WeakScalar& from, DType to) {
  using Type = WeakScalar::Type;
  if (from.type == Type::kBool) return cast_scalar(Scalar::of(DType::kBool, from.i != 0), to);
  if (from.type != Type::kInt) return cast_scalar(Scalar::of(DType::kC128, from.c), to);
  if (is_integer(to)) {
    return visit(to, [&](auto t) -> Scalar {
      if constexpr (is_integer(t))
        return exact_int<dtype_t<t>>(from, to);
      else
        return {};
    });
  }
  if (to == DType::kBool) return Scalar::of(to, from.range != WeakScalar::Range::kI64 || from.i != 0);
  return cast_scalar(Scalar::of(DType::kF64, int_as_double(from)), to);
}

}  // namespace crossarray
