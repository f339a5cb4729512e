// Division of integers: expressions for lanes over lanes, and functors for lanes over one divisor,
// floor_divide_by(d, divisor) and so on, that multiply by a precomputed reciprocal (all sizes).
// Results are those of dispatch/scalar/arithmetic.h: floor or truncation, 0 for a zero divisor, wrapping of MIN / -1.
#if defined(CROSSARRAY_CPU_KERNELS_INT_DIVIDE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef CROSSARRAY_CPU_KERNELS_INT_DIVIDE_INL_H_
#undef CROSSARRAY_CPU_KERNELS_INT_DIVIDE_INL_H_
#else
#define CROSSARRAY_CPU_KERNELS_INT_DIVIDE_INL_H_
#endif

#include <bit>

#include "cpu/kernels/expr-inl.h"
#include "dispatch/ops_scalar.h"
#include "dispatch/scalar/bits.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace crossarray::cpu::HWY_NAMESPACE::expr {

template <class D> inline constexpr int kLaneBits = 8 * static_cast<int>(sizeof(Lane<D>));

// -- lanes over lanes, in floating point
//
// A quotient of n-bit integers is exact in a format of 2n + 1 bits or more as far as its floor goes: the next integer above
// a / b is at least 1 / b away, more than half a unit in the last place. Products of quotient and divisor are exact too.
// x / 0 is infinite or NaN, x - (x / 0) * 0 NaN: their low mantissa bits, which is what is kept of them, are 0.

/// 1.5 * 2^(mantissa bits): added to a whole number, it leaves that number in the low bits, in two's complement.
template <class DF> HWY_INLINE hn::Vec<DF> low_bits_bias(DF df) {
  return hn::Set(df, static_cast<Lane<DF>>(sizeof(Lane<DF>) == 4 ? 0x1.8p23 : 0x1.8p52));
}
/// Whole numbers of half as many bits as the lanes have, as floats.
template <class DW, class V> HWY_INLINE auto to_float_lanes(DW dw, V wide) {
  const hn::RebindToFloat<DW> df;
  const hn::RebindToSigned<DW> di;
  if constexpr (sizeof(Lane<DW>) == 4) return hn::ConvertTo(df, hn::BitCast(di, wide));
  const auto biased = hn::Add(hn::BitCast(dw, low_bits_bias(df)), wide);
  return hn::Sub(hn::BitCast(df, biased), low_bits_bias(df));
}

/// f(float lanes, a, b) on the even and on the odd lanes, widened; the low halves of the bits of its results joined.
template <class D, class V, class F> HWY_INLINE V in_float_lanes(D d, V a, V b, F f) {
  const hn::RepartitionToWide<D> dw;
  constexpr int kBits = kLaneBits<D>;
  const auto a_wide = hn::BitCast(dw, a), b_wide = hn::BitCast(dw, b);
  const auto a_even = hn::ShiftRight<kBits>(hn::ShiftLeft<kBits>(a_wide)), a_odd = hn::ShiftRight<kBits>(a_wide);
  const auto b_even = hn::ShiftRight<kBits>(hn::ShiftLeft<kBits>(b_wide)), b_odd = hn::ShiftRight<kBits>(b_wide);
  const auto halves = [&](auto x, auto y) HWY_ATTR {
    if constexpr (kBits == 8)
      return in_float_lanes(dw, x, y, f);
    else {
      const hn::RebindToFloat<decltype(dw)> df;
      const auto whole = f(df, to_float_lanes(dw, x), to_float_lanes(dw, y));
      return hn::BitCast(dw, hn::Add(whole, low_bits_bias(df)));
    }
  };
  const auto odd = hn::ShiftLeft<kBits>(halves(a_odd, b_odd));
  return hn::OddEven(hn::BitCast(d, odd), hn::BitCast(d, halves(a_even, b_even)));
}

template <class D>
concept NarrowLanes = IntLanes<D> && sizeof(Lane<D>) <= 4;

