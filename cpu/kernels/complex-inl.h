// Complex numbers as two vectors, real parts and imaginary parts: cexpr::multiply(d, a, b) and so on. What has no
// expression here (C99's functions, sign) runs its scalar one. d is the tag of the parts.
#if defined(CROSSARRAY_CPU_KERNELS_COMPLEX_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef CROSSARRAY_CPU_KERNELS_COMPLEX_INL_H_
#undef CROSSARRAY_CPU_KERNELS_COMPLEX_INL_H_
#else
#define CROSSARRAY_CPU_KERNELS_COMPLEX_INL_H_
#endif

#include "cpu/kernels/expr-inl.h"
#include "cpu/kernels/mask-inl.h"
#include "cpu/kernels/vector_math-inl.h"
#include "dispatch/scalar/types.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace crossarray::cpu::HWY_NAMESPACE {

template <class V> struct ComplexVec { V re, im; };

// -- memory: the same calls as for plain lanes, on interleaved pairs
template <class D, class R> HWY_INLINE ComplexVec<hn::Vec<D>> load(D d, const scalar::Complex<R>* p) {
  ComplexVec<hn::Vec<D>> v;
  hn::LoadInterleaved2(d, &p->re, v.re, v.im);
  return v;
}
template <class D, class R>
HWY_INLINE ComplexVec<hn::Vec<D>> load_some(D d, const scalar::Complex<R>* p, size_t count, scalar::Complex<R> fill) {
  scalar::Complex<R> pairs[HWY_LANES(R)];
  for (size_t i = 0; i < hn::Lanes(d); ++i) pairs[i] = i < count ? p[i] : fill;
  return load(d, pairs);
}
template <class D, class R> HWY_INLINE ComplexVec<hn::Vec<D>> broadcast(D d, scalar::Complex<R> value) {
  return {hn::Set(d, value.re), hn::Set(d, value.im)};
}
template <class D, class R> HWY_INLINE void store(D d, ComplexVec<hn::Vec<D>> v, scalar::Complex<R>* p) {
  hn::StoreInterleaved2(v.re, v.im, d, &p->re);
}
template <class D, class R>
HWY_INLINE void store_some(D d, ComplexVec<hn::Vec<D>> v, scalar::Complex<R>* p, size_t count) {
  scalar::Complex<R> pairs[HWY_LANES(R)];
  store(d, v, pairs);
  for (size_t i = 0; i < count; ++i) p[i] = pairs[i];
}

