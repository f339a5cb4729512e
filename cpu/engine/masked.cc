#include "cpu/engine/masked.h"

#include <complex>
#include <cstring>
#include <limits>

namespace crossarray::cpu {
namespace {

/// The largest (sign 1) or smallest (-1) value of a dtype in NumPy's order, NaN aside.
template <DType t> dtype_t<t> extreme(int sign) {
  using T = dtype_t<t>;
  if constexpr (is_complex(t)) {
    using R = dtype_t<real_of(t)>;
    const R part = static_cast<R>(sign) * std::numeric_limits<R>::infinity();
    return T(part, part);
  } else if constexpr (is_float(t)) {
    return static_cast<T>(sign) * std::numeric_limits<T>::infinity();
  } else {
    return sign > 0 ? std::numeric_limits<T>::max() : std::numeric_limits<T>::lowest();
  }
}

/// fmin and fmax pass over NaN: an infinity would win where all else is NaN.
template <DType t> dtype_t<t> passed_over(int sign) {
  if constexpr (is_float(t) || is_complex(t))
    return dtype_t<t>(std::numeric_limits<double>::quiet_NaN());
  else
    return extreme<t>(sign);
}

/// Every element is written and only the chosen ones are kept: a branch on a random mask is mispredicted half the time.
template <class T> int64_t drop_as(const std::byte* values, const bool* mask, int64_t n, std::byte* out) {
  const T* from = reinterpret_cast<const T*>(values);
  T* to = reinterpret_cast<T*>(out);
  const uint8_t* chosen = reinterpret_cast<const uint8_t*>(mask);
  int64_t kept = 0;
  for (int64_t k = 0; k < n; ++k) {
    to[kept] = from[k];
    kept += chosen[k] != 0;
  }
  return kept;
}

bool has_neutral(ReduceKind kind) {
  return kind != ReduceKind::kArgMin && kind != ReduceKind::kArgMax && kind != ReduceKind::kVar &&
         kind != ReduceKind::kStd;
}

}  // namespace

Scalar neutral_of(ReduceKind kind, DType dtype) {
  return visit(dtype, [&](auto t) -> Scalar {
    using T = dtype_t<t()>;
    if constexpr (is_half(t())) {
      return Scalar{};
    } else {
      switch (kind) {
        case ReduceKind::kProd:
        case ReduceKind::kAll: return Scalar::of(dtype, T(1));
        case ReduceKind::kMin: return Scalar::of(dtype, extreme<t()>(1));
        case ReduceKind::kMax: return Scalar::of(dtype, extreme<t()>(-1));
        case ReduceKind::kFMin: return Scalar::of(dtype, passed_over<t()>(1));
        case ReduceKind::kFMax: return Scalar::of(dtype, passed_over<t()>(-1));
        case ReduceKind::kBitAnd:
          if constexpr (std::is_integral_v<T>)
            return Scalar::of(dtype, t() == DType::kBool ? T(1) : static_cast<T>(-1));
          else
            return Scalar::of(dtype, T(0));
        default: return Scalar::of(dtype, T(0));
      }
    }
  });
}

Masked::Masked(ReduceKind kind, DType input) : item_(itemsize(input)) {
  if (!has_neutral(kind)) return;
  neutral_ = neutral_of(kind, input);
  where_ = tile_kernel(Op::where, input);
}

void Masked::fill(const std::byte* values, const bool* mask, int64_t n, std::byte* out) const {
  constexpr unsigned kNeutralIsOne = 4;
  const void* in[3] = {mask, values, neutral_.bits};
  where_(in, kNeutralIsOne, out, static_cast<size_t>(n));
}

int64_t Masked::drop(const std::byte* values, const bool* mask, int64_t n, std::byte* out) const {
  switch (item_) {
    case 1: return drop_as<uint8_t>(values, mask, n, out);
    case 2: return drop_as<uint16_t>(values, mask, n, out);
    case 4: return drop_as<uint32_t>(values, mask, n, out);
    case 8: return drop_as<uint64_t>(values, mask, n, out);
    default: return drop_as<std::complex<double>>(values, mask, n, out);
  }
}

}  // namespace crossarray::cpu