template <class D, class V>
requires NarrowLanes<D> HWY_INLINE V floor_divide(D d, V a, V b) {
  return in_float_lanes(d, a, b, [](auto, auto x, auto y) HWY_ATTR { return hn::Floor(hn::Div(x, y)); });
}
template <class D, class V>
requires NarrowLanes<D> HWY_INLINE V remainder(D d, V a, V b) {
  return in_float_lanes(d, a, b,
                        [](auto, auto x, auto y) HWY_ATTR { return hn::Sub(x, hn::Mul(hn::Floor(hn::Div(x, y)), y)); });
}
template <class D, class V>
requires NarrowLanes<D> HWY_INLINE V fmod(D d, V a, V b) {
  return in_float_lanes(d, a, b,
                        [](auto, auto x, auto y) HWY_ATTR { return hn::Sub(x, hn::Mul(hn::Trunc(hn::Div(x, y)), y)); });
}

/// 64-bit lanes whose numbers are all in [-2^51, 2^51): f(float lanes, a, b) as whole numbers, 0 where b is 0. As above the
/// floor of the quotient is exact: it is at least 1 / b from the next integer, its rounding error at most 1 / (4 b). Any
/// larger number in the vectors: expression(a, b), element by element.
template <class D, class V, class F, class Expression>
HWY_INLINE V in_double_lanes(D d, V a, V b, F f, Expression expression) {
  const hn::RebindToFloat<D> df;
  const hn::RebindToUnsigned<D> du;
  const auto distance = [&](V x) HWY_ATTR {
    if constexpr (hwy::IsSigned<Lane<D>>()) x = hn::Xor(x, hn::BroadcastSignBit(x));
    return hn::BitCast(du, x);
  };
  const auto beyond = hn::ShiftRight<51>(hn::Or(distance(a), distance(b)));
  if (HWY_LIKELY(hn::AllTrue(du, hn::Eq(beyond, hn::Zero(du))))) {
    const auto bias = low_bits_bias(df);
    const auto whole = f(df, to_float_lanes(d, a), to_float_lanes(d, b));
    const V result = hn::Sub(hn::BitCast(d, hn::Add(whole, bias)), hn::BitCast(d, bias));
    return hn::IfThenZeroElse(hn::Eq(b, hn::Zero(d)), result);
  }
  HWY_ALIGN Lane<D> left[HWY_LANES(Lane<D>)], right[HWY_LANES(Lane<D>)];
  hn::Store(a, d, left);
  hn::Store(b, d, right);
  for (size_t i = 0; i < hn::Lanes(d); ++i) left[i] = expression(left[i], right[i]);
  return hn::Load(d, left);
}

template <class D>
concept LongLanes = IntLanes<D> && sizeof(Lane<D>) == 8;

template <class D, class V>
requires LongLanes<D> HWY_INLINE V floor_divide(D d, V a, V b) {
  return in_double_lanes(
      d, a, b, [](auto, auto x, auto y) HWY_ATTR { return hn::Floor(hn::Div(x, y)); },
      [](auto x, auto y) HWY_ATTR { return scalar::floor_divide(x, y); });
}
template <class D, class V>
requires LongLanes<D> HWY_INLINE V remainder(D d, V a, V b) {
  return in_double_lanes(
      d, a, b, [](auto, auto x, auto y) HWY_ATTR { return hn::Sub(x, hn::Mul(hn::Floor(hn::Div(x, y)), y)); },
      [](auto x, auto y) HWY_ATTR { return scalar::remainder(x, y); });
}
template <class D, class V>
requires LongLanes<D> HWY_INLINE V fmod(D d, V a, V b) {
  return in_double_lanes(
      d, a, b, [](auto, auto x, auto y) HWY_ATTR { return hn::Sub(x, hn::Mul(hn::Trunc(hn::Div(x, y)), y)); },
      [](auto x, auto y) HWY_ATTR { return scalar::fmod(x, y); });
}

// -- lanes over one divisor

