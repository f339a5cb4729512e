// The thin layer of math functions the scalar expressions call: the C library on the host. The CUDA prelude brings its
// own m:: with the same names (device functions), so no expression names a library function itself.
#pragma once

#include "dispatch/scalar/types.h"

#ifndef __CUDACC_RTC__
#include <bit>
#include <cmath>
#include <complex>

namespace crossarray::scalar::m {

#define XA_MATH1(name)                                \
  inline float name(float x) { return std::name(x); } \
  inline double name(double x) { return std::name(x); }
#define XA_MATH2(name)                                            \
  inline float name(float x, float y) { return std::name(x, y); } \
  inline double name(double x, double y) { return std::name(x, y); }

XA_MATH1(sqrt)
XA_MATH1(cbrt)
XA_MATH1(fabs)
XA_MATH1(floor)
XA_MATH1(ceil)
XA_MATH1(trunc)
XA_MATH1(exp)
XA_MATH1(exp2)
XA_MATH1(expm1)
XA_MATH1(log)
XA_MATH1(log2)
XA_MATH1(log10)
XA_MATH1(log1p)
XA_MATH1(sin)
XA_MATH1(cos)
XA_MATH1(tan)
XA_MATH1(asin)
XA_MATH1(acos)
XA_MATH1(atan)
XA_MATH1(sinh)
XA_MATH1(cosh)
XA_MATH1(tanh)
XA_MATH1(asinh)
XA_MATH1(acosh)
XA_MATH1(atanh)
XA_MATH2(pow)
XA_MATH2(fmod)
XA_MATH2(atan2)
XA_MATH2(hypot)
XA_MATH2(copysign)
#undef XA_MATH1
#undef XA_MATH2

/// Halves to even: the rounding mode is never changed.
inline float rint(float x) { return std::nearbyint(x); }
inline double rint(double x) { return std::nearbyint(x); }
inline bool signbit(float x) { return std::signbit(x); }
inline bool signbit(double x) { return std::signbit(x); }

inline unsigned bits(float x) { return std::bit_cast<unsigned>(x); }
inline unsigned long long bits(double x) { return std::bit_cast<unsigned long long>(x); }
inline float from_bits(unsigned x) { return std::bit_cast<float>(x); }
inline double from_bits(unsigned long long x) { return std::bit_cast<double>(x); }
/// The next larger number of a positive one or 0.
inline float next_up(float x) { return from_bits(bits(x) + 1u); }
inline double next_up(double x) { return from_bits(bits(x) + 1ull); }
inline int popcount(unsigned long long x) { return std::popcount(x); }

/// C99's complex functions, which NumPy calls too.
#define XA_COMPLEX1(name)                                             \
  template <class R> Complex<R> c##name(Complex<R> z) {               \
    const std::complex<R> w = std::name(std::complex<R>(z.re, z.im)); \
    return {w.real(), w.imag()};                                      \
  }
XA_COMPLEX1(sqrt)
XA_COMPLEX1(exp)
XA_COMPLEX1(log)
XA_COMPLEX1(sin)
XA_COMPLEX1(cos)
XA_COMPLEX1(tan)
XA_COMPLEX1(asin)
XA_COMPLEX1(acos)
XA_COMPLEX1(atan)
XA_COMPLEX1(sinh)
XA_COMPLEX1(cosh)
XA_COMPLEX1(tanh)
XA_COMPLEX1(asinh)
XA_COMPLEX1(acosh)
XA_COMPLEX1(atanh)
#undef XA_COMPLEX1

template <class R> Complex<R> cpow(Complex<R> a, Complex<R> b) {
  const std::complex<R> w = std::pow(std::complex<R>(a.re, a.im), std::complex<R>(b.re, b.im));
  return {w.real(), w.imag()};
}

}  // namespace crossarray::scalar::m
#endif  // __CUDACC_RTC__