namespace cexpr {

template <class V> using C = ComplexVec<V>;

// -- arithmetic
template <class D, class V> HWY_INLINE C<V> add(D, C<V> a, C<V> b) {
  return {hn::Add(a.re, b.re), hn::Add(a.im, b.im)};
}
template <class D, class V> HWY_INLINE C<V> subtract(D, C<V> a, C<V> b) {
  return {hn::Sub(a.re, b.re), hn::Sub(a.im, b.im)};
}
template <class D, class V> HWY_INLINE C<V> multiply(D, C<V> a, C<V> b) {
  return {hn::Sub(hn::Mul(a.re, b.re), hn::Mul(a.im, b.im)), hn::Add(hn::Mul(a.re, b.im), hn::Mul(a.im, b.re))};
}
template <class D, class V> HWY_INLINE C<V> square(D d, C<V> a) { return multiply(d, a, a); }
template <class D, class V> HWY_INLINE C<V> negative(D, C<V> a) { return {hn::Neg(a.re), hn::Neg(a.im)}; }
template <class D, class V> HWY_INLINE C<V> conjugate(D, C<V> a) { return {a.re, hn::Neg(a.im)}; }
template <class D, class V> HWY_INLINE C<V> positive(D, C<V> a) { return a; }
template <class D, class V> HWY_INLINE C<V> copy(D, C<V> a) { return a; }
template <class D, class V> HWY_INLINE C<V> rint(D, C<V> a) { return {hn::Round(a.re), hn::Round(a.im)}; }
#ifdef XA_MVEC_F64
template <class D, class V> HWY_INLINE V absolute(D d, C<V> a) { return expr::hypot(d, a.re, a.im); }
#endif

/// Smith's algorithm as the scalar expression has it: divide by the larger part of b first.
template <class D, class V> HWY_INLINE C<V> divide(D d, C<V> a, C<V> b) {
  const V abs_re = hn::Abs(b.re), abs_im = hn::Abs(b.im);
  const auto re_larger = hn::Ge(abs_re, abs_im);
  const V large = hn::IfThenElse(re_larger, b.re, b.im), small = hn::IfThenElse(re_larger, b.im, b.re);
  const V x = hn::IfThenElse(re_larger, a.re, a.im), y = hn::IfThenElse(re_larger, a.im, a.re);
  const V ratio = hn::Div(small, large);
  const V scale = hn::Div(hn::Set(d, 1), hn::Add(large, hn::Mul(small, ratio)));
  const V product = hn::Mul(x, ratio);
  const V difference = hn::IfThenElse(re_larger, hn::Sub(y, product), hn::Sub(product, y));
  const C<V> quotient{hn::Mul(hn::Add(x, hn::Mul(y, ratio)), scale), hn::Mul(difference, scale)};
  const auto by_zero = hn::And(re_larger, hn::Eq(abs_re, hn::Zero(d)));
  if (HWY_LIKELY(hn::AllFalse(d, by_zero))) return quotient;
  return {hn::IfThenElse(by_zero, hn::Div(a.re, abs_re), quotient.re),
          hn::IfThenElse(by_zero, hn::Div(a.im, abs_re), quotient.im)};
}
template <class D, class V> HWY_INLINE C<V> reciprocal(D d, C<V> a) {
  const auto re_larger = hn::Le(hn::Abs(a.im), hn::Abs(a.re));
  const V large = hn::IfThenElse(re_larger, a.re, a.im), small = hn::IfThenElse(re_larger, a.im, a.re);
  const V ratio = hn::Div(small, large), one = hn::Set(d, 1);
  const V scale = hn::Add(large, hn::Mul(small, ratio));
  return {hn::Div(hn::IfThenElse(re_larger, one, ratio), scale),
          hn::Div(hn::IfThenElse(re_larger, hn::Neg(ratio), hn::Neg(one)), scale)};
}

// -- comparison and tests: masks
template <class D, class V> HWY_INLINE auto isnan(D, C<V> a) { return hn::Or(hn::IsNaN(a.re), hn::IsNaN(a.im)); }
template <class D, class V> HWY_INLINE auto isinf(D, C<V> a) { return hn::Or(hn::IsInf(a.re), hn::IsInf(a.im)); }
template <class D, class V> HWY_INLINE auto isfinite(D, C<V> a) {
  return hn::And(hn::IsFinite(a.re), hn::IsFinite(a.im));
}
template <class D, class V> HWY_INLINE auto equal(D, C<V> a, C<V> b) {
  return hn::And(hn::Eq(a.re, b.re), hn::Eq(a.im, b.im));
}
template <class D, class V> HWY_INLINE auto not_equal(D d, C<V> a, C<V> b) { return hn::Not(equal(d, a, b)); }
/// Lexicographic; no order with a NaN part.
template <class D, class V> HWY_INLINE auto less(D, C<V> a, C<V> b) {
  const auto real_less = hn::AndNot(hn::Or(hn::IsNaN(a.im), hn::IsNaN(b.im)), hn::Lt(a.re, b.re));
  return hn::Or(real_less, hn::And(hn::Eq(a.re, b.re), hn::Lt(a.im, b.im)));
}
template <class D, class V> HWY_INLINE auto less_equal(D, C<V> a, C<V> b) {
  const auto real_less = hn::AndNot(hn::Or(hn::IsNaN(a.im), hn::IsNaN(b.im)), hn::Lt(a.re, b.re));
  return hn::Or(real_less, hn::And(hn::Eq(a.re, b.re), hn::Le(a.im, b.im)));
}
template <class D, class V> HWY_INLINE auto greater(D d, C<V> a, C<V> b) { return less(d, b, a); }
template <class D, class V> HWY_INLINE auto greater_equal(D d, C<V> a, C<V> b) { return less_equal(d, b, a); }
template <class D, class V> HWY_INLINE auto logical_not(D d, C<V> a) {
  return hn::And(hn::Eq(a.re, hn::Zero(d)), hn::Eq(a.im, hn::Zero(d)));
}
template <class D, class V> HWY_INLINE auto truth(D d, C<V> a) { return hn::Not(logical_not(d, a)); }
template <class D, class V> HWY_INLINE auto logical_and(D d, C<V> a, C<V> b) {
  return hn::And(truth(d, a), truth(d, b));
}
template <class D, class V> HWY_INLINE auto logical_or(D d, C<V> a, C<V> b) { return hn::Or(truth(d, a), truth(d, b)); }
template <class D, class V> HWY_INLINE auto logical_xor(D d, C<V> a, C<V> b) {
  return hn::Xor(truth(d, a), truth(d, b));
}

// -- selection
template <class D, class M, class V> HWY_INLINE C<V> where(D, M condition, C<V> a, C<V> b) {
  return {hn::IfThenElse(condition, a.re, b.re), hn::IfThenElse(condition, a.im, b.im)};
}
template <class D, class V> HWY_INLINE C<V> maximum(D d, C<V> a, C<V> b) {
  return where(d, hn::Or(isnan(d, a), greater_equal(d, a, b)), a, b);
}
template <class D, class V> HWY_INLINE C<V> minimum(D d, C<V> a, C<V> b) {
  return where(d, hn::Or(isnan(d, a), less_equal(d, a, b)), a, b);
}
template <class D, class V> HWY_INLINE C<V> fmax(D d, C<V> a, C<V> b) {
  return where(d, hn::Or(isnan(d, b), greater_equal(d, a, b)), a, b);
}
template <class D, class V> HWY_INLINE C<V> fmin(D d, C<V> a, C<V> b) {
  return where(d, hn::Or(isnan(d, b), less_equal(d, a, b)), a, b);
}

}  // namespace cexpr
}  // namespace crossarray::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // CROSSARRAY_CPU_KERNELS_COMPLEX_INL_H_