/// Upper halves of the products of unsigned lanes.
template <class D, class V> HWY_INLINE V product_high(D d, V a, V b) {
  if constexpr (sizeof(Lane<D>) == 2) {
    return hn::MulHigh(a, b);
  } else if constexpr (sizeof(Lane<D>) == 4) {
    const hn::RepartitionToWide<D> dw;
    const auto odd = hn::MulEven(hn::BitCast(d, hn::ShiftRight<32>(hn::BitCast(dw, a))), b);
    return hn::OddEven(hn::BitCast(d, odd), hn::BitCast(d, hn::ShiftRight<32>(hn::MulEven(a, b))));
  } else {
    const hn::RepartitionToNarrow<D> dn;
    const auto a_low = hn::BitCast(dn, a), b_low = hn::BitCast(dn, b);
    const auto a_high = hn::BitCast(dn, hn::ShiftRight<32>(a)), b_high = hn::BitCast(dn, hn::ShiftRight<32>(b));
    const V low_half = hn::Set(d, 0xFFFFFFFFu);
    const V middle = hn::Add(hn::MulEven(a_high, b_low), hn::ShiftRight<32>(hn::MulEven(a_low, b_low)));
    const V carried = hn::Add(hn::MulEven(a_low, b_high), hn::And(middle, low_half));
    const V upper = hn::Add(hn::MulEven(a_high, b_high), hn::ShiftRight<32>(middle));
    return hn::Add(upper, hn::ShiftRight<32>(carried));
  }
}

/// Lower halves of the products of unsigned lanes.
template <class D, class V> HWY_INLINE V product_low(D d, V a, V b) {
  if constexpr (ProductLanes<D>) {
    return hn::Mul(a, b);
  } else if constexpr (sizeof(Lane<D>) == 1) {
    const hn::RepartitionToWide<D> dw;
    const auto factor = hn::ShiftRight<8>(hn::BitCast(dw, b));  // all lanes of b are the same
    const auto even = hn::Mul(hn::BitCast(dw, a), factor);
    const auto odd = hn::Mul(hn::And(hn::BitCast(dw, a), hn::Set(dw, uint16_t{0xFF00})), factor);
    return hn::OddEven(hn::BitCast(d, odd), hn::BitCast(d, even));
  } else {
    const hn::RepartitionToNarrow<D> dn;
    const auto a_low = hn::BitCast(dn, a), b_low = hn::BitCast(dn, b);
    const auto a_high = hn::BitCast(dn, hn::ShiftRight<32>(a)), b_high = hn::BitCast(dn, hn::ShiftRight<32>(b));
    const V crossed = hn::Add(hn::MulEven(a_high, b_low), hn::MulEven(a_low, b_high));
    return hn::Add(hn::MulEven(a_low, b_low), hn::ShiftLeft<32>(crossed));
  }
}

/// Unsigned lanes over a divisor that is not 0: T. Granlund and P. Montgomery, "Division by Invariant Integers using
/// Multiplication" (PLDI 1994), figure 4.1. With 2^l >= divisor: factor = 2^n (2^l - divisor) / divisor + 1.
template <class D> class Quotient {
  using T = Lane<D>;
  static constexpr int kBits = kLaneBits<D>;

 public:
  Quotient(D d, T divisor) : d_(d) {
    const int l = std::bit_width(static_cast<T>(divisor - 1));
    factor_ = hn::Set(d, factor(divisor, l));
    first_ = l > 0;
    then_ = l - first_;
  }
  HWY_INLINE hn::Vec<D> operator()(hn::Vec<D> a) const {
    const auto high = product_high(d_, a, factor_);
    return hn::ShiftRightSame(hn::Add(high, hn::ShiftRightSame(hn::Sub(a, high), first_)), then_);
  }

 private:
  static T factor(T divisor, int l) {
    using Wide = std::conditional_t<sizeof(T) == 8, unsigned __int128, uint64_t>;
    return static_cast<T>((((Wide{1} << l) - divisor) << kBits) / divisor + 1);
  }
  D d_;
  hn::Vec<D> factor_;
  int first_, then_;
};

/// Bytes, as 16-bit lanes: a 2^(8 - l) times factor = 2^(8 + l) / divisor rounded up, of which the upper half is kept.
/// Error of the factor: below 1, of a * factor / 2^(8 + l): below 255 / 256 / divisor.
template <class D>
requires(sizeof(Lane<D>) == 1) class Quotient<D> {
  using DW = hn::RepartitionToWide<D>;

 public:
  Quotient(D d, uint8_t divisor) : d_(d) {
    l_ = std::bit_width(static_cast<uint8_t>(divisor - 1));
    factor_ = hn::Set(DW(), static_cast<uint16_t>(((1u << (8 + l_)) + divisor - 1) / divisor));
  }
  HWY_INLINE hn::Vec<D> operator()(hn::Vec<D> a) const {
    const auto wide = hn::BitCast(DW(), a);
    const auto even = hn::MulHigh(hn::ShiftRightSame(hn::ShiftLeft<8>(wide), l_), factor_);
    const auto upper = hn::And(wide, hn::Set(DW(), uint16_t{0xFF00}));
    const auto odd = hn::MulHigh(hn::ShiftRightSame(upper, l_), factor_);
    return hn::BitCast(d_, hn::Or(hn::ShiftLeft<8>(odd), even));
  }

 private:
  D d_;
  hn::Vec<DW> factor_;
  int l_;
};

