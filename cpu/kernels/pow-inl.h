// expr::power for ordinary operands: a positive and normal, the result inside the exponent range. Other lanes (zeros,
// negative bases, NaN, infinities, overflow) are left to libmvec.
//
// a ** b = 2 ** (b * log2 a). a = 2^k m with m in [sqrt 1/2, sqrt 2); log2 m = 2/ln 2 * atanh t, t = (m - 1) / (m + 1), by
// its Taylor series (|t| < 0.172). float64 carries t, t^3/3 and the product with b as unevaluated sums of two doubles
// (Dekker, Numerische Mathematik 18, 1971), so that errors of the logarithm are not multiplied by b; float32 computes in
// double. Needs FMA. AVX-512 does the same with tables: pow_tables-inl.h. Largest error: see the row of power.
#if defined(CROSSARRAY_CPU_KERNELS_POW_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef CROSSARRAY_CPU_KERNELS_POW_INL_H_
#undef CROSSARRAY_CPU_KERNELS_POW_INL_H_
#else
#define CROSSARRAY_CPU_KERNELS_POW_INL_H_
#endif

#include "cpu/kernels/exp_log-inl.h"
#include "cpu/kernels/pow_tables-inl.h"
#include "hwy/highway.h"

#if HWY_NATIVE_FMA && HWY_TARGET != HWY_SCALAR
HWY_BEFORE_NAMESPACE();
namespace crossarray::cpu::HWY_NAMESPACE::expr {

namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET > HWY_AVX3  // which has pow_tables-inl.h

/// hi + lo, |lo| below half a unit of hi.
template <class V> struct TwoSum { V hi, lo; };
template <class V> HWY_INLINE TwoSum<V> product(TwoSum<V> a, TwoSum<V> b) {
  const V hi = hn::Mul(a.hi, b.hi);
  return {hi, hn::MulAdd(a.hi, b.lo, hn::MulAdd(a.lo, b.hi, hn::MulSub(a.hi, b.hi, hi)))};
}
/// |a| at least |b|.
template <class V> HWY_INLINE TwoSum<V> sum(TwoSum<V> a, TwoSum<V> b) {
  const V hi = hn::Add(a.hi, b.hi);
  return {hi, hn::Add(hn::Add(hn::Add(hn::Sub(a.hi, hi), b.hi), a.lo), b.lo)};
}

/// Exponent k and mantissa m of positive normal doubles, m in [sqrt 1/2, sqrt 2).
template <class D, class V> HWY_INLINE void split(D d, V a, V* k, V* m) {
  const hn::RebindToSigned<D> di;
  const auto bits = hn::BitCast(di, a);
  const auto exponent = hn::ShiftRight<52>(hn::Sub(bits, hn::Set(di, 0x3FE6A09E667F3BCDll)));
  *m = hn::BitCast(d, hn::Sub(bits, hn::ShiftLeft<52>(exponent)));
  // As a double without a conversion instruction: in the low bits of 1.5 * 2^52.
  const V magic = hn::Set(d, 0x1.8p52);
  *k = hn::Sub(hn::BitCast(d, hn::Add(exponent, hn::BitCast(di, magic))), magic);
}
/// 2 ** (whole + part), |part| <= 1/2, |whole| < 1022.
template <class D, class V, size_t n> HWY_INLINE V power_of_two(D d, V whole, V part, const double (&coefficients)[n]) {
  const hn::RebindToSigned<D> di;
  const V mantissa = hn::MulAdd(part, polynomial(d, part, coefficients), hn::Set(d, 1.0));
  const auto exponent = hn::ShiftLeft<52>(hn::BitCast(di, hn::Add(whole, hn::Set(d, 0x1.8p52))));
  return hn::BitCast(d, hn::Add(hn::BitCast(di, mantissa), exponent));
}
// ln(2)^n / n!, n = 1 ...
inline constexpr double kPowersOfLn2[] = {0.6931471805599453,     0.2402265069591007,     0.05550410866482158,
                                          0.009618129107628477,   0.0013333558146428443,  0.0001540353039338161,
                                          1.5252733804059841e-05, 1.3215486790144307e-06, 1.0178086009239699e-07,
                                          7.0549116208011235e-09, 4.445538271870811e-10,  2.5678435993488204e-11,
                                          1.3691488853904128e-12};
inline constexpr double kShortPowersOfLn2[] = {0.6931471805599453,    0.2402265069591007,    0.05550410866482158,
                                               0.009618129107628477,  0.0013333558146428443, 0.0001540353039338161,
                                               1.5252733804059841e-05};

/// b log2 a as hi + lo; ordinary lanes only.
template <class D, class V> HWY_INLINE TwoSum<V> scaled_log2(D d, V a, V b) {
  V k, m;
  split(d, a, &k, &m);
  const V one = hn::Set(d, 1.0), zero = hn::Zero(d);
  const V below = hn::Add(m, one), below_lo = hn::Sub(m, hn::Sub(below, one));
  const V above = hn::Sub(m, one), inverse = hn::Div(one, below);
  const V t = hn::Mul(above, inverse);
  const V rest = hn::NegMulAdd(t, below_lo, hn::NegMulAdd(t, below, above));
  const TwoSum<V> x{t, hn::Mul(rest, inverse)};
  const TwoSum<V> x2 = product(x, x);
  static constexpr double kTail[] = {1.0 / 5,  1.0 / 7,  1.0 / 9,  1.0 / 11, 1.0 / 13,
                                     1.0 / 15, 1.0 / 17, 1.0 / 19, 1.0 / 21, 1.0 / 23};
  const V tail = hn::Mul(x2.hi, polynomial(d, x2.hi, kTail));
  const TwoSum<V> third{hn::Set(d, 0x1.5555555555555p-2), hn::Set(d, 0x1.5555555555555p-56)};
  const TwoSum<V> cube = product(product(x2, x), sum(third, TwoSum<V>{tail, zero}));
  const TwoSum<V> two_over_ln2{hn::Set(d, 0x1.71547652b82fep+1), hn::Set(d, 0x1.777d0ffda0d24p-55)};
  const TwoSum<V> log2_m = product(sum(x, cube), two_over_ln2);
  const TwoSum<V> log2_a = sum(TwoSum<V>{k, zero}, log2_m);
  return product(log2_a, TwoSum<V>{b, zero});
}

/// Puts a ** b in the ordinary lanes of `out`. True if all are, else `inside` says which.
template <class D, class V>
requires(sizeof(Lane<D>) == 8) HWY_INLINE bool ordinary_power(D d, V a, V b, V* out, hn::Mask<D>* inside) {
  const TwoSum<V> z = scaled_log2(d, a, b);
  const auto normal = hn::And(hn::Ge(a, hn::Set(d, 0x1p-1022)), hn::Lt(a, hn::Inf(d)));
  *inside = hn::And(normal, hn::Lt(hn::Abs(z.hi), hn::Set(d, 1000.0)));
  const V whole = hn::Round(z.hi);
  *out = power_of_two(d, whole, hn::Add(hn::Sub(z.hi, whole), z.lo), kPowersOfLn2);
  return hn::AllTrue(d, *inside);
}

/// float32 operands widened: one double is precise enough for the logarithm.
template <class D, class V> HWY_INLINE V widened_power(D d, V a, V b, hn::Mask<D>* inside) {
  V k, m;
  split(d, a, &k, &m);
  const V one = hn::Set(d, 1.0);
  const V t = hn::Div(hn::Sub(m, one), hn::Add(m, one));
  static constexpr double kSeries[] = {2.8853900817779268,  0.9617966939259756,  0.57707801635558535,
                                       0.41219858311113240, 0.32059889797532520, 0.26230818925253880,
                                       0.22195308321368668};
  const V log2_a = hn::MulAdd(t, polynomial(d, hn::Mul(t, t), kSeries), k);
  const V z = hn::Mul(b, log2_a);
  const V whole = hn::Round(z);
  const auto positive = hn::And(hn::Gt(a, hn::Zero(d)), hn::Lt(a, hn::Inf(d)));
  *inside = hn::And(positive, hn::Lt(hn::Abs(z), hn::Set(d, 1000.0)));
  return power_of_two(d, whole, hn::Sub(z, whole), kShortPowersOfLn2);
}
template <class D, class V>
requires(sizeof(Lane<D>) == 4) HWY_INLINE bool ordinary_power(D d, V a, V b, V* out, hn::Mask<D>* inside) {
  const hn::RepartitionToWide<D> wide;
  const hn::Half<D> half;
  hn::Mask<decltype(wide)> low_inside, high_inside;
  const auto low = widened_power(wide, hn::PromoteTo(wide, hn::LowerHalf(half, a)),
                                 hn::PromoteTo(wide, hn::LowerHalf(half, b)), &low_inside);
  const auto high = widened_power(wide, hn::PromoteTo(wide, hn::UpperHalf(half, a)),
                                  hn::PromoteTo(wide, hn::UpperHalf(half, b)), &high_inside);
  *out = hn::Combine(d, hn::DemoteTo(half, high), hn::DemoteTo(half, low));
  if (HWY_LIKELY(hn::AllTrue(wide, hn::And(low_inside, high_inside)))) return true;
  const auto flag = hn::Set(wide, 1.0);
  const V flags = hn::Combine(d, hn::DemoteTo(half, hn::IfThenElseZero(high_inside, flag)),
                              hn::DemoteTo(half, hn::IfThenElseZero(low_inside, flag)));
  *inside = hn::Gt(flags, hn::Zero(d));
  return false;
}

#endif  // HWY_TARGET > HWY_AVX3

}  // namespace crossarray::cpu::HWY_NAMESPACE::expr
HWY_AFTER_NAMESPACE();
#endif  // HWY_NATIVE_FMA

#endif  // CROSSARRAY_CPU_KERNELS_POW_INL_H_
