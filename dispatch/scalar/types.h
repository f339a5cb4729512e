// Element types and concepts the scalar expressions are written with. No std headers: NVRTC compiles this text too.
#pragma once

#ifndef XA_FN
#define XA_FN inline  // the CUDA prelude defines it as __device__ inline
#endif

namespace crossarray {
struct Half;
struct BFloat16;
}  // namespace crossarray

namespace crossarray::scalar {

/// Laid out as NumPy's complex64 and complex128.
template <class R> struct Complex { R re, im; };

template <class A, class B> inline constexpr bool same = false;
template <class A> inline constexpr bool same<A, A> = true;

template <class T>
concept Bool = same<T, bool>;
template <class T>
concept Signed = same<T, signed char> || same<T, short> || same<T, int> || same<T, long> || same<T, long long>;
template <class T>
concept Unsigned = same<T, unsigned char> || same<T, unsigned short> || same<T, unsigned> || same<T, unsigned long> ||
    same<T, unsigned long long>;
template <class T>
concept Int = Signed<T> || Unsigned<T>;
template <class T>
concept Float = same<T, float> || same<T, double>;
template <class T>
concept Cplx = same<T, Complex<float>> || same<T, Complex<double>>;
template <class T>
concept HalfLike = same<T, Half> || same<T, BFloat16>;
template <class T>
concept Real = Bool<T> || Int<T> || Float<T>;
/// Types with a total or partial order that is the language's own.
template <class T>
concept Number = Int<T> || Float<T>;

template <int bytes> struct UnsignedOfSize;
template <> struct UnsignedOfSize<1> { using type = unsigned char; };
template <> struct UnsignedOfSize<2> { using type = unsigned short; };
template <> struct UnsignedOfSize<4> { using type = unsigned; };
template <> struct UnsignedOfSize<8> { using type = unsigned long long; };
/// Unsigned integer as wide as T.
template <class T> using unsigned_t = typename UnsignedOfSize<sizeof(T)>::type;

template <Int T> inline constexpr int kBits = 8 * static_cast<int>(sizeof(T));

/// Arithmetic modulo 2^n without signed overflow and without the promotion of short types to int.
template <Int T> using wrap_t = unsigned_t<decltype(T{} + 0u)>;
template <Int T> XA_FN T wrap_add(T a, T b) {
  return static_cast<T>(static_cast<wrap_t<T>>(a) + static_cast<wrap_t<T>>(b));
}
template <Int T> XA_FN T wrap_sub(T a, T b) {
  return static_cast<T>(static_cast<wrap_t<T>>(a) - static_cast<wrap_t<T>>(b));
}
template <Int T> XA_FN T wrap_mul(T a, T b) {
  return static_cast<T>(static_cast<wrap_t<T>>(a) * static_cast<wrap_t<T>>(b));
}
template <Int T> XA_FN T wrap_neg(T a) { return static_cast<T>(wrap_t<T>{0} - static_cast<wrap_t<T>>(a)); }
/// |a| as an unsigned value: right for the most negative number too.
template <Int T> XA_FN unsigned_t<T> magnitude(T a) {
  if constexpr (Signed<T>)
    return static_cast<unsigned_t<T>>(a < 0 ? wrap_neg(a) : a);
  else
    return a;
}

}  // namespace crossarray::scalar
