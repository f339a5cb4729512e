// The thin layer of math functions the scalar expressions call, so that none names a library function itself: CUDA's own,
// built into NVRTC, and the C library on the host, by the compiler's built-in names: neither needs a header.
#pragma once

#include "dispatch/scalar/types.h"

#ifdef __CUDACC_RTC__
#define XA_LIBRARY(name) ::name
#else
#define XA_LIBRARY(name) __builtin_##name
#endif

namespace crossarray::scalar::m {

#define XA_MATH1(name)                                         \
  XA_FN float name(float x) { return XA_LIBRARY(name##f)(x); } \
  XA_FN double name(double x) { return XA_LIBRARY(name)(x); }
#define XA_MATH2(name)                                                     \
  XA_FN float name(float x, float y) { return XA_LIBRARY(name##f)(x, y); } \
  XA_FN double name(double x, double y) { return XA_LIBRARY(name)(x, y); }

XA_MATH1(sqrt)
XA_MATH1(cbrt)
XA_MATH1(fabs)
XA_MATH1(floor)
XA_MATH1(ceil)
XA_MATH1(trunc)
XA_MATH1(rint)  // halves to even: the rounding mode is never changed
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

XA_FN unsigned bits(float x) { return __builtin_bit_cast(unsigned, x); }
XA_FN unsigned long long bits(double x) { return __builtin_bit_cast(unsigned long long, x); }
XA_FN bool signbit(float x) { return bits(x) >> 31; }
XA_FN bool signbit(double x) { return bits(x) >> 63; }
XA_FN float from_bits(unsigned x) { return __builtin_bit_cast(float, x); }
XA_FN double from_bits(unsigned long long x) { return __builtin_bit_cast(double, x); }
/// The next larger number of a positive one or 0.
XA_FN float next_up(float x) { return from_bits(bits(x) + 1u); }
XA_FN double next_up(double x) { return from_bits(bits(x) + 1ull); }
#ifdef __CUDACC_RTC__
XA_FN int popcount(unsigned long long x) { return __popcll(x); }
#else
XA_FN int popcount(unsigned long long x) { return __builtin_popcountll(x); }
#endif

}  // namespace crossarray::scalar::m
#undef XA_LIBRARY
