// Expressions of the transcendental ops: expr::sin(d, a) and so on, on glibc's vector maths library (libmvec, x86-64);
// exp, log, tanh, sinh, arccosh and power have expressions of our own where there is FMA (exp_log-inl.h, pow-inl.h). Where libmvec
// does not exist nothing is declared, and tile-inl.h runs the scalar expressions, that is libm, in a loop.
//
// libmvec takes lanes outside its fast range (NaN, infinities, zeros, subnormals, huge arguments) through scalar code of
// its own, so they are right without help here. Errors: below 4 ulp by its documentation; measured by tests/cpu/ulp_test
// on every target; the rows of ops.def carry the bounds. Its tables are read only.
#if defined(CROSSARRAY_CPU_KERNELS_VECTOR_MATH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef CROSSARRAY_CPU_KERNELS_VECTOR_MATH_INL_H_
#undef CROSSARRAY_CPU_KERNELS_VECTOR_MATH_INL_H_
#else
#define CROSSARRAY_CPU_KERNELS_VECTOR_MATH_INL_H_
#endif

#include "cpu/kernels/exp_log-inl.h"
#include "cpu/kernels/expr-inl.h"
#include "cpu/kernels/pow-inl.h"
#include "hwy/highway.h"

#undef XA_MVEC_F32
#undef XA_MVEC_F64
#if XA_LIBMVEC && HWY_TARGET <= HWY_AVX3
#define XA_MVEC_F32(v, name) _ZGVeN16##v##_##name##f
#define XA_MVEC_F64(v, name) _ZGVeN8##v##_##name
#define XA_MVEC_VECTOR(kind) __m512##kind
#elif XA_LIBMVEC && HWY_TARGET == HWY_AVX2
#define XA_MVEC_F32(v, name) _ZGVdN8##v##_##name##f
#define XA_MVEC_F64(v, name) _ZGVdN4##v##_##name
#define XA_MVEC_VECTOR(kind) __m256##kind
#elif XA_LIBMVEC && HWY_TARGET == HWY_SSE4
#define XA_MVEC_F32(v, name) _ZGVbN4##v##_##name##f
#define XA_MVEC_F64(v, name) _ZGVbN2##v##_##name
#define XA_MVEC_VECTOR(kind) __m128##kind
#endif

#ifdef XA_MVEC_F64
HWY_BEFORE_NAMESPACE();

// Expressions and their names in the C library. These are the functions libmvec has, not a list of ops.
#if HWY_NATIVE_FMA
#define XA_MVEC_NO_FMA(F)  // exp_log-inl.h has them
#else
#define XA_MVEC_NO_FMA(F) F(exp, exp) F(log, log) F(tanh, tanh) F(sinh, sinh) F(arccosh, acosh)
#endif
// The formatter never settles on this list.
// clang-format off
#define XA_MVEC_UNARY(F)                                                                                              \
  XA_MVEC_NO_FMA(F)                                                                                                   \
  F(exp2, exp2) F(expm1, expm1) F(log2, log2) F(log10, log10) F(log1p, log1p) F(sin, sin) F(cos, cos) F(tan, tan)     \
      F(arcsin, asin) F(arccos, acos) F(arctan, atan) F(cosh, cosh) F(arcsinh, asinh) \
          F(arctanh, atanh) F(cbrt, cbrt)
// clang-format on
#define XA_MVEC_BINARY(F) F(arctan2, atan2) F(hypot, hypot) F(raw_power, pow)

extern "C" {
#define XA_DECLARE1(name, c_name)                            \
  XA_MVEC_VECTOR() XA_MVEC_F32(v, c_name)(XA_MVEC_VECTOR()); \
  XA_MVEC_VECTOR(d) XA_MVEC_F64(v, c_name)(XA_MVEC_VECTOR(d));
#define XA_DECLARE2(name, c_name)                                               \
  XA_MVEC_VECTOR() XA_MVEC_F32(vv, c_name)(XA_MVEC_VECTOR(), XA_MVEC_VECTOR()); \
  XA_MVEC_VECTOR(d) XA_MVEC_F64(vv, c_name)(XA_MVEC_VECTOR(d), XA_MVEC_VECTOR(d));
XA_MVEC_UNARY(XA_DECLARE1)
XA_MVEC_BINARY(XA_DECLARE2)
#undef XA_DECLARE1
#undef XA_DECLARE2
}

