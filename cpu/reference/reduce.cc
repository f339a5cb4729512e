#include <cmath>
#include <complex>

#include "cpu/reference/reference.h"
#include "dispatch/scalar_fn.h"

namespace crossarray::cpu::reference {
namespace {

using Wide = std::complex<long double>;

/// Any number as a wide complex one; 64-bit integers are exact in long double.
Wide wide(const Scalar& s) {
  return visit(s.dtype, [&](auto t) -> Wide {
    using T = dtype_t<t()>;
    if constexpr (t() == DType::kF16)
      return half_to_float(s.as<T>());
    else if constexpr (t() == DType::kBF16)
      return bfloat16_to_float(s.as<T>());
    else if constexpr (is_complex(t()))
      return Wide(s.as<T>().real(), s.as<T>().imag());
    else
      return static_cast<long double>(s.as<T>());
  });
}

Scalar narrow(Wide v, DType dtype) {
  const std::complex<double> z(static_cast<double>(v.real()), static_cast<double>(v.imag()));
  const DType from = is_complex(dtype) ? DType::kC128 : DType::kF64;
  return cast_scalar(is_complex(dtype) ? Scalar::of(from, z) : Scalar::of(from, z.real()), dtype);
}

/// Left to right with the op itself.
Scalar fold(Op op, DType loop, const std::vector<Scalar>& values, Scalar start, size_t from) {
  Scalar acc = start;
  for (size_t i = from; i < values.size(); ++i) {
    const Scalar next = cast_scalar(values[i], loop), before = acc;
    const void* in[3] = {before.bits, next.bits, nullptr};
    scalar_fn(op, loop)(in, acc.bits);
  }
  return acc;
}

Wide sum(const std::vector<Scalar>& values) {
  Wide total = 0;
  for (const Scalar& v : values) total += wide(v);
  return total;
}

Wide product(const std::vector<Scalar>& values) {
  Wide total = 1;
  for (const Scalar& v : values) {
    const Wide w = wide(v);
    total = Wide(total.real() * w.real() - total.imag() * w.imag(), total.real() * w.imag() + total.imag() * w.real());
  }
  return total;
}

long double variance(const std::vector<Scalar>& values, double ddof) {
  const auto n = static_cast<long double>(values.size());
  const Wide mean = sum(values) / n;
  long double total = 0;
  for (const Scalar& v : values) total += std::norm(wide(v) - mean);
  return total / std::max(n - static_cast<long double>(ddof), 0.0L);
}

int64_t arg(const std::vector<Scalar>& values, bool max) {
  const auto nan = [](const Wide& w) { return w.real() != w.real() || w.imag() != w.imag(); };
  const auto less = [](const Wide& a, const Wide& b) {
    return a.real() < b.real() || (a.real() == b.real() && a.imag() < b.imag());
  };
  size_t best = 0;
  for (size_t i = 1; i < values.size(); ++i) {
    const Wide a = wide(values[i]), b = wide(values[best]);
    if (!nan(b) && (nan(a) || (max ? less(b, a) : less(a, b)))) best = i;
  }
  return static_cast<int64_t>(best);
}

Op op_of(ReduceKind kind) {
  switch (kind) {
    case ReduceKind::kSum: return Op::add;
    case ReduceKind::kProd: return Op::multiply;
    case ReduceKind::kMin: return Op::minimum;
    case ReduceKind::kMax: return Op::maximum;
    case ReduceKind::kFMin: return Op::fmin;
    case ReduceKind::kFMax: return Op::fmax;
    case ReduceKind::kBitAnd: return Op::bitwise_and;
    case ReduceKind::kBitOr: return Op::bitwise_or;
    default: return Op::bitwise_xor;
  }
}

Scalar integer(DType dtype, int64_t value) { return cast_scalar(Scalar::of(DType::kI64, value), dtype); }

}  // namespace

Scalar reduce(ReduceKind kind, DType accumulate, const std::vector<Scalar>& values, double ddof, DType result) {
  const bool exact = is_integer(accumulate) || accumulate == DType::kBool;
  const DType loop = is_half(accumulate) ? DType::kF32 : accumulate;
  switch (kind) {
    case ReduceKind::kAll:
    case ReduceKind::kAny: {
      bool any = false, all = true;
      for (const Scalar& v : values) {
        const bool truth = cast_scalar(v, DType::kBool).as<bool>();
        any |= truth;
        all &= truth;
      }
      return cast_scalar(Scalar::of(DType::kBool, kind == ReduceKind::kAll ? all : any), result);
    }
    case ReduceKind::kArgMin:
    case ReduceKind::kArgMax: return integer(result, arg(values, kind == ReduceKind::kArgMax));
    case ReduceKind::kMean: return narrow(sum(values) / static_cast<long double>(values.size()), result);
    case ReduceKind::kVar: return narrow(variance(values, ddof), result);
    case ReduceKind::kStd: return narrow(std::sqrt(variance(values, ddof)), result);
    case ReduceKind::kSum:
      if (!exact) return narrow(sum(values), result);
      return cast_scalar(fold(Op::add, loop, values, integer(loop, 0), 0), result);
    case ReduceKind::kProd:
      if (!exact) return narrow(product(values), result);
      return cast_scalar(fold(Op::multiply, loop, values, integer(loop, 1), 0), result);
    default: break;
  }
  if (values.empty()) return integer(result, kind == ReduceKind::kBitAnd ? -1 : 0);
  return cast_scalar(fold(op_of(kind), loop, values, cast_scalar(values[0], loop), 1), result);
}

}  // namespace crossarray::cpu::reference