/// What lanes are divided by: never 0.
template <class D> struct Divides {
  static bool takes(Lane<D> divisor) { return divisor != 0; }
};

/// floor(a / divisor). Signed: floor(a / b) is ~((-1 - a) / b) where a < 0 < b, and for b < 0 it is ~floor((a - 1) / -b);
/// either way what is divided is not negative.
template <class D> struct FloorDivideBy : Divides<D> {
  using DU = hn::RebindToUnsigned<D>;
  using T = Lane<D>;
  Quotient<DU> quotient;
  hn::Vec<D> bound, flip;

  FloorDivideBy(D d, T divisor)
      : quotient(DU(), static_cast<Lane<DU>>(scalar::magnitude(divisor))),
        bound(hn::Set(d, static_cast<T>(divisor < 0))),
        flip(hn::Set(d, static_cast<T>(divisor < 0 ? -1 : 0))) {}

  HWY_INLINE hn::Vec<D> operator()(D d, hn::Vec<D> a) const {
    if constexpr (!hwy::IsSigned<T>()) {
      return quotient(a);
    } else {
      const auto below = hn::VecFromMask(d, hn::Lt(a, bound));
      const auto magnitude = hn::BitCast(DU(), hn::Xor(hn::Sub(a, bound), below));
      return hn::Xor(hn::Xor(hn::BitCast(d, quotient(magnitude)), below), flip);
    }
  }
};

/// a - b * (a / divisor), with the floored quotient or the truncated one.
template <class D> struct RemainderBy : Divides<D> {
  using DU = hn::RebindToUnsigned<D>;
  FloorDivideBy<D> floor_divide;
  hn::Vec<DU> divisor;

  RemainderBy(D d, Lane<D> b) : floor_divide(d, b), divisor(hn::Set(DU(), static_cast<Lane<DU>>(b))) {}
  HWY_INLINE hn::Vec<D> operator()(D d, hn::Vec<D> a) const {
    const auto product = product_low(DU(), hn::BitCast(DU(), floor_divide(d, a)), divisor);
    return hn::Sub(a, hn::BitCast(d, product));
  }
};

/// The remainder of magnitudes with the sign of a.
template <class D> struct FmodBy : Divides<D> {
  using DU = hn::RebindToUnsigned<D>;
  RemainderBy<DU> remainder;

  FmodBy(D, Lane<D> b) : remainder(DU(), static_cast<Lane<DU>>(scalar::magnitude(b))) {}
  HWY_INLINE hn::Vec<D> operator()(D d, hn::Vec<D> a) const {
    if constexpr (!hwy::IsSigned<Lane<D>>()) {
      return remainder(d, a);
    } else {
      const auto below = hn::VecFromMask(d, hn::Lt(a, hn::Zero(d)));
      const auto magnitude = hn::BitCast(DU(), hn::Sub(hn::Xor(a, below), below));
      return hn::Sub(hn::Xor(hn::BitCast(d, remainder(DU(), magnitude)), below), below);
    }
  }
};

template <class D>
requires IntLanes<D> HWY_INLINE auto floor_divide_by(D d, Lane<D> divisor) { return FloorDivideBy<D>(d, divisor); }
template <class D>
requires IntLanes<D> HWY_INLINE auto remainder_by(D d, Lane<D> divisor) { return RemainderBy<D>(d, divisor); }
template <class D>
requires IntLanes<D> HWY_INLINE auto fmod_by(D d, Lane<D> divisor) { return FmodBy<D>(d, divisor); }

}  // namespace crossarray::cpu::HWY_NAMESPACE::expr
HWY_AFTER_NAMESPACE();

#endif  // CROSSARRAY_CPU_KERNELS_INT_DIVIDE_INL_H_
