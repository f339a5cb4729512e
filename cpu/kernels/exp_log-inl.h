// expr::exp, log, tanh, sinh and arccosh for targets with FMA: the functions most programs live on, inlined so that their
// constants stay in registers. All arguments are right without a branch but log's special ones.
//
//   exp   a = k ln 2 + r, |r| <= ln(2) / 2: 2^k (1 + r + r^2 q(r)). float32, float64; all a
//         float64 on AVX-512: k in sixteenths, |r| <= ln(2) / 32, 2^(j/16) from a table as in P. T. P. Tang, Table-driven
//         implementation of the exponential function, ACM TOMS 15 (1989)
//   tanh  (e - 1) / (e + 1), e = exp(2 |a|), with e - 1 = 2^k (r + r^2 q(r)) + (2^k - 1), which does not cancel
//   sinh  e/2 + e/2 / (e + 1), e = exp(|a|) - 1 the same way
//   arccosh  log1p(t + sqrt(t (t + 2))), t = a - 1; log(2 a) of large a
//   log   a = 2^k (1 + f), s = f / (2 + f): log(1 + f) = f - (f^2/2 - s (f^2/2 + s^2 R(s^2))), as in W. J. Cody and
//         W. Waite, Software Manual for the Elementary Functions (1980), and many libraries since
// q and R: Chebyshev fits (mpmath.chebyfit) of (exp(r) - 1 - r) / r^2 and (2 atanh(s) / s - 2) / s^2, errors below
// 1.1e-16, 6.5e-8 and 3.1e-16, 1.9e-7; kSixteenthQ: 2.8e-17 of exp. Largest errors of the functions: ulp_cpu of their rows.
#if defined(CROSSARRAY_CPU_KERNELS_EXP_LOG_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef CROSSARRAY_CPU_KERNELS_EXP_LOG_INL_H_
#undef CROSSARRAY_CPU_KERNELS_EXP_LOG_INL_H_
#else
#define CROSSARRAY_CPU_KERNELS_EXP_LOG_INL_H_
#endif

#include "cpu/kernels/expr-inl.h"
#include "hwy/highway.h"

