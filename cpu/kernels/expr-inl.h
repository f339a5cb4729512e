// One Highway expression per op: `expr::add(d, a, b)`. Tile kernels and the engine's register chains call the same ones.
// Lanes are float, double or integers; a comparison returns a mask. What an op's row calls "0 ulp" is NumPy's bits here.
//
// An op without an expression here runs its scalar expression in a loop (see tile-inl.h); there is no list of them.
// Include after hwy/highway.h, once per target.
#if defined(CROSSARRAY_CPU_KERNELS_EXPR_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef CROSSARRAY_CPU_KERNELS_EXPR_INL_H_
#undef CROSSARRAY_CPU_KERNELS_EXPR_INL_H_
#else
#define CROSSARRAY_CPU_KERNELS_EXPR_INL_H_
#endif

#include "dispatch/scalar/bits.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace crossarray::cpu::HWY_NAMESPACE::expr {

namespace hn = hwy::HWY_NAMESPACE;

template <class D> using Lane = hn::TFromD<D>;
template <class D>
concept FloatLanes = hwy::IsFloat<Lane<D>>();
template <class D>
concept IntLanes = !hwy::IsFloat<Lane<D>>();
template <class D>
concept SignedLanes = IntLanes<D> && hwy::IsSigned<Lane<D>>();
/// Highway 1.0.3 multiplies 16- and 32-bit integers on every target, 64-bit ones natively on AVX-512 only.
template <class D>
concept ProductLanes = FloatLanes<D> || sizeof(Lane<D>) == 2 || sizeof(Lane<D>) == 4 ||
                       (HWY_TARGET <= HWY_AVX3 && sizeof(Lane<D>) == 8);

// -- arithmetic
template <class D, class V> HWY_INLINE V add(D, V a, V b) { return hn::Add(a, b); }
template <class D, class V> HWY_INLINE V subtract(D, V a, V b) { return hn::Sub(a, b); }
template <class D, class V>
requires ProductLanes<D> HWY_INLINE V multiply(D, V a, V b) { return hn::Mul(a, b); }
template <class D, class V>
requires ProductLanes<D> HWY_INLINE V square(D, V a) { return hn::Mul(a, a); }
template <class D, class V>
requires FloatLanes<D> HWY_INLINE V divide(D, V a, V b) { return hn::Div(a, b); }
template <class D, class V>
requires FloatLanes<D> HWY_INLINE V reciprocal(D d, V a) { return hn::Div(hn::Set(d, 1), a); }
template <class D, class V>
requires FloatLanes<D> HWY_INLINE V sqrt(D, V a) { return hn::Sqrt(a); }
template <class D, class V>
requires FloatLanes<D> HWY_INLINE V negative(D d, V a) { return hn::Xor(a, hn::SignBit(d)); }
template <class D, class V>
requires IntLanes<D> HWY_INLINE V negative(D d, V a) { return hn::Sub(hn::Zero(d), a); }
template <class D, class V> HWY_INLINE V positive(D, V a) { return a; }
template <class D, class V> HWY_INLINE V copy(D, V a) { return a; }
template <class D, class V> HWY_INLINE V conjugate(D, V a) { return a; }
template <class D, class V>
requires(FloatLanes<D> || SignedLanes<D>) HWY_INLINE V absolute(D, V a) { return hn::Abs(a); }
template <class D, class V>
requires(IntLanes<D> && !SignedLanes<D>) HWY_INLINE V absolute(D, V a) { return a; }
template <class D, class V>
requires FloatLanes<D> HWY_INLINE V fabs(D, V a) { return hn::Abs(a); }
template <class D, class V>
requires FloatLanes<D> HWY_INLINE V degrees(D d, V a) {
  return hn::Mul(a, hn::Set(d, Lane<D>(180) / Lane<D>(3.141592653589793238)));
}
template <class D, class V>
requires FloatLanes<D> HWY_INLINE V radians(D d, V a) {
  return hn::Mul(a, hn::Set(d, Lane<D>(3.141592653589793238) / Lane<D>(180)));
}

// -- rounding
template <class D, class V>
requires FloatLanes<D> HWY_INLINE V floor(D, V a) { return hn::Floor(a); }
template <class D, class V>
requires FloatLanes<D> HWY_INLINE V ceil(D, V a) { return hn::Ceil(a); }
template <class D, class V>
requires FloatLanes<D> HWY_INLINE V trunc(D, V a) { return hn::Trunc(a); }
template <class D, class V>
requires FloatLanes<D> HWY_INLINE V rint(D, V a) { return hn::Round(a); }
template <class D, class V>
requires FloatLanes<D> HWY_INLINE V copysign(D, V a, V b) { return hn::CopySign(a, b); }
template <class D, class V>
requires FloatLanes<D> HWY_INLINE V modf_integral(D, V a) { return hn::Trunc(a); }
template <class D, class V>
requires FloatLanes<D> HWY_INLINE V modf_fraction(D d, V a) {
  const V fraction = hn::IfThenElse(hn::IsInf(a), hn::Zero(d), hn::Sub(a, hn::Trunc(a)));
  return hn::CopySign(fraction, a);
}

