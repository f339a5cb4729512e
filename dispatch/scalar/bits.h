// Scalar expressions: integers as bits, and the parts of floating-point numbers.
#pragma once

#include "dispatch/scalar/math.h"

namespace crossarray::scalar {

template <class T>
requires Bool<T> || Int<T> XA_FN T bitwise_and(T a, T b) { return static_cast<T>(a & b); }
template <class T>
requires Bool<T> || Int<T> XA_FN T bitwise_or(T a, T b) { return static_cast<T>(a | b); }
template <class T>
requires Bool<T> || Int<T> XA_FN T bitwise_xor(T a, T b) { return static_cast<T>(a ^ b); }
XA_FN bool invert(bool a) { return a ^ true; }
template <Int T> XA_FN T invert(T a) { return static_cast<T>(~a); }

/// Counts outside 0 .. bits-1 shift everything out, as NumPy defines (C leaves them undefined).
template <Int T> XA_FN T left_shift(T a, T count) {
  const bool inside = static_cast<unsigned_t<T>>(count) < static_cast<unsigned_t<T>>(kBits<T>);
  return inside ? static_cast<T>(static_cast<wrap_t<T>>(a) << count) : T(0);
}
template <Int T> XA_FN T right_shift(T a, T count) {
  const bool inside = static_cast<unsigned_t<T>>(count) < static_cast<unsigned_t<T>>(kBits<T>);
  return inside ? static_cast<T>(a >> count) : static_cast<T>(a < 0 ? -1 : 0);
}
/// Short integers by adding neighbouring bits, pairs, nibbles: a form that compilers vectorise.
template <Int T> XA_FN unsigned char bitwise_count(T a) {
  if constexpr (sizeof(T) > 2) return static_cast<unsigned char>(m::popcount(magnitude(a)));
  unsigned short x = magnitude(a);
  x = static_cast<unsigned short>(x - (x >> 1 & 0x5555));
  x = static_cast<unsigned short>((x & 0x3333) + (x >> 2 & 0x3333));
  x = static_cast<unsigned short>((x + (x >> 4)) & 0x0F0F);
  return static_cast<unsigned char>(x + (x >> 8));
}

/// A running divisor `a` that is 1 already divides nothing.
template <Unsigned T> XA_FN T euclid(T a, T b) {
  while (a > 1) {
    const T rest = static_cast<T>(b % a);
    b = a;
    a = rest;
  }
  return a == 0 ? b : a;
}
template <Int T> XA_FN T gcd(T a, T b) { return static_cast<T>(euclid(magnitude(a), magnitude(b))); }
template <Int T> XA_FN T lcm(T a, T b) {
  const unsigned_t<T> x = magnitude(a), y = magnitude(b), common = euclid(x, y);
  return common == 0 ? T(0) : static_cast<T>(wrap_mul(static_cast<unsigned_t<T>>(x / common), y));
}

template <Float T> XA_FN T copysign(T a, T b) { return m::copysign(a, b); }

// -- parts of floats, from their bits and without branches: forms that compilers vectorise
template <class T> struct FloatBits;
template <> struct FloatBits<float> {
  using Exponent = int;
  static constexpr int mantissa = 23, bias = 127;
  static constexpr unsigned exponent_mask = 0x7F800000u;
};
template <> struct FloatBits<double> {
  using Exponent = long long;
  static constexpr int mantissa = 52, bias = 1023;
  static constexpr unsigned long long exponent_mask = 0x7FF0000000000000ull;
};

/// The neighbouring bit pattern; `b` itself when equal (zeros of different sign), NaN if either is.
template <Float T> XA_FN T nextafter(T a, T b) {
  const unsigned_t<T> from = m::bits(a), one = 1;
  const T smallest = m::copysign(m::from_bits(one), b),
          neighbour = m::from_bits((a < b) == (a > 0) ? from + one : from - one);
  const T next = a == 0 ? smallest : neighbour, ordered = a == b ? b : next, undefined = a + b;
  return (a != a) | (b != b) ? undefined : ordered;
}
/// Distance to the neighbour of larger magnitude, with the sign of `a`; NaN at infinity. The neighbour is the next bit
/// pattern.
template <Float T> XA_FN T spacing(T a) {
  const T size = m::fabs(a), distance = m::next_up(size) - size;
  return a - a != 0 ? a - a : a < 0 ? -distance : distance;
}
/// a * 2^exponent as at most three products with powers of two, of which only the last that is not 1 can round: a power
/// below the normal ones is reached from one that leaves all bits in place.
template <Float T> XA_FN T ldexp(T a, long long exponent) {
  using F = FloatBits<T>;
  using E = typename F::Exponent;
  constexpr E high = F::bias, low = 1 - F::bias, step = low + F::mantissa + 1, limit = 4 * F::bias;
  const auto power = [](E e) { return m::from_bits(static_cast<unsigned_t<T>>(e + F::bias) << F::mantissa); };
  const E all = static_cast<E>(exponent > limit ? limit : exponent < -limit ? -limit : exponent);
  const E first = all < low ? step : all < high ? all : high, left = all - first;
  const E second = left < low ? step : left < high ? left : high, rest = left - second;
  const E third = rest < low ? low : rest < high ? rest : high;
  return a * power(first) * power(second) * power(third);
}
/// The bits of `a`, or of 2^(mantissa bits + 1) * a where `a` is subnormal.
template <Float T> XA_FN unsigned_t<T> normal_bits(T a) {
  using F = FloatBits<T>;
  const T lifted = a * static_cast<T>(1ull << (F::mantissa + 1));
  return (m::bits(a) & F::exponent_mask) == 0 ? m::bits(lifted) : m::bits(a);
}
/// Neither zero, infinite nor NaN: frexp leaves those as they are, with exponent 0.
template <Float T> XA_FN bool has_exponent(T a) {
  using F = FloatBits<T>;
  return (a != 0) & ((m::bits(a) & F::exponent_mask) != F::exponent_mask);
}
template <Float T> XA_FN T frexp_mantissa(T a) {
  using F = FloatBits<T>;
  const unsigned_t<T> half = static_cast<unsigned_t<T>>(F::bias - 1) << F::mantissa;
  const T mantissa = m::from_bits((normal_bits(a) & ~F::exponent_mask) | half);
  return has_exponent(a) ? mantissa : a;
}
template <Float T> XA_FN int frexp_exponent(T a) {
  using F = FloatBits<T>;
  const int lifted = (m::bits(a) & F::exponent_mask) == 0 ? F::mantissa + 1 : 0;
  const int exponent = static_cast<int>((normal_bits(a) & F::exponent_mask) >> F::mantissa) - (F::bias - 1) - lifted;
  return has_exponent(a) ? exponent : 0;
}
template <Float T> XA_FN T modf_integral(T a) { return m::trunc(a); }
/// The sign of the argument even when the fraction is 0; infinities have fraction 0.
template <Float T> XA_FN T modf_fraction(T a) {
  return a - a != 0 && a == a ? m::copysign(T(0), a) : m::copysign(a - m::trunc(a), a);
}

// -- halves. These two are loops of their own (loops::OwnHalf): the float32 result rounded would be wrong.
template <HalfLike T> struct HalfBits;
template <> struct HalfBits<Half> { static constexpr int infinity = 0x7C00, nan = 0x7E00, mantissa = 10; };
template <> struct HalfBits<BFloat16> { static constexpr int infinity = 0x7F80, nan = 0x7FC0, mantissa = 7; };

template <HalfLike T> XA_FN T half_of(int bits) { return T{static_cast<unsigned short>(bits)}; }

template <HalfLike T> XA_FN T nextafter(T a, T b) {
  const int x = a.bits & 0x7FFF, y = b.bits & 0x7FFF;
  if (x > HalfBits<T>::infinity) return a;
  if (y > HalfBits<T>::infinity) return b;
  const int from = a.bits & 0x8000 ? -x : x, to = b.bits & 0x8000 ? -y : y;  // ordered as the numbers are
  if (from == to) return same<T, Half> ? a : b;  // zeros of different sign: NumPy and ml_dtypes differ
  const int next = from < to ? from + 1 : from - 1;
  const bool minus = next < 0 || (next == 0 && from < 0);
  return half_of<T>(minus ? 0x8000 | -next : next);
}
/// 2^(exponent - mantissa bits), built from bits. ml_dtypes gives it the sign of `a`; NumPy's float16 loop does not, and
/// looks towards zero from the negative powers of two.
template <HalfLike T> XA_FN T spacing(T a) {
  using B = HalfBits<T>;
  const int magnitude = a.bits & 0x7FFF;
  const bool negative_power = same<T, Half> && (a.bits & 0x83FF) == 0x8000;
  const int exponent = (magnitude >> B::mantissa) - (negative_power && magnitude > 0x400 ? 1 : 0);
  if (magnitude >= B::infinity) return half_of<T>(B::nan);
  const int sign = same<T, Half> ? 0 : a.bits & 0x8000;
  if (magnitude == B::infinity - 1 && !(same<T, Half> && a.bits & 0x8000)) return half_of<T>(sign | B::infinity);
  if (exponent > B::mantissa) return half_of<T>(sign | (exponent - B::mantissa) << B::mantissa);
  return half_of<T>(sign | 1 << (exponent > 0 ? exponent - 1 : 0));
}

}  // namespace crossarray::scalar
