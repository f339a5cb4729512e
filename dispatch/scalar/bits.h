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

template <Unsigned T> XA_FN T euclid(T a, T b) {
  while (b != 0) {
    const T rest = static_cast<T>(a % b);
    a = b;
    b = rest;
  }
  return a;
}
template <Int T> XA_FN T gcd(T a, T b) { return static_cast<T>(euclid(magnitude(a), magnitude(b))); }
template <Int T> XA_FN T lcm(T a, T b) {
  const unsigned_t<T> x = magnitude(a), y = magnitude(b), common = euclid(x, y);
  return common == 0 ? T(0) : static_cast<T>(wrap_mul(static_cast<unsigned_t<T>>(x / common), y));
}

template <Float T> XA_FN T copysign(T a, T b) { return m::copysign(a, b); }
template <Float T> XA_FN T nextafter(T a, T b) { return m::nextafter(a, b); }
/// Distance to the neighbour of larger magnitude, with the sign of `a`; NaN at infinity. The neighbour is the next bit
/// pattern.
template <Float T> XA_FN T spacing(T a) {
  const T size = m::fabs(a), distance = m::next_up(size) - size;
  return a - a != 0 ? a - a : a < 0 ? -distance : distance;
}
template <Float T> XA_FN T ldexp(T a, long long exponent) {
  const long long bounded = exponent > 100000 ? 100000 : exponent < -100000 ? -100000 : exponent;
  return m::ldexp(a, static_cast<int>(bounded));
}
template <Float T> XA_FN T frexp_mantissa(T a) {
  int exponent;
  return m::frexp(a, &exponent);
}
template <Float T> XA_FN int frexp_exponent(T a) {
  if (a - a != 0) return 0;  // C leaves the exponent of infinities and NaN unspecified
  int exponent;
  m::frexp(a, &exponent);
  return exponent;
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