// -- comparison and tests: masks
template <class D, class V> HWY_INLINE auto equal(D, V a, V b) { return hn::Eq(a, b); }
/// Not(Eq): Highway 1.0.3's Ne is false for NaN on AVX-512.
template <class D, class V> HWY_INLINE auto not_equal(D, V a, V b) { return hn::Not(hn::Eq(a, b)); }
template <class D, class V> HWY_INLINE auto less(D, V a, V b) { return hn::Lt(a, b); }
template <class D, class V> HWY_INLINE auto greater(D, V a, V b) { return hn::Gt(a, b); }
template <class D, class V>
requires FloatLanes<D> HWY_INLINE auto less_equal(D, V a, V b) { return hn::Le(a, b); }
template <class D, class V>
requires FloatLanes<D> HWY_INLINE auto greater_equal(D, V a, V b) { return hn::Ge(a, b); }
template <class D, class V>
requires IntLanes<D> HWY_INLINE auto less_equal(D, V a, V b) { return hn::Not(hn::Gt(a, b)); }
template <class D, class V>
requires IntLanes<D> HWY_INLINE auto greater_equal(D, V a, V b) { return hn::Not(hn::Lt(a, b)); }
template <class D, class V>
requires FloatLanes<D> HWY_INLINE auto isnan(D, V a) { return hn::IsNaN(a); }
template <class D, class V>
requires FloatLanes<D> HWY_INLINE auto isinf(D, V a) { return hn::IsInf(a); }
template <class D, class V>
requires FloatLanes<D> HWY_INLINE auto isfinite(D, V a) { return hn::IsFinite(a); }
template <class D, class V>
requires FloatLanes<D> HWY_INLINE auto signbit(D d, V a) {
  const hn::RebindToSigned<D> di;
  return hn::RebindMask(d, hn::Lt(hn::BitCast(di, a), hn::Zero(di)));
}
template <class D, class V> HWY_INLINE auto truth(D d, V a) { return not_equal(d, a, hn::Zero(d)); }
template <class D, class V> HWY_INLINE auto logical_and(D d, V a, V b) { return hn::And(truth(d, a), truth(d, b)); }
template <class D, class V> HWY_INLINE auto logical_or(D d, V a, V b) { return hn::Or(truth(d, a), truth(d, b)); }
template <class D, class V> HWY_INLINE auto logical_xor(D d, V a, V b) { return hn::Xor(truth(d, a), truth(d, b)); }
template <class D, class V> HWY_INLINE auto logical_not(D d, V a) { return hn::Eq(a, hn::Zero(d)); }
template <class D, class M, class V> HWY_INLINE V where(D, M condition, V a, V b) {
  return hn::IfThenElse(condition, a, b);
}

// -- extrema. Of equal numbers the second is taken (-0 and 0 are equal), as x86's max(x, y) = "x > y ? x : y" does, which
// also hands on the second for NaN; other targets say it with masks.
template <class D, class V>
requires IntLanes<D> HWY_INLINE V maximum(D, V a, V b) { return hn::Max(a, b); }
template <class D, class V>
requires IntLanes<D> HWY_INLINE V minimum(D, V a, V b) { return hn::Min(a, b); }
template <class D, class V>
requires IntLanes<D> HWY_INLINE V fmax(D, V a, V b) { return hn::Max(a, b); }
template <class D, class V>
requires IntLanes<D> HWY_INLINE V fmin(D, V a, V b) { return hn::Min(a, b); }
#if HWY_ARCH_X86
template <class V> HWY_INLINE V greater_or_second(V a, V b) { return hn::Max(a, b); }
template <class V> HWY_INLINE V less_or_second(V a, V b) { return hn::Min(a, b); }
#else
template <class V> HWY_INLINE V greater_or_second(V a, V b) { return hn::IfThenElse(hn::Gt(a, b), a, b); }
template <class V> HWY_INLINE V less_or_second(V a, V b) { return hn::IfThenElse(hn::Lt(a, b), a, b); }
#endif
template <class D, class V>
requires FloatLanes<D> HWY_INLINE V maximum(D, V a, V b) {
  return hn::IfThenElse(hn::IsNaN(a), a, greater_or_second(a, b));
}
template <class D, class V>
requires FloatLanes<D> HWY_INLINE V minimum(D, V a, V b) {
  return hn::IfThenElse(hn::IsNaN(a), a, less_or_second(a, b));
}
template <class D, class V>
requires FloatLanes<D> HWY_INLINE V fmax(D, V a, V b) {
  return hn::IfThenElse(hn::IsNaN(b), a, greater_or_second(a, b));
}
template <class D, class V>
requires FloatLanes<D> HWY_INLINE V fmin(D, V a, V b) { return hn::IfThenElse(hn::IsNaN(b), a, less_or_second(a, b)); }
template <class D, class V>
requires FloatLanes<D> HWY_INLINE V sign(D d, V a) {
  const V unit = hn::CopySign(hn::Set(d, 1), a), zero = hn::Zero(d);
  return hn::IfThenElse(hn::Eq(a, zero), zero, hn::IfThenElse(hn::IsNaN(a), a, unit));
}
template <class D, class V>
requires FloatLanes<D> HWY_INLINE V heaviside(D d, V a, V at_zero) {
  const V step = hn::IfThenElseZero(hn::Gt(a, hn::Zero(d)), hn::Set(d, 1));
  return hn::IfThenElse(hn::IsNaN(a), a, hn::IfThenElse(hn::Eq(a, hn::Zero(d)), at_zero, step));
}

