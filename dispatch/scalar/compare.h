// Scalar expressions: comparison, extrema, logic, tests, selection.
#pragma once

#include "dispatch/scalar/math.h"

namespace crossarray::scalar {

template <Real T> XA_FN bool isnan(T a) { return a != a; }
template <class R> XA_FN bool isnan(Complex<R> a) { return isnan(a.re) || isnan(a.im); }
template <class T>
requires Bool<T> || Int<T> XA_FN bool isfinite(T) { return true; }
template <class T>
requires Bool<T> || Int<T> XA_FN bool isinf(T) { return false; }
template <Float T> XA_FN bool isfinite(T a) { return a - a == 0; }
template <Float T> XA_FN bool isinf(T a) { return a == a && a - a != 0; }
template <class R> XA_FN bool isfinite(Complex<R> a) { return isfinite(a.re) && isfinite(a.im); }
template <class R> XA_FN bool isinf(Complex<R> a) { return isinf(a.re) || isinf(a.im); }
template <Float T> XA_FN bool signbit(T a) { return m::signbit(a); }

// -- order. Complex numbers compare lexicographically; a NaN part makes every order false.
template <Real T> XA_FN bool equal(T a, T b) { return a == b; }
template <Real T> XA_FN bool not_equal(T a, T b) { return a != b; }
template <Real T> XA_FN bool less(T a, T b) { return a < b; }
template <Real T> XA_FN bool less_equal(T a, T b) { return a <= b; }
template <class R> XA_FN bool equal(Complex<R> a, Complex<R> b) { return a.re == b.re && a.im == b.im; }
template <class R> XA_FN bool not_equal(Complex<R> a, Complex<R> b) { return a.re != b.re || a.im != b.im; }
template <class R> XA_FN bool less(Complex<R> a, Complex<R> b) {
  return (a.re < b.re && !isnan(a.im) && !isnan(b.im)) || (a.re == b.re && a.im < b.im);
}
template <class R> XA_FN bool less_equal(Complex<R> a, Complex<R> b) {
  return (a.re < b.re && !isnan(a.im) && !isnan(b.im)) || (a.re == b.re && a.im <= b.im);
}
template <class T> XA_FN bool greater(T a, T b) { return less(b, a); }
template <class T> XA_FN bool greater_equal(T a, T b) { return less_equal(b, a); }

// -- extrema. maximum and minimum hand NaN on (the first one met), fmax and fmin skip it.
template <class T>
requires Bool<T> || Int<T> XA_FN T maximum(T a, T b) { return a < b ? b : a; }
template <class T>
requires Bool<T> || Int<T> XA_FN T minimum(T a, T b) { return b < a ? b : a; }
template <class T>
requires Bool<T> || Int<T> XA_FN T fmax(T a, T b) { return maximum(a, b); }
template <class T>
requires Bool<T> || Int<T> XA_FN T fmin(T a, T b) { return minimum(a, b); }
/// Of equal numbers (zeros of either sign) the second is taken: what NumPy's vector loops do.
template <Float T> XA_FN T maximum(T a, T b) { return isnan(a) || a > b ? a : b; }
template <Float T> XA_FN T minimum(T a, T b) { return isnan(a) || a < b ? a : b; }
template <Float T> XA_FN T fmax(T a, T b) { return isnan(b) || a > b ? a : b; }
template <Float T> XA_FN T fmin(T a, T b) { return isnan(b) || a < b ? a : b; }
template <Cplx T> XA_FN T maximum(T a, T b) { return isnan(a) || greater_equal(a, b) ? a : b; }
template <Cplx T> XA_FN T minimum(T a, T b) { return isnan(a) || less_equal(a, b) ? a : b; }
template <Cplx T> XA_FN T fmax(T a, T b) { return isnan(b) || greater_equal(a, b) ? a : b; }
template <Cplx T> XA_FN T fmin(T a, T b) { return isnan(b) || less_equal(a, b) ? a : b; }

// -- logic: everything but zero is true, NaN too
template <Real T> XA_FN bool truth(T a) { return a != T(0); }
template <class R> XA_FN bool truth(Complex<R> a) { return a.re != 0 || a.im != 0; }
template <class T> XA_FN bool logical_and(T a, T b) { return truth(a) & truth(b); }
template <class T> XA_FN bool logical_or(T a, T b) { return truth(a) | truth(b); }
template <class T> XA_FN bool logical_xor(T a, T b) { return truth(a) != truth(b); }
template <class T> XA_FN bool logical_not(T a) { return truth(a) ^ true; }
template <class T> XA_FN T where(bool condition, T a, T b) { return condition ? a : b; }
template <Float T> XA_FN T heaviside(T a, T at_zero) { return isnan(a) ? a : a == 0 ? at_zero : a < 0 ? T(0) : T(1); }

}  // namespace crossarray::scalar