namespace crossarray::cpu::HWY_NAMESPACE::expr {

#define XA_DEFINE1(name, c_name)                     \
  template <class D, class V>                        \
  requires FloatLanes<D> HWY_INLINE V name(D, V a) { \
    if constexpr (sizeof(Lane<D>) == 4)              \
      return V{XA_MVEC_F32(v, c_name)(a.raw)};       \
    else                                             \
      return V{XA_MVEC_F64(v, c_name)(a.raw)};       \
  }
#define XA_DEFINE2(name, c_name)                          \
  template <class D, class V>                             \
  requires FloatLanes<D> HWY_INLINE V name(D, V a, V b) { \
    if constexpr (sizeof(Lane<D>) == 4)                   \
      return V{XA_MVEC_F32(vv, c_name)(a.raw, b.raw)};    \
    else                                                  \
      return V{XA_MVEC_F64(vv, c_name)(a.raw, b.raw)};    \
  }
XA_MVEC_UNARY(XA_DEFINE1)
XA_MVEC_BINARY(XA_DEFINE2)
#undef XA_DEFINE1
#undef XA_DEFINE2

/// libmvec's pow, but 1 to the power of NaN is 1 (C99; its float version says NaN).
template <class D, class V>
requires FloatLanes<D> HWY_INLINE V special_power(D d, V a, V b) {
  const V one = hn::Set(d, 1);
  return hn::IfThenElse(hn::Eq(a, one), one, raw_power(d, a, b));
}
#if HWY_NATIVE_FMA
/// (-|a|) ** b from |a| ** b: NaN unless b is an integer, negated where that is odd.
template <class D, class V> HWY_INLINE V of_negative_base(D d, V of_magnitude, V b) {
  const V half = hn::Mul(b, hn::Set(d, Lane<D>(0.5)));
  const auto whole = hn::Eq(hn::Round(b), b), even = hn::Eq(hn::Round(half), half);
  const V value = hn::IfThenElse(even, of_magnitude, hn::Neg(of_magnitude));
  return hn::IfThenElse(whole, value, hn::NaN(d));
}
#endif
template <class D, class V>
requires FloatLanes<D> HWY_INLINE V power(D d, V a, V b) {
#if HWY_NATIVE_FMA
  V result;
  hn::Mask<D> inside;
  if (HWY_LIKELY(ordinary_power(d, a, b, &result, &inside))) return result;
  const auto negative = hn::Lt(a, hn::Zero(d));
  if (hn::AllFalse(d, negative)) return hn::IfThenElse(inside, result, special_power(d, a, b));
  const bool all = ordinary_power(d, hn::Abs(a), b, &result, &inside);
  result = hn::IfThenElse(negative, of_negative_base(d, result, b), result);
  return all ? result : hn::IfThenElse(inside, result, special_power(d, a, b));
#else
  return special_power(d, a, b);
#endif
}
template <class D, class V>
requires FloatLanes<D> HWY_INLINE V float_power(D d, V a, V b) { return power(d, a, b); }

/// The larger plus log(1 + base^-|difference|); equal arguments, infinities too, need no difference. NaN comes through it.
template <class D, class V>
requires FloatLanes<D> HWY_INLINE V logaddexp(D d, V a, V b) {
  const V difference = hn::Sub(a, b);
  const V tail = log1p(d, exp(d, hn::Neg(hn::Abs(difference))));
  const V larger = hn::IfThenElse(hn::Gt(a, b), a, b);
  const V sum = hn::IfThenElse(hn::IsNaN(difference), difference, hn::Add(larger, tail));
  return hn::IfThenElse(hn::Eq(a, b), hn::Add(a, hn::Set(d, Lane<D>(0.693147180559945309))), sum);
}
template <class D, class V>
requires FloatLanes<D> HWY_INLINE V logaddexp2(D d, V a, V b) {
  const V difference = hn::Sub(a, b);
  const V tail = hn::Mul(log1p(d, exp2(d, hn::Neg(hn::Abs(difference)))), hn::Set(d, Lane<D>(1.442695040888963407)));
  const V larger = hn::IfThenElse(hn::Gt(a, b), a, b);
  const V sum = hn::IfThenElse(hn::IsNaN(difference), difference, hn::Add(larger, tail));
  return hn::IfThenElse(hn::Eq(a, b), hn::Add(a, hn::Set(d, 1)), sum);
}

}  // namespace crossarray::cpu::HWY_NAMESPACE::expr
HWY_AFTER_NAMESPACE();

#undef XA_MVEC_NO_FMA
#undef XA_MVEC_UNARY
#undef XA_MVEC_BINARY
#undef XA_MVEC_VECTOR
#endif  // XA_MVEC_F64

#endif  // CROSSARRAY_CPU_KERNELS_VECTOR_MATH_INL_H_
