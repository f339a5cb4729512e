// Scalar expressions: conversion between all element types, NumPy's astype(casting="unsafe") on x86-64 without the
// undefined behaviour C++ has for values that do not fit.
#pragma once

#include "dispatch/scalar/math.h"

namespace crossarray::scalar {

XA_FN float bits_to_float(unsigned bits) { return __builtin_bit_cast(float, bits); }
XA_FN double bits_to_double(unsigned long long bits) { return __builtin_bit_cast(double, bits); }

// -- half types: round to nearest, ties to even; NaN keeps the top of its payload
XA_FN float half_value(Half h) {
  const unsigned sign = (h.bits & 0x8000u) << 16, magnitude = h.bits & 0x7FFFu;
  if (magnitude >= 0x7C00u) return bits_to_float(sign | 0x7F800000u | (magnitude & 0x3FFu) << 13);
  if (magnitude >= 0x400u) return bits_to_float(sign | ((magnitude << 13) + (112u << 23)));
  const float subnormal = static_cast<float>(magnitude) * 0x1p-24f;
  return sign ? -subnormal : subnormal;
}
XA_FN float half_value(BFloat16 h) { return bits_to_float(static_cast<unsigned>(h.bits) << 16); }

/// Rounds away `drop` low bits of `value`, halves to even.
XA_FN unsigned long long round_bits(unsigned long long value, int drop) {
  const unsigned long long half = 1ull << (drop - 1);
  return (value + (half - 1) + (value >> drop & 1)) >> drop;
}

/// From any binary float format to float16 in one rounding: `mantissa_bits` and `bias` describe the source.
template <int mantissa_bits, int bias>
XA_FN unsigned short half_bits(unsigned sign, int biased_exponent, unsigned long long fraction, bool special) {
  const unsigned short signed_zero = static_cast<unsigned short>(sign << 15);
  if (special) {  // infinity or NaN: the payload never becomes 0
    unsigned payload = static_cast<unsigned>(fraction >> (mantissa_bits - 10));
    if (fraction != 0 && payload == 0) payload = 1;
    return static_cast<unsigned short>(signed_zero | 0x7C00u | payload);
  }
  const int exponent = biased_exponent - bias + 15;  // float16's biased exponent
  if (exponent >= 31) return static_cast<unsigned short>(signed_zero | 0x7C00u);
  const unsigned long long significand = fraction | 1ull << mantissa_bits;
  if (exponent <= 0) {
    const int drop = mantissa_bits - 10 + 1 - exponent;
    if (drop > mantissa_bits + 1) return signed_zero;
    return static_cast<unsigned short>(signed_zero | round_bits(significand, drop));
  }
  const unsigned long long joined = static_cast<unsigned long long>(exponent - 1) << 10;
  return static_cast<unsigned short>(signed_zero | (joined + round_bits(significand, mantissa_bits - 10)));
}
XA_FN Half to_half(float f) {
  const unsigned bits = m::bits(f), exponent = bits >> 23 & 0xFFu;
  return Half{half_bits<23, 127>(bits >> 31, static_cast<int>(exponent), bits & 0x7FFFFFu, exponent == 0xFFu)};
}
XA_FN Half to_half(double d) {
  const unsigned long long bits = m::bits(d), exponent = bits >> 52 & 0x7FFu;
  return Half{half_bits<52, 1023>(static_cast<unsigned>(bits >> 63), static_cast<int>(exponent),
                                  bits & 0xFFFFFFFFFFFFFull, exponent == 0x7FFu)};
}
XA_FN BFloat16 to_bfloat16(float f) {
  const unsigned bits = m::bits(f);
  if (f != f) return BFloat16{static_cast<unsigned short>((bits >> 16 & 0x8000u) | 0x7FC0u)};
  return BFloat16{static_cast<unsigned short>((bits + 0x7FFFu + (bits >> 16 & 1u)) >> 16)};
}

// -- floats to integers: what x86-64's cvttsd2si gives, "the most negative integer" for all that does not fit.
// 8- and 16-bit integers are cut from 32 bits; the upper half of unsigned ones is shifted down, converted, shifted back.
template <Float T> XA_FN int to_int32(T a) {
  return a >= T(-2147483648.0) && a < T(2147483648.0) ? static_cast<int>(a) : -2147483647 - 1;
}
template <Float T> XA_FN long long to_int64(T a) {
  return a >= T(-9223372036854775808.0) && a < T(9223372036854775808.0) ? static_cast<long long>(a)
                                                                        : -9223372036854775807ll - 1;
}
template <Int To, Float From> XA_FN To float_to_int(From a) {
  if constexpr (sizeof(To) <= 2 || same<To, int>) {
    return static_cast<To>(to_int32(a));
  } else if constexpr (sizeof(To) == 4) {
    constexpr From kHalfRange = From(2147483648.0);
    return a >= kHalfRange ? static_cast<To>(to_int32(a - kHalfRange)) ^ (To(1) << 31) : static_cast<To>(to_int32(a));
  } else if constexpr (Signed<To>) {
    return static_cast<To>(to_int64(a));
  } else {
    constexpr From kHalfRange = From(9223372036854775808.0);
    return a >= kHalfRange ? static_cast<To>(to_int64(a - kHalfRange)) ^ (To(1) << 63) : static_cast<To>(to_int64(a));
  }
}

template <class To, class From> XA_FN To convert(From a);
/// A float16's value as a To. NumPy cuts its uint32 from 64 bits, which it does not for other floats.
template <class To> XA_FN To convert_half_value(float a) {
  if constexpr (same<To, unsigned>)
    return static_cast<To>(to_int64(a));
  else
    return convert<To>(a);
}

template <class T> inline constexpr bool is_complex = false;
template <class R> inline constexpr bool is_complex<Complex<R>> = true;

/// `a` as a To: the imaginary part is dropped, bool is "not zero", halves go through float.
template <class To, class From> XA_FN To convert(From a) {
  if constexpr (same<To, From>) {
    return a;
  } else if constexpr (same<From, Half>) {
    return convert_half_value<To>(half_value(a));
  } else if constexpr (same<From, BFloat16>) {
    return convert<To>(half_value(a));
  } else if constexpr (is_complex<From>) {
    if constexpr (same<To, bool>)
      return a.re != 0 || a.im != 0;
    else if constexpr (is_complex<To>)
      return {convert<decltype(To::re)>(a.re), convert<decltype(To::re)>(a.im)};
    else
      return convert<To>(a.re);
  } else if constexpr (is_complex<To>) {
    return {convert<decltype(To::re)>(a), 0};
  } else if constexpr (same<To, bool>) {
    return a != From(0);
  } else if constexpr (same<To, BFloat16>) {
    return to_bfloat16(static_cast<float>(a));
  } else if constexpr (same<To, Half>) {
    if constexpr (same<From, double>)
      return to_half(a);
    else
      return to_half(static_cast<float>(a));
  } else if constexpr (Int<To> && Float<From>) {
    return float_to_int<To>(a);
  } else {
    return static_cast<To>(a);
  }
}

}  // namespace crossarray::scalar
