// Remainders and floor division of floats where there is a fused multiply-add.
//
// With q = floor(|a| / |b|), |a| - q |b| is a multiple of the last place of the smaller operand and less than |b| away from
// zero: one fused multiply-add gives it exactly as long as q is exact, which it is below 2^(mantissa bits + 1), but for one
// too many where the quotient was rounded up to a whole number. Other lanes take the scalar expression.
#if defined(CROSSARRAY_CPU_KERNELS_FMOD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef CROSSARRAY_CPU_KERNELS_FMOD_INL_H_
#undef CROSSARRAY_CPU_KERNELS_FMOD_INL_H_
#else
#define CROSSARRAY_CPU_KERNELS_FMOD_INL_H_
#endif

#include "cpu/kernels/expr-inl.h"
#include "dispatch/ops_scalar.h"
#include "hwy/highway.h"

#if HWY_NATIVE_FMA
HWY_BEFORE_NAMESPACE();
namespace crossarray::cpu::HWY_NAMESPACE::expr {

/// fmod(a, b) in the lanes of `inside`; the others are not those of a finite, not too large quotient.
template <class D, class V> HWY_INLINE V near_fmod(D d, V a, V b, hn::Mask<D>* inside) {
  using T = Lane<D>;
  const V x = hn::Abs(a), y = hn::Abs(b), quotient = hn::Floor(hn::Div(x, y));
  const V limit = hn::Set(d, static_cast<T>(1ull << (scalar::FloatBits<T>::mantissa + 1)));
  *inside = hn::And(hn::Lt(quotient, limit), hn::IsFinite(y));
  const V rest = hn::NegMulAdd(quotient, y, x);
  return hn::CopySign(hn::IfThenElse(hn::Lt(rest, hn::Zero(d)), hn::Add(rest, y), rest), a);
}

/// `result` in the lanes of `inside`, expression(a, b) in the others.
template <class D, class V, class F> HWY_INLINE V or_scalar(D d, V a, V b, V result, hn::Mask<D> inside, F expression) {
  if (HWY_LIKELY(hn::AllTrue(d, inside))) return result;
  HWY_ALIGN Lane<D> left[HWY_LANES(Lane<D>)], right[HWY_LANES(Lane<D>)];
  hn::Store(a, d, left);
  hn::Store(b, d, right);
  for (size_t i = 0; i < hn::Lanes(d); ++i) left[i] = expression(left[i], right[i]);
  return hn::IfThenElse(inside, result, hn::Load(d, left));
}

template <class D, class V>
requires FloatLanes<D> HWY_INLINE V fmod(D d, V a, V b) {
  hn::Mask<D> inside;
  const V rest = near_fmod(d, a, b, &inside);
  return or_scalar(d, a, b, rest, inside, [](auto x, auto y) HWY_ATTR { return scalar::fmod(x, y); });
}

/// Where a remainder that is not 0 has the other sign than the divisor.
template <class D, class V> HWY_INLINE hn::Mask<D> is_below(D d, V rest, V b) {
  const auto differs = hn::Xor(hn::Lt(b, hn::Zero(d)), hn::Lt(rest, hn::Zero(d)));
  return hn::AndNot(hn::Eq(rest, hn::Zero(d)), differs);
}

template <class D, class V>
requires FloatLanes<D> HWY_INLINE V remainder(D d, V a, V b) {
  hn::Mask<D> inside;
  const V rest = near_fmod(d, a, b, &inside);
  const V zero = hn::Zero(d), moved = hn::IfThenElse(is_below(d, rest, b), hn::Add(rest, b), rest);
  const V result = hn::IfThenElse(hn::Eq(rest, zero), hn::CopySign(zero, b), moved);
  return or_scalar(d, a, b, result, inside, [](auto x, auto y) HWY_ATTR { return scalar::remainder(x, y); });
}

template <class D, class V>
requires FloatLanes<D> HWY_INLINE V floor_divide(D d, V a, V b) {
  hn::Mask<D> inside;
  const V rest = near_fmod(d, a, b, &inside), zero = hn::Zero(d), one = hn::Set(d, 1);
  V quotient = hn::Div(hn::Sub(a, rest), b);
  quotient = hn::IfThenElse(is_below(d, rest, b), hn::Sub(quotient, one), quotient);
  const V floored = hn::Floor(quotient);
  const auto up = hn::Gt(hn::Sub(quotient, floored), hn::Set(d, Lane<D>(0.5)));
  const V nearest = hn::IfThenElse(up, hn::Add(floored, one), floored);
  const V result = hn::IfThenElse(hn::Eq(quotient, zero), hn::CopySign(zero, hn::Div(a, b)), nearest);
  return or_scalar(d, a, b, result, inside, [](auto x, auto y) HWY_ATTR { return scalar::floor_divide(x, y); });
}

}  // namespace crossarray::cpu::HWY_NAMESPACE::expr
HWY_AFTER_NAMESPACE();
#endif  // HWY_NATIVE_FMA

#endif  // CROSSARRAY_CPU_KERNELS_FMOD_INL_H_
