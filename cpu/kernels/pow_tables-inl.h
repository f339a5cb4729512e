// expr::ordinary_power on AVX-512: the method of pow-inl.h with tables of 16 doubles, which lie in two registers each.
//
// a = 2^k m, m within 1/32 of 1 + j/16, c about 1 / (1 + j/16): log2 a = k - log2 c + log2(1 + r), r = m c - 1, |r| <= 1/32.
// No division, and half the terms. Where a is near 1, c is 1 and k is 0: nothing cancels. float64 carries r, the square and
// the product with b as unevaluated sums of two doubles. 2^z comes from sixteenths, as exp does, and scalef rounds
// subnormal results once and knows overflow.
// Polynomials: Chebyshev fits (mpmath.chebyfit), errors 9.6e-18 of the cubic tail, 1.4e-17 of 2^r, and for float32
// 4.6e-10 and 2.3e-9. Largest error: see the row of power.
#if defined(CROSSARRAY_CPU_KERNELS_POW_TABLES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef CROSSARRAY_CPU_KERNELS_POW_TABLES_INL_H_
#undef CROSSARRAY_CPU_KERNELS_POW_TABLES_INL_H_
#else
#define CROSSARRAY_CPU_KERNELS_POW_TABLES_INL_H_
#endif

#include "cpu/kernels/exp_log-inl.h"
#include "hwy/highway.h"

