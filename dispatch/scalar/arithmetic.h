// Scalar expressions: arithmetic, division, powers of integers. NumPy's results bit by bit.
#pragma once

#include "dispatch/scalar/math.h"

namespace crossarray::scalar {

// -- sums and products: booleans are a two-element lattice, integers wrap
XA_FN bool add(bool a, bool b) { return a | b; }
XA_FN bool multiply(bool a, bool b) { return a & b; }
template <Int T> XA_FN T add(T a, T b) { return wrap_add(a, b); }
template <Int T> XA_FN T subtract(T a, T b) { return wrap_sub(a, b); }
template <Int T> XA_FN T multiply(T a, T b) { return wrap_mul(a, b); }
template <Float T> XA_FN T add(T a, T b) { return a + b; }
template <Float T> XA_FN T subtract(T a, T b) { return a - b; }
template <Float T> XA_FN T multiply(T a, T b) { return a * b; }
template <class R> XA_FN Complex<R> add(Complex<R> a, Complex<R> b) { return {a.re + b.re, a.im + b.im}; }
template <class R> XA_FN Complex<R> subtract(Complex<R> a, Complex<R> b) { return {a.re - b.re, a.im - b.im}; }
template <class R> XA_FN Complex<R> multiply(Complex<R> a, Complex<R> b) {
  return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

// -- division
template <Float T> XA_FN T divide(T a, T b) { return a / b; }
/// Smith's algorithm (Communications of the ACM 5, 1962), as NumPy: no overflow of |b|^2.
template <class R> XA_FN Complex<R> divide(Complex<R> a, Complex<R> b) {
  const R abs_re = m::fabs(b.re), abs_im = m::fabs(b.im);
  if (abs_re >= abs_im) {
    if (abs_re == 0 && abs_im == 0) return {a.re / abs_re, a.im / abs_re};
    const R ratio = b.im / b.re, scale = R(1) / (b.re + b.im * ratio);
    return {(a.re + a.im * ratio) * scale, (a.im - a.re * ratio) * scale};
  }
  const R ratio = b.re / b.im, scale = R(1) / (b.im + b.re * ratio);
  return {(a.re * ratio + a.im) * scale, (a.im * ratio - a.re) * scale};
}

/// Quotient and remainder of integers: 0 for a zero divisor; the most negative number over -1 wraps to itself.
template <Unsigned T> XA_FN T floor_divide(T a, T b) { return b == 0 ? T(0) : static_cast<T>(a / b); }
template <Unsigned T> XA_FN T remainder(T a, T b) { return b == 0 ? T(0) : static_cast<T>(a % b); }
template <Unsigned T> XA_FN T fmod(T a, T b) { return remainder(a, b); }
template <Signed T> XA_FN T floor_divide(T a, T b) {
  if (b == 0) return 0;
  if (b == -1) return wrap_neg(a);
  const T quotient = static_cast<T>(a / b);
  return static_cast<T>(quotient - ((a % b != 0) & ((a < 0) != (b < 0))));
}
template <Signed T> XA_FN T fmod(T a, T b) { return b == 0 || b == -1 ? T(0) : static_cast<T>(a % b); }
template <Signed T> XA_FN T remainder(T a, T b) {
  const T rest = fmod(a, b);
  return rest != 0 && (rest < 0) != (b < 0) ? static_cast<T>(rest + b) : rest;
}

template <Float T> XA_FN T fmod(T a, T b) { return m::fmod(a, b); }
/// Sign of the divisor; a zero remainder takes it too.
template <Float T> XA_FN T remainder(T a, T b) {
  const T rest = m::fmod(a, b);
  if (b == 0) return rest;
  if (rest == 0) return m::copysign(T(0), b);
  return (b < 0) != (rest < 0) ? rest + b : rest;
}
/// Python's float floor division: from the exact remainder, so that a == q * b + r holds as nearly as it can.
template <Float T> XA_FN T floor_divide(T a, T b) {
  if (b == 0) return a / b;
  const T rest = m::fmod(a, b);
  T quotient = (a - rest) / b;
  if (rest != 0 && (b < 0) != (rest < 0)) quotient -= T(1);
  if (quotient == 0) return m::copysign(T(0), a / b);
  const T floored = m::floor(quotient);
  return quotient - floored > T(0.5) ? floored + T(1) : floored;
}

// -- signs and simple powers
template <Int T> XA_FN T negative(T a) { return wrap_neg(a); }
template <Float T> XA_FN T negative(T a) { return -a; }
template <class R> XA_FN Complex<R> negative(Complex<R> a) { return {-a.re, -a.im}; }
template <class T> XA_FN T positive(T a) { return a; }
template <class T> XA_FN T copy(T a) { return a; }
template <Real T> XA_FN T conjugate(T a) { return a; }
template <class R> XA_FN Complex<R> conjugate(Complex<R> a) { return {a.re, -a.im}; }

XA_FN bool absolute(bool a) { return a; }
template <Int T> XA_FN T absolute(T a) { return static_cast<T>(magnitude(a)); }
template <Float T> XA_FN T absolute(T a) { return m::fabs(a); }
template <class R> XA_FN R absolute(Complex<R> a) { return m::hypot(a.re, a.im); }
template <Float T> XA_FN T fabs(T a) { return m::fabs(a); }

template <Int T> XA_FN T sign(T a) { return static_cast<T>((a > 0) - (a < 0)); }
/// NaN stays NaN; zeros of either sign give +0.
template <Float T> XA_FN T sign(T a) { return a > 0 ? T(1) : a < 0 ? T(-1) : a == 0 ? T(0) : a; }
/// z / |z|; along an infinite part the unit vector (NaN beside it or not), NaN when both parts are infinite.
template <class R> XA_FN Complex<R> sign(Complex<R> a) {
  const R length = m::hypot(a.re, a.im);
  if (length == 0) return {0, 0};
  if (length - length == 0) return {a.re / length, a.im / length};
  const bool re_infinite = a.re == a.re && a.re - a.re != 0, im_infinite = a.im == a.im && a.im - a.im != 0;
  if (re_infinite == im_infinite) return {length - length, length - length};
  if (re_infinite) return {a.re > 0 ? R(1) : R(-1), 0};
  return {0, a.im > 0 ? R(1) : R(-1)};
}

template <class T> XA_FN T square(T a) { return multiply(a, a); }
/// 1 / a cut to an integer: NumPy divides as float64, so that 1 / 0 is what x86-64 converts infinity to.
template <Int T> XA_FN T reciprocal(T a) {
  if (a == 0) return Signed<T> && sizeof(T) >= 4 ? static_cast<T>(unsigned_t<T>{1} << (kBits<T> - 1)) : T(0);
  return a == 1 || (Signed<T> && a == T(-1)) ? a : T(0);
}
template <Float T> XA_FN T reciprocal(T a) { return T(1) / a; }
template <class R> XA_FN Complex<R> reciprocal(Complex<R> a) {
  if (m::fabs(a.im) <= m::fabs(a.re)) {
    const R ratio = a.im / a.re, scale = a.re + a.im * ratio;
    return {R(1) / scale, -ratio / scale};
  }
  const R ratio = a.re / a.im, scale = a.re * ratio + a.im;
  return {ratio / scale, R(-1) / scale};
}

/// Repeated squaring modulo 2^n. Negative exponents never come here: record() raises.
template <Int T> XA_FN T power(T base, T exponent) {
  T result = 1;
  for (unsigned_t<T> e = static_cast<unsigned_t<T>>(exponent); e != 0; e = static_cast<unsigned_t<T>>(e >> 1)) {
    if (e & 1) result = wrap_mul(result, base);
    base = wrap_mul(base, base);
  }
  return result;
}

// -- rounding: integers are whole already
template <class T>
requires Bool<T> || Int<T> XA_FN T floor(T a) { return a; }
template <class T>
requires Bool<T> || Int<T> XA_FN T ceil(T a) { return a; }
template <class T>
requires Bool<T> || Int<T> XA_FN T trunc(T a) { return a; }
template <Float T> XA_FN T floor(T a) { return m::floor(a); }
template <Float T> XA_FN T ceil(T a) { return m::ceil(a); }
template <Float T> XA_FN T trunc(T a) { return m::trunc(a); }
template <Float T> XA_FN T rint(T a) { return m::rint(a); }
template <class R> XA_FN Complex<R> rint(Complex<R> a) { return {m::rint(a.re), m::rint(a.im)}; }

}  // namespace crossarray::scalar
