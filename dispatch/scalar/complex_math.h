// C99's complex functions as the scalar expressions call them, m::csqrt(z): the C library's, which NumPy calls too. The CUDA
// prelude brings its own in this file's place (cuda/device/complex_math.h): CUDA has none without headers.
#pragma once

#include "dispatch/scalar/math.h"

#ifndef __CUDACC_RTC__
#include <complex>

namespace crossarray::scalar::m {

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