#if HWY_NATIVE_FMA && HWY_TARGET != HWY_SCALAR
HWY_BEFORE_NAMESPACE();
namespace crossarray::cpu::HWY_NAMESPACE::expr {

/// c[0] + x c[1] + ... + x^(n-1) c[n-1]: even and odd terms side by side, half the latency of Horner's rule.
template <class D, class T, size_t n> HWY_INLINE hn::Vec<D> polynomial(D d, hn::Vec<D> x, const T (&c)[n]) {
  constexpr size_t last_even = (n - 1) & ~size_t{1}, last_odd = (n - 2) | 1;
  const auto x2 = hn::Mul(x, x);
  auto even = hn::Set(d, c[last_even]), odd = hn::Set(d, c[last_odd]);
  for (size_t i = last_even; i >= 2; i -= 2) even = hn::MulAdd(even, x2, hn::Set(d, c[i - 2]));
  for (size_t i = last_odd; i >= 3; i -= 2) odd = hn::MulAdd(odd, x2, hn::Set(d, c[i - 2]));
  return hn::MulAdd(odd, x, even);
}

template <class T> struct ExpLog;
template <> struct ExpLog<double> {
  static constexpr int kMantissaBits = 52;
  static constexpr double kMagic = 0x1.8p52, kBias = 1023, kLn2 = 0x1.62e42fefa39efp-1, kLn2Low = 0x1.abc9e3b39803fp-56;
  static constexpr double kLowest = -746, kHighest = 710, kTanhIsOne = 40, kSinhIsInf = 710.6, kSinhIsSelf = 0x1p-28,
                          kSmallestNormal = 0x1p-1022, kScale = 0x1p54;
  static constexpr int64_t kSqrtHalfBits = 0x3FE6A09E667F3BCDll;
  static constexpr double kScaleExponent = 54;
  static constexpr double q[] = {0.5000000000000001,     0.16666666666666669,    0.04166666666662413,
                                 0.008333333333330062,   0.0013888888917213717,  0.00019841269863053618,
                                 2.4801521295954376e-05, 2.7557268459997064e-06, 2.7620088445409746e-07,
                                 2.510038549551032e-08};
  static constexpr double R[] = {0.666666666666667,   0.39999999999899444, 0.2857142862600327, 0.22222211130259878,
                                 0.18182889455674947, 0.15331710618210773, 0.14616585424888623};
};
template <> struct ExpLog<float> {
  static constexpr int kMantissaBits = 23;
  static constexpr float kMagic = 0x1.8p23f, kBias = 127, kLn2 = 0x1.62e43p-1f, kLn2Low = -0x1.05c61p-29f;
  static constexpr float kLowest = -104, kHighest = 89, kTanhIsOne = 20, kSinhIsInf = 89.6f, kSinhIsSelf = 0x1p-13f,
                         kSmallestNormal = 0x1p-126f, kScale = 0x1p25f;
  static constexpr int32_t kSqrtHalfBits = 0x3F3504F3;
  static constexpr float kScaleExponent = 25;
  static constexpr float q[] = {0.5f, 0.1666657698f, 0.0416665546f, 0.008363179053f, 0.001392618359f};
  static constexpr float R[] = {0.6666668505f, 0.3998877828f, 0.2958005304f};
};
template <class D> using Constants = ExpLog<Lane<D>>;

/// 2^k for whole k inside the exponent range, by adding the biased exponent to a number whose low bits are its integer.
template <class D, class V> HWY_INLINE V exponent_of(D d, V k) {
  using K = Constants<D>;
  const hn::RebindToSigned<D> di;
  return hn::BitCast(d, hn::ShiftLeft<K::kMantissaBits>(hn::BitCast(di, hn::Add(k, hn::Set(d, K::kMagic + K::kBias)))));
}
/// value * 2^k for any k the clamps of exp leave, with one rounding where the result is subnormal (AVX-512), else two.
template <class D, class V> HWY_INLINE V scale_by(D d, V value, V k) {
#if HWY_TARGET <= HWY_AVX3
  if constexpr (sizeof(Lane<D>) == 8)
    return V{_mm512_scalef_pd(value.raw, k.raw)};
  else
    return V{_mm512_scalef_ps(value.raw, k.raw)};
#else
  const V half = hn::Round(hn::Mul(k, hn::Set(d, Lane<D>(0.5))));
  return hn::Mul(hn::Mul(value, exponent_of(d, half)), exponent_of(d, hn::Sub(k, half)));
#endif
}

/// k, and exp(r) - 1 of the reduced argument r = a - k ln 2.
template <class D, class V> HWY_INLINE V reduced_expm1(D d, V a, V* k) {
  using K = Constants<D>;
  const V magic = hn::Set(d, K::kMagic);
  *k = hn::Sub(hn::MulAdd(a, hn::Set(d, Lane<D>(1.442695040888963407)), magic), magic);
  const V r = hn::NegMulAdd(*k, hn::Set(d, K::kLn2Low), hn::NegMulAdd(*k, hn::Set(d, K::kLn2), a));
  return hn::MulAdd(hn::Mul(r, r), polynomial(d, r, K::q), r);
}

#if HWY_TARGET <= HWY_AVX3
/// 2^(j/16).
alignas(64) inline constexpr double kSixteenthPowers[16] = {0x1p+0,
                                                            0x1.0b5586cf9890fp+0,
                                                            0x1.172b83c7d517bp+0,
                                                            0x1.2387a6e756238p+0,
                                                            0x1.306fe0a31b715p+0,
                                                            0x1.3dea64c123422p+0,
                                                            0x1.4bfdad5362a27p+0,
                                                            0x1.5ab07dd485429p+0,
                                                            0x1.6a09e667f3bcdp+0,
                                                            0x1.7a11473eb0187p+0,
                                                            0x1.8ace5422aa0dbp+0,
                                                            0x1.9c49182a3f090p+0,
                                                            0x1.ae89f995ad3adp+0,
                                                            0x1.c199bdd85529cp+0,
                                                            0x1.d5818dcfba487p+0,
                                                            0x1.ea4afa2a490dap+0};
/// (exp(r) - 1 - r) / r^2 on |r| <= ln(2) / 32.
inline constexpr double kSixteenthQ[] = {0.5, 0.16666666665301144, 0.041666666664959766, 0.008333449724528355,
                                         0.0013889034377693012};

/// exp of doubles with k in sixteenths: the table's 2^(j/16) lie in two registers, and the polynomial needs half its terms.
/// Huge and infinite arguments leave no meaningful r: bounded, it only has to be finite, since scalef says the rest.
template <class D, class V> HWY_INLINE V exp_by_sixteenths(D d, V a) {
  using K = Constants<D>;
  const V magic = hn::Set(d, K::kMagic / 16);
  const V t = hn::MulAdd(a, hn::Set(d, 1.442695040888963407), magic), k = hn::Sub(t, magic);
  const V rest = hn::NegMulAdd(k, hn::Set(d, K::kLn2Low), hn::NegMulAdd(k, hn::Set(d, K::kLn2), a));
  constexpr int kSmallerSize = 2;  // of the two, the one nearer to 0, with the sign of the first; a number before NaN
  const V r{_mm512_range_pd(rest.raw, hn::Set(d, 0.03125).raw, kSmallerSize)};
  const V power{_mm512_permutex2var_pd(_mm512_load_pd(kSixteenthPowers), _mm512_castpd_si512(t.raw),
                                       _mm512_load_pd(kSixteenthPowers + 8))};
  const V expm1 = hn::MulAdd(hn::Mul(r, r), polynomial(d, r, kSixteenthQ), r);
  return V{_mm512_scalef_pd(hn::MulAdd(power, expm1, power).raw, k.raw)};
}
#endif

template <class D, class V>
requires FloatLanes<D> HWY_INLINE V exp(D d, V a) {
#if HWY_TARGET <= HWY_AVX3
  if constexpr (sizeof(Lane<D>) == 8) return exp_by_sixteenths(d, a);
#endif
  using K = Constants<D>;
  // Min and Max hand on their second argument when it is NaN.
  const V bounded = hn::Min(hn::Set(d, K::kHighest), hn::Max(hn::Set(d, K::kLowest), a));
  V k;
  const V expm1 = reduced_expm1(d, bounded, &k);
  return scale_by(d, hn::Add(hn::Set(d, 1), expm1), k);
}

template <class D, class V>
requires FloatLanes<D> HWY_INLINE V tanh(D d, V a) {
  using K = Constants<D>;
  const V size = hn::Abs(a), one = hn::Set(d, 1);
  V k;
  const V expm1 = reduced_expm1(d, hn::Min(hn::Set(d, K::kTanhIsOne), hn::Add(size, size)), &k);
  const V power = exponent_of(d, k);
  const V e = hn::MulAdd(power, expm1, hn::Sub(power, one));
  return hn::CopySign(hn::Div(e, hn::Add(e, hn::Set(d, 2))), a);
}

/// Everything is scaled by 1/4 until the end: exp(|a|) overflows before sinh does. Tiny numbers, which would lose bits so,
/// are their own sinh.
template <class D, class V>
requires FloatLanes<D> HWY_INLINE V sinh(D d, V a) {
  using K = Constants<D>;
  V k;
  const V expm1 = reduced_expm1(d, hn::Min(hn::Set(d, K::kSinhIsInf), hn::Abs(a)), &k);
  const V power = exponent_of(d, hn::Sub(k, hn::Set(d, 2)));
  const V quarter = hn::MulAdd(power, expm1, hn::Sub(power, hn::Set(d, Lane<D>(0.25))));
  const V half = hn::Add(quarter, hn::Div(quarter, hn::MulAdd(hn::Set(d, 4), quarter, hn::Set(d, 1))));
  const V result = hn::CopySign(hn::Add(half, half), a);
  return hn::IfThenElse(hn::Lt(hn::Abs(a), hn::Set(d, K::kSinhIsSelf)), a, result);
}

/// log of positive normal numbers, plus `exponent` ln 2.
template <class D, class V> HWY_INLINE V normal_log(D d, V a, V exponent) {
  using K = Constants<D>;
  const hn::RebindToSigned<D> di;
  const auto bits = hn::BitCast(di, a);
  const auto whole = hn::ShiftRight<K::kMantissaBits>(hn::Sub(bits, hn::Set(di, K::kSqrtHalfBits)));
  const V f = hn::Sub(hn::BitCast(d, hn::Sub(bits, hn::ShiftLeft<K::kMantissaBits>(whole))), hn::Set(d, 1));
  const V magic = hn::Set(d, K::kMagic);
  const V k = hn::Add(hn::Sub(hn::BitCast(d, hn::Add(whole, hn::BitCast(di, magic))), magic), exponent);
  const V s = hn::Div(f, hn::Add(f, hn::Set(d, 2))), s2 = hn::Mul(s, s);
  const V half_square = hn::Mul(hn::Mul(hn::Set(d, Lane<D>(0.5)), f), f);
  const V tail =
      hn::MulAdd(s, hn::MulAdd(s2, polynomial(d, s2, K::R), half_square), hn::Mul(k, hn::Set(d, K::kLn2Low)));
  return hn::MulAdd(k, hn::Set(d, K::kLn2), hn::Sub(f, hn::Sub(half_square, tail)));
}
/// log with zeros, negative numbers, subnormals, infinity and NaN among the lanes.
template <class D, class V> HWY_INLINE V special_log(D d, V a) {
  using K = Constants<D>;
  const auto small = hn::Lt(a, hn::Set(d, K::kSmallestNormal));
  const V scaled = hn::IfThenElse(small, hn::Mul(a, hn::Set(d, K::kScale)), a);
  const V normal = normal_log(d, scaled, hn::IfThenElseZero(small, hn::Set(d, -K::kScaleExponent)));
  const V zero = hn::Zero(d);
  const V finite =
      hn::IfThenElse(hn::Eq(a, zero), hn::Neg(hn::Inf(d)), hn::IfThenElse(hn::Lt(a, zero), hn::NaN(d), normal));
  return hn::IfThenElse(hn::Lt(a, hn::Inf(d)), finite, a);
}
template <class D, class V>
requires FloatLanes<D> HWY_INLINE V log(D d, V a) {
  const auto normal = hn::And(hn::Ge(a, hn::Set(d, Constants<D>::kSmallestNormal)), hn::Lt(a, hn::Inf(d)));
  if (HWY_LIKELY(hn::AllTrue(d, normal))) return normal_log(d, a, hn::Zero(d));
  return special_log(d, a);
}

/// log(1 + u) = log(w) + (u - (w - 1)) / w, w = 1 + u rounded.
template <class D, class V>
requires FloatLanes<D> HWY_INLINE V arccosh(D d, V a) {
  const V one = hn::Set(d, 1), two = hn::Set(d, 2), t = hn::Sub(a, one);
  const V u = hn::Add(t, hn::Sqrt(hn::Mul(t, hn::Add(t, two)))), w = hn::Add(one, u);
  const auto large = hn::Gt(a, hn::Set(d, Lane<D>(0x1p30)));
  const V missing = hn::Div(hn::Sub(u, hn::Sub(w, one)), w);
  const V log = normal_log(d, hn::IfThenElse(large, a, w), hn::IfThenElseZero(large, one));
  const V finite = hn::Add(log, hn::IfThenZeroElse(large, missing));
  const V result = hn::IfThenElse(hn::Lt(a, hn::Inf(d)), finite, a);
  return hn::IfThenElse(hn::Lt(a, one), hn::NaN(d), result);
}

}  // namespace crossarray::cpu::HWY_NAMESPACE::expr
HWY_AFTER_NAMESPACE();
#endif  // HWY_NATIVE_FMA

#endif  // CROSSARRAY_CPU_KERNELS_EXP_LOG_INL_H_
