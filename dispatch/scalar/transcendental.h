// Scalar expressions: roots, exponentials, logarithms, trigonometry. Complex ones are C99's functions where C99 has
// them; the others follow NumPy's formulas.
#pragma once

#include "dispatch/scalar/complex_math.h"

namespace crossarray::scalar {

#define XA_FLOAT1(name, function) \
  template <Float T> XA_FN T name(T a) { return m::function(a); }
#define XA_INEXACT1(name, function) \
  XA_FLOAT1(name, function)         \
  template <class R> XA_FN Complex<R> name(Complex<R> a) { return m::c##function(a); }
#define XA_FLOAT2(name, function) \
  template <Float T> XA_FN T name(T a, T b) { return m::function(a, b); }

XA_INEXACT1(sqrt, sqrt)
XA_INEXACT1(exp, exp)
XA_INEXACT1(log, log)
XA_INEXACT1(sin, sin)
XA_INEXACT1(cos, cos)
XA_INEXACT1(tan, tan)
XA_INEXACT1(arcsin, asin)
XA_INEXACT1(arccos, acos)
XA_INEXACT1(arctan, atan)
XA_INEXACT1(sinh, sinh)
XA_INEXACT1(cosh, cosh)
XA_INEXACT1(tanh, tanh)
XA_INEXACT1(arcsinh, asinh)
XA_INEXACT1(arccosh, acosh)
XA_INEXACT1(arctanh, atanh)
XA_FLOAT1(cbrt, cbrt)
XA_FLOAT1(exp2, exp2)
XA_FLOAT1(expm1, expm1)
XA_FLOAT1(log2, log2)
XA_FLOAT1(log10, log10)
XA_FLOAT1(log1p, log1p)
XA_FLOAT2(arctan2, atan2)
XA_FLOAT2(hypot, hypot)
XA_FLOAT2(power, pow)
XA_FLOAT2(float_power, pow)
#undef XA_FLOAT1
#undef XA_FLOAT2
#undef XA_INEXACT1

template <class R> inline constexpr R kLn2 = R(0.693147180559945309417232121458176568);
template <class R> inline constexpr R kLog2E = R(1.442695040888963407359924681001892137);
template <class R> inline constexpr R kLog10E = R(0.434294481903251827651128918916605082);
template <class R> inline constexpr R kPi = R(3.141592653589793238462643383279502884);

template <class R> XA_FN Complex<R> scale(Complex<R> a, R by) { return {a.re * by, a.im * by}; }
template <class R> XA_FN Complex<R> exp2(Complex<R> a) { return m::cexp(scale(a, kLn2<R>)); }
template <class R> XA_FN Complex<R> log2(Complex<R> a) { return scale(m::clog(a), kLog2E<R>); }
template <class R> XA_FN Complex<R> log10(Complex<R> a) { return scale(m::clog(a), kLog10E<R>); }
template <class R> XA_FN Complex<R> log1p(Complex<R> a) {
  return {m::log(m::hypot(a.re + R(1), a.im)), m::atan2(a.im, a.re + R(1))};
}
template <class R> XA_FN Complex<R> expm1(Complex<R> a) {
  const R half = m::sin(a.im / R(2));
  return {m::expm1(a.re) * m::cos(a.im) - R(2) * half * half, m::exp(a.re) * m::sin(a.im)};
}

/// Whole exponents below 100 by repeated multiplication, exact special values of 0 and 1; else C99's cpow.
template <class R> XA_FN Complex<R> power(Complex<R> a, Complex<R> b) {
  if (b.re == 0 && b.im == 0) return {1, 0};
  if (a.re == 0 && a.im == 0) {
    const R value = b.re > 0 ? R(0) : R(0) / a.re;
    return {value, value};
  }
  if (b.im != 0 || !(b.re > -100 && b.re < 100) || b.re != m::trunc(b.re)) return m::cpow(a, b);
  const int exponent = static_cast<int>(b.re);
  if (exponent == 1) return a;
  if (exponent == 2) return multiply(a, a);
  if (exponent == 3) return multiply(a, multiply(a, a));
  Complex<R> result{1, 0};
  for (int left = exponent < 0 ? -exponent : exponent; left != 0; left >>= 1) {
    if (left & 1) result = multiply(result, a);
    if (left > 1) a = multiply(a, a);
  }
  return exponent < 0 ? divide(Complex<R>{1, 0}, result) : result;
}
template <class R> XA_FN Complex<R> float_power(Complex<R> a, Complex<R> b) { return power(a, b); }

template <Float T> XA_FN T degrees(T a) { return a * (T(180) / kPi<T>); }
template <Float T> XA_FN T radians(T a) { return a * (kPi<T> / T(180)); }

/// The larger plus log1p(exp(-difference)); equal arguments (infinities too) need no subtraction.
template <Float T> XA_FN T logaddexp(T a, T b) {
  if (a == b) return a + kLn2<T>;
  const T difference = a - b;
  if (difference > 0) return a + m::log1p(m::exp(-difference));
  if (difference <= 0) return b + m::log1p(m::exp(difference));
  return difference;
}
template <Float T> XA_FN T logaddexp2(T a, T b) {
  if (a == b) return a + T(1);
  const T difference = a - b;
  if (difference > 0) return a + kLog2E<T> * m::log1p(m::exp2(-difference));
  if (difference <= 0) return b + kLog2E<T> * m::log1p(m::exp2(difference));
  return difference;
}

}  // namespace crossarray::scalar