#if HWY_TARGET <= HWY_AVX3
HWY_BEFORE_NAMESPACE();
namespace crossarray::cpu::HWY_NAMESPACE::expr {

namespace hn = hwy::HWY_NAMESPACE;

/// c, and -log2 c as a multiple of 2^-40 (k plus it is exact) and the rest.
alignas(64) inline constexpr double kInverse[16] = {
    0x1.0000000000000p+0, 0x1.e1e1e1e1e1e1ep-1, 0x1.c71c71c71c71cp-1, 0x1.af286bca1af28p-1,
    0x1.999999999999ap-1, 0x1.8618618618618p-1, 0x1.745d1745d1746p-1, 0x1.642c8590b2164p-1,
    0x1.5555555555555p-1, 0x1.47ae147ae147bp-1, 0x1.3b13b13b13b14p-1, 0x1.2f684bda12f68p-1,
    0x1.2492492492492p-1, 0x1.1a7b9611a7b96p-1, 0x1.1111111111111p-1, 0x1.0842108421084p-1};
alignas(64) inline constexpr double kLog2High[16] = {0x0.0p+0,
                                                     0x1.663f6fac90000p-4,
                                                     0x1.5c01a39fc0000p-3,
                                                     0x1.fbc16b9028000p-3,
                                                     0x1.49a784bcd0000p-2,
                                                     0x1.91bba891f0000p-2,
                                                     0x1.d6753e0330000p-2,
                                                     0x1.0c10500d64000p-1,
                                                     0x1.2b803473f8000p-1,
                                                     0x1.49a784bcd2000p-1,
                                                     0x1.66a008e478000p-1,
                                                     0x1.82809d5be8000p-1,
                                                     0x1.9d5d9fd502000p-1,
                                                     0x1.b74948f554000p-1,
                                                     0x1.d053f6d260000p-1,
                                                     0x1.e88c6b3626000p-1};
alignas(64) inline constexpr double kLog2Low[16] = {0x0.0p+0,
                                                    0x1.317ee20c9d519p-44,
                                                    -0x1.4babedb842443p-42,
                                                    -0x1.7f2f9ae39c1e8p-43,
                                                    0x1.b898cf4b5a447p-42,
                                                    0x1.70a26072b5824p-42,
                                                    -0x1.5f1ba6b7d0fccp-42,
                                                    -0x1.5652ca22c62dap-43,
                                                    -0x1.4b94d870dd18bp-43,
                                                    -0x1.1d51bdaa8e20dp-43,
                                                    0x1.196290940346ap-42,
                                                    -0x1.f18d6f3815fc0p-42,
                                                    -0x1.e97c1e0d76c5fp-42,
                                                    -0x1.a4b0d13ffe4e6p-42,
                                                    0x1.12d42864c5030p-42,
                                                    0x1.4e60ced82b93cp-42};
/// (log(1 + r) - r + r^2/2) / r^3 on |r| <= 1/32.
inline constexpr double kCubicTail[] = {0.3333333333333333,   -0.2499999999999973,  0.1999999999999975,
                                        -0.16666666670333213, 0.14285714289098858,  -0.12499986512930535,
                                        0.11111098661279602,  -0.10018370293745414, 0.09107866522331542};
/// (2^r - 1) / r there; the same and log2(1 + r) / r to float32's precision.
inline constexpr double kExp2[] = {0.6931471805599457,   0.24022650695910075,   0.05550410865663603,
                                   0.009618129106919254, 0.0013333781621472902, 0.00015403724019468894};
inline constexpr double kShortExp2[] = {0.6931471805599453, 0.24023356566631907, 0.055505087206136915};
inline constexpr double kShortLog2[] = {1.4426950408889634, -0.7213474484319233, 0.48089828523583983,
                                        -0.3609680806053833, 0.28879128965219947};

template <class V> HWY_INLINE V look_up(const double* table, __m512i index) {
  return V{_mm512_permutex2var_pd(_mm512_load_pd(table), index, _mm512_load_pd(table + 8))};
}

/// Exponent, mantissa and table index of positive normal doubles: rounded to sixteenths first, so that 1.98 is 2 * 0.99.
template <class D, class V> HWY_INLINE __m512i split_sixteenths(D d, V a, V* k, V* m) {
  const hn::RebindToSigned<D> di;
  const auto bits = hn::BitCast(di, a), rounded = hn::Add(bits, hn::Set(di, int64_t{1} << 47));
  const auto exponent = hn::Sub(hn::ShiftRight<52>(rounded), hn::Set(di, 1023));
  *m = hn::BitCast(d, hn::Sub(bits, hn::ShiftLeft<52>(exponent)));
  *k = V{_mm512_cvtepi64_pd(exponent.raw)};
  return hn::ShiftRight<48>(rounded).raw;  // a look-up takes its low four bits
}

/// 2^k (1 + r q(r)), k in sixteenths: `t` is k in the low bits of 1.5 * 2^48.
template <class D, class V, size_t n> HWY_INLINE V exp2_parts(D d, V t, V k, V r, const double (&q)[n]) {
  const V power = look_up<V>(kSixteenthPowers, _mm512_castpd_si512(t.raw));
  const V expm1 = hn::Mul(r, polynomial(d, r, q));
  return V{_mm512_scalef_pd(hn::MulAdd(power, expm1, power).raw, k.raw)};
}

/// b log2 a as `high`, and the rest.
template <class D, class V> HWY_INLINE V scaled_log2(D d, V a, V b, V* high) {
  V k, m;
  const __m512i j = split_sixteenths(d, a, &k, &m);
  const V half = hn::Set(d, 0.5), inverse = look_up<V>(kInverse, j);
  const V mc = hn::Mul(m, inverse), r = hn::Sub(mc, hn::Set(d, 1)), missing = hn::MulSub(m, inverse, mc);
  // log(1 + r) = s + rest
  const V square = hn::Mul(r, r), square_low = hn::MulSub(r, r, square);
  const V s = hn::NegMulAdd(half, square, r);
  const V s_low = hn::NegMulAdd(half, square, hn::Sub(r, s));
  const V corrected = hn::NegMulAdd(hn::Sub(r, square), missing, missing);  // missing / (1 + r)
  const V tail = hn::MulAdd(hn::Mul(square, r), polynomial(d, r, kCubicTail), corrected);
  const V rest = hn::Add(s_low, hn::NegMulAdd(half, square_low, tail));
  const V per_ln2 = hn::Set(d, 0x1.71547652b82fep+0), per_ln2_low = hn::Set(d, 0x1.777d0ffda0d24p-56);
  const V log2_m = hn::Mul(s, per_ln2);
  const V log2_m_low = hn::MulAdd(s, per_ln2_low, hn::MulAdd(rest, per_ln2, hn::MulSub(s, per_ln2, log2_m)));
  const V steps = hn::Add(k, look_up<V>(kLog2High, j));
  const V most = hn::Add(steps, log2_m);
  const V other = hn::Add(hn::Add(hn::Sub(steps, most), log2_m), hn::Add(log2_m_low, look_up<V>(kLog2Low, j)));
  // The cubic tail is in `other`: times a large b it would not be small any more.
  const V log2_a = hn::Add(most, other), log2_a_low = hn::Sub(other, hn::Sub(log2_a, most));
  *high = hn::Mul(log2_a, b);
  return hn::MulAdd(log2_a_low, b, hn::MulSub(log2_a, b, *high));
}

/// Puts a ** b in the ordinary lanes of `out`. True if all are, else `inside` says which.
template <class D, class V>
requires(sizeof(Lane<D>) == 8) HWY_INLINE bool ordinary_power(D d, V a, V b, V* out, hn::Mask<D>* inside) {
  V z;
  const V low = scaled_log2(d, a, b, &z);
  const auto normal = hn::And(hn::Ge(a, hn::Set(d, 0x1p-1022)), hn::Lt(a, hn::Inf(d)));
  *inside = hn::And(normal, hn::Lt(hn::Abs(z), hn::Set(d, 0x1p20)));
  const V magic = hn::Set(d, 0x1.8p48), t = hn::Add(z, magic), k = hn::Sub(t, magic);
  *out = exp2_parts(d, t, k, hn::Add(hn::Sub(z, k), low), kExp2);
  return hn::AllTrue(d, *inside);
}

/// float32 operands widened: one double is precise enough for the logarithm.
template <class D, class V> HWY_INLINE V widened_power(D d, V a, V b) {
  V k, m;
  const __m512i j = split_sixteenths(d, a, &k, &m);
  const V r = hn::MulSub(m, look_up<V>(kInverse, j), hn::Set(d, 1));
  const V log2_a = hn::MulAdd(r, polynomial(d, r, kShortLog2), hn::Add(k, look_up<V>(kLog2High, j)));
  const V magic = hn::Set(d, 0x1.8p48), t = hn::MulAdd(b, log2_a, magic), steps = hn::Sub(t, magic);
  // Huge exponents leave no meaningful rest: it only has to be small, scalef says the rest.
  const V rest = hn::Min(hn::Max(hn::MulSub(b, log2_a, steps), hn::Set(d, -1)), hn::Set(d, 1));
  return exp2_parts(d, t, steps, rest, kShortExp2);
}
template <class D, class V>
requires(sizeof(Lane<D>) == 4) HWY_INLINE bool ordinary_power(D d, V a, V b, V* out, hn::Mask<D>* inside) {
  const hn::RepartitionToWide<D> wide;
  const hn::Half<D> half;
  const auto low =
      widened_power(wide, hn::PromoteTo(wide, hn::LowerHalf(half, a)), hn::PromoteTo(wide, hn::LowerHalf(half, b)));
  const auto high =
      widened_power(wide, hn::PromoteTo(wide, hn::UpperHalf(half, a)), hn::PromoteTo(wide, hn::UpperHalf(half, b)));
  *out = hn::Combine(d, hn::DemoteTo(half, high), hn::DemoteTo(half, low));
  const V infinity = hn::Inf(d);
  *inside = hn::And(hn::And(hn::Gt(a, hn::Zero(d)), hn::Lt(a, infinity)), hn::Lt(hn::Abs(b), infinity));
  return hn::AllTrue(d, *inside);
}

}  // namespace crossarray::cpu::HWY_NAMESPACE::expr
HWY_AFTER_NAMESPACE();
#endif  // HWY_TARGET <= HWY_AVX3

#endif  // CROSSARRAY_CPU_KERNELS_POW_TABLES_INL_H_