// -- bits
template <class D, class V>
requires IntLanes<D> HWY_INLINE V bitwise_and(D, V a, V b) { return hn::And(a, b); }
template <class D, class V>
requires IntLanes<D> HWY_INLINE V bitwise_or(D, V a, V b) { return hn::Or(a, b); }
template <class D, class V>
requires IntLanes<D> HWY_INLINE V bitwise_xor(D, V a, V b) { return hn::Xor(a, b); }
template <class D, class V>
requires IntLanes<D> HWY_INLINE V invert(D, V a) { return hn::Not(a); }
/// All lanes by one count that is inside the lane.
template <class D> struct ShiftBy {
  int count;
  static bool takes(Lane<D> count) { return count >= 0 && static_cast<uint64_t>(count) < 8 * sizeof(Lane<D>); }
};
template <class D> struct LeftShiftBy : ShiftBy<D> {
  HWY_INLINE hn::Vec<D> operator()(D, hn::Vec<D> a) const { return hn::ShiftLeftSame(a, this->count); }
};
template <class D> struct RightShiftBy : ShiftBy<D> {
  HWY_INLINE hn::Vec<D> operator()(D, hn::Vec<D> a) const { return hn::ShiftRightSame(a, this->count); }
};
template <class D>
requires IntLanes<D> HWY_INLINE auto left_shift_by(D, Lane<D> count) {
  return LeftShiftBy<D>{{static_cast<int>(count)}};
}
template <class D>
requires IntLanes<D> HWY_INLINE auto right_shift_by(D, Lane<D> count) {
  return RightShiftBy<D>{{static_cast<int>(count)}};
}

// -- powers of two
/// ldexp by one exponent whose power is a normal number: a product, rounded once.
template <class D> struct LdexpBy {
  hn::Vec<D> power;
  static bool takes(int64_t exponent) {
    using F = scalar::FloatBits<Lane<D>>;
    return exponent >= 1 - F::bias && exponent <= F::bias;
  }
  HWY_INLINE hn::Vec<D> operator()(D, hn::Vec<D> a) const { return hn::Mul(a, power); }
};
template <class D>
requires FloatLanes<D> HWY_INLINE auto ldexp_by(D d, int64_t exponent) {
  return LdexpBy<D>{hn::Set(d, scalar::ldexp(Lane<D>(1), exponent))};
}

/// float64 by exponents in 64-bit lanes: one product each, as above, if all are of that kind; else the scalar expression.
template <class D, class V, class E>
requires(FloatLanes<D> && sizeof(Lane<D>) == 8) HWY_INLINE V ldexp(D d, V a, E exponent) {
  const hn::RebindToSigned<D> di;
  using F = scalar::FloatBits<Lane<D>>;
  const E biased = hn::Add(exponent, hn::Set(di, F::bias));
  const auto normal = hn::And(hn::Gt(biased, hn::Zero(di)), hn::Lt(biased, hn::Set(di, 2 * F::bias + 1)));
  if (HWY_LIKELY(hn::AllTrue(di, normal))) return hn::Mul(a, hn::BitCast(d, hn::ShiftLeft<F::mantissa>(biased)));
  HWY_ALIGN Lane<D> values[HWY_LANES(Lane<D>)];
  HWY_ALIGN int64_t exponents[HWY_LANES(Lane<D>)];
  hn::Store(a, d, values);
  hn::Store(exponent, di, exponents);
  for (size_t i = 0; i < hn::Lanes(d); ++i) values[i] = scalar::ldexp(values[i], exponents[i]);
  return hn::Load(d, values);
}

}  // namespace crossarray::cpu::HWY_NAMESPACE::expr

/// Bools as bytes 0 and 1: only what the compiler does not vectorise from the scalar expression.
namespace crossarray::cpu::HWY_NAMESPACE::bexpr {
namespace hn = hwy::HWY_NAMESPACE;
template <class D, class V> HWY_INLINE V invert(D d, V a) { return hn::Xor(a, hn::Set(d, uint8_t{1})); }
template <class D, class V> HWY_INLINE V logical_not(D d, V a) { return invert(d, a); }
}  // namespace crossarray::cpu::HWY_NAMESPACE::bexpr
HWY_AFTER_NAMESPACE();

#endif  // CROSSARRAY_CPU_KERNELS_EXPR_INL_H_
