// C99's complex functions (Annex G), which the scalar expressions call as m::csqrt, m::cexp...: CUDA has none without
// headers. Roots, exponentials and logarithms by the definitions; inverse functions as in W. Kahan, "Branch cuts for
// complex elementary functions" (1987), which has no cancellation near the cuts. Errors: a few ulp of the modulus.
#pragma once

#include "dispatch/scalar/math.h"

namespace crossarray::scalar::m {

template <class R> XA_FN R infinity() { return static_cast<R>(__builtin_bit_cast(float, 0x7F800000u)); }
template <class R> XA_FN bool finite(R x) { return x - x == 0; }
template <class R> XA_FN bool infinite(R x) { return x == x && !finite(x); }
/// Beyond it exp and cosh overflow; their products with a small cosine may not.
template <class R> XA_FN R largest_exponent() { return sizeof(R) == 4 ? R(88) : R(709); }
template <class R> XA_FN R nan_of(R x) { return x - x; }  // of an infinity or a NaN

template <class R> XA_FN Complex<R> csqrt(Complex<R> z) {
  if (z.re == 0 && z.im == 0) return {R(0), z.im};
  if (infinite(z.im)) return {infinity<R>(), z.im};
  if (z.re != z.re) return {z.re, nan_of(z.im) + z.re};
  if (infinite(z.re)) {
    if (z.re < 0) return {fabs(nan_of(z.im)), copysign(z.re, z.im)};
    return {z.re, copysign(nan_of(z.im), z.im)};
  }
  if (z.re == 0) {
    const R half = sqrt(fabs(z.im) * R(0.5));
    return {half, copysign(half, z.im)};
  }
  // Scaled by a power of 4 so that neither |z| + |re| overflows nor small parts are lost.
  const R size = fabs(z.re) > fabs(z.im) ? fabs(z.re) : fabs(z.im);
  const bool large = size > (sizeof(R) == 4 ? R(1e37f) : R(1e307)),
             small = size < (sizeof(R) == 4 ? R(1e-30f) : R(1e-290));
  const R in = large ? R(0.0625) : small ? R(sizeof(R) == 4 ? 0x1p50 : 0x1p106) : R(1);
  const R out = large ? R(4) : small ? R(sizeof(R) == 4 ? 0x1p-25 : 0x1p-53) : R(1);
  const R re = z.re * in, im = z.im * in;
  const R root = sqrt((fabs(re) + hypot(re, im)) * R(0.5)), other = im / (R(2) * root);
  if (re >= 0) return {root * out, other * out};
  return {fabs(other) * out, copysign(root, im) * out};
}

template <class R> XA_FN Complex<R> cexp(Complex<R> z) {
  if (z.im == 0) return {exp(z.re), z.im};
  if (!finite(z.im)) {
    if (infinite(z.re)) return z.re < 0 ? Complex<R>{R(0), R(0)} : Complex<R>{z.re, nan_of(z.im)};
    return {nan_of(z.im), nan_of(z.im)};
  }
  const R c = cos(z.im), s = sin(z.im);
  if (z.re > largest_exponent<R>() && finite(z.re)) {
    const R half = exp(z.re * R(0.5));
    return {half * c * half, half * s * half};
  }
  const R e = exp(z.re);
  return {e * c, e * s};
}

/// x * x + y * y - 1 without cancellation: the rounding errors of the squares are added too (Dekker's product).
template <class R> XA_FN R square_error(R x, R square) {
  const R split = x * R(sizeof(R) == 4 ? 4097.0 : 134217729.0), high = split - (split - x), low = x - high;
  return ((high * high - square) + R(2) * high * low) + low * low;
}
template <class R> XA_FN R norm_minus_one(R x, R y) {
  const R a = x * x, b = y * y;
  const R difference = (x - R(1)) * (x + R(1));
  if (fabs(difference) > R(0.5) || b > R(0.5)) {
    const R rest = a > b ? (a - R(1)) + b : (b - R(1)) + a;
    return rest + (square_error(x, a) + square_error(y, b));
  }
  return difference + b;
}

/// log |z|
template <class R> XA_FN R log_modulus(R re, R im) {
  const R x = fabs(re), y = fabs(im), larger = x > y ? x : y, smaller = x > y ? y : x;
  if (larger > R(0.5) && larger < R(1.5)) return log1p(norm_minus_one(larger, smaller)) * R(0.5);
  if (larger > (sizeof(R) == 4 ? R(1e38f) : R(1e308)) && finite(larger))
    return log(hypot(x * R(0.5), y * R(0.5))) + R(0.693147180559945309417232121458176568);
  return log(hypot(x, y));
}
template <class R> XA_FN Complex<R> clog(Complex<R> z) { return {log_modulus(z.re, z.im), atan2(z.im, z.re)}; }

template <class R> XA_FN Complex<R> csinh(Complex<R> z) {
  if (z.im == 0) return {sinh(z.re), z.im};
  if (!finite(z.im)) {
    const R nan = nan_of(z.im);
    return {z.re == 0 ? z.re : infinite(z.re) ? fabs(z.re) : nan, nan};
  }
  const R c = cos(z.im), s = sin(z.im);
  if (z.re == 0) return {copysign(R(0), z.re) * (c < 0 ? R(-1) : R(1)), s};
  if (fabs(z.re) > largest_exponent<R>() && finite(z.re)) {
    const R half = exp(fabs(z.re) * R(0.5));
    return {copysign(half, z.re) * R(0.5) * c * half, half * R(0.5) * s * half};
  }
  return {sinh(z.re) * c, cosh(z.re) * s};
}
template <class R> XA_FN Complex<R> ccosh(Complex<R> z) {
  if (z.im == 0) return {cosh(z.re), z.re == z.re ? copysign(R(0), z.re) * copysign(R(1), z.im) : z.im};
  if (!finite(z.im)) {
    const R nan = nan_of(z.im);
    if (z.re == 0) return {nan, R(0)};
    return {infinite(z.re) ? infinity<R>() : nan, nan};
  }
  const R c = cos(z.im), s = sin(z.im);
  if (fabs(z.re) > largest_exponent<R>() && finite(z.re)) {
    const R half = exp(fabs(z.re) * R(0.5));
    return {half * R(0.5) * c * half, copysign(half, z.re) * R(0.5) * s * half};
  }
  return {cosh(z.re) * c, sinh(z.re) * s};
}
/// Kahan's: tan(y) and sinh(x) only, no difference of large numbers.
template <class R> XA_FN Complex<R> ctanh(Complex<R> z) {
  if (z.re != z.re) return {z.re, z.im == 0 ? z.im : z.re};
  if (infinite(z.re)) return {copysign(R(1), z.re), copysign(R(0), finite(z.im) ? sin(R(2) * z.im) : z.im)};
  if (!finite(z.im)) return {z.re == 0 ? z.re : nan_of(z.im), nan_of(z.im)};
  if (fabs(z.re) >= (sizeof(R) == 4 ? R(11) : R(22))) {
    const R small = exp(-fabs(z.re));
    return {copysign(R(1), z.re), R(4) * sin(z.im) * cos(z.im) * small * small};
  }
  const R t = tan(z.im), beta = R(1) + t * t, s = sinh(z.re), rho = sqrt(R(1) + s * s);
  if (!finite(t)) return {rho / s, R(1) / t};
  const R denominator = R(1) + beta * s * s;
  return {beta * rho * s / denominator, t / denominator};
}

/// f(z) = -i g(iz) for the pairs sin/sinh, tan/tanh, asin/asinh, atan/atanh.
template <class R> XA_FN Complex<R> turn(Complex<R> z) { return {-z.im, z.re}; }
template <class R> XA_FN Complex<R> turn_back(Complex<R> z) { return {z.im, -z.re}; }
template <class R> XA_FN Complex<R> csin(Complex<R> z) {
  if (!finite(z.re) && infinite(z.im)) return {nan_of(z.re), infinity<R>()};  // C leaves the sign to the library
  return turn_back(csinh(turn(z)));
}
template <class R> XA_FN Complex<R> ccos(Complex<R> z) { return ccosh(turn(z)); }
template <class R> XA_FN Complex<R> ctan(Complex<R> z) { return turn_back(ctanh(turn(z))); }

template <class R> inline constexpr R kHalfPi = R(1.570796326794896619231321691639751442);

/// The imaginary part of conj(a) * b.
template <class R> XA_FN R cross(Complex<R> a, Complex<R> b) { return a.re * b.im - a.im * b.re; }
template <class R> XA_FN bool beyond(Complex<R> z) {  // |z| so large that asinh|z| is log(2|z|)
  const R limit = sizeof(R) == 4 ? R(1e15f) : R(1e150);
  return fabs(z.re) > limit || fabs(z.im) > limit;
}
template <class R> XA_FN R log_twice(Complex<R> z) {
  return log_modulus(z.re, z.im) + R(0.693147180559945309417232121458176568);
}

template <class R> XA_FN Complex<R> casinh(Complex<R> z) {
  if (z.re != z.re || z.im != z.im) {
    if (infinite(z.re)) return {z.re, z.im};
    if (infinite(z.im)) return {infinity<R>(), z.re};
    if (z.im == 0) return {z.re, z.im};
    return {nan_of(z.re + z.im), nan_of(z.re + z.im)};
  }
  if (beyond(z)) return {copysign(log_twice(z), z.re), atan2(z.im, fabs(z.re))};
  const Complex<R> below = csqrt(Complex<R>{R(1) + z.im, -z.re}), above = csqrt(Complex<R>{R(1) - z.im, z.re});
  return {asinh(cross(below, above)), atan2(z.im, below.re * above.re - below.im * above.im)};
}
template <class R> XA_FN Complex<R> casin(Complex<R> z) {
  const bool open = infinite(z.re) ? z.im != z.im : infinite(z.im) && z.re != z.re;  // C leaves the sign to the library
  if (open) return {nan_of(z.re + z.im), copysign(infinity<R>(), z.im)};
  return turn_back(casinh(turn(z)));
}

template <class R> XA_FN Complex<R> cacos(Complex<R> z) {
  if (z.re != z.re || z.im != z.im) {
    if (infinite(z.re)) return {z.im, -infinity<R>()};
    if (infinite(z.im)) return {z.re, -z.im};
    if (z.re == 0) return {kHalfPi<R>, z.im};
    return {nan_of(z.re + z.im), nan_of(z.re + z.im)};
  }
  if (beyond(z)) return {atan2(fabs(z.im), z.re), copysign(log_twice(z), -z.im)};
  const Complex<R> below = csqrt(Complex<R>{R(1) - z.re, -z.im}), above = csqrt(Complex<R>{R(1) + z.re, z.im});
  return {R(2) * atan2(below.re, above.re), asinh(cross(above, below))};
}
/// i acos(z) or -i acos(z), whichever has a real part that is not negative.
template <class R> XA_FN Complex<R> cacosh(Complex<R> z) {
  const Complex<R> w = cacos(z);
  if (w.re != w.re && w.im != w.im) return w;
  if (w.re != w.re) return {fabs(w.im), w.re};
  if (w.im != w.im) return {w.im, w.re};  // half pi beside NaN for 0 + NaN i: C11's defect report 471
  return {fabs(w.im), copysign(w.re, z.im)};
}

template <class R> XA_FN Complex<R> catanh(Complex<R> z) {
  const R x = fabs(z.re), y = fabs(z.im);
  if (x != x || y != y) {
    if (infinite(x)) return {copysign(R(0), z.re), z.im};
    if (infinite(y)) return {copysign(R(0), z.re), copysign(kHalfPi<R>, z.im)};
    return {x == 0 ? z.re : nan_of(x + y), nan_of(x + y)};
  }
  const R limit = sizeof(R) == 4 ? R(1e9f) : R(1e75);
  if (x > limit || y > limit) {  // real part of 1/z
    const R hypotenuse = hypot(x * R(0.5), y * R(0.5));
    const R re = finite(hypotenuse) ? x / hypotenuse / hypotenuse * R(0.25) : R(0);
    return {copysign(re, z.re), copysign(kHalfPi<R>, z.im)};
  }
  if (x == 1 && y == 0) return {copysign(infinity<R>(), z.re), z.im};
  const R apart = R(1) - x;
  const R distance = apart * apart + y * y;
  const R re = distance < (sizeof(R) == 4 ? R(1e-30f) : R(1e-290))
                   ? (R(0.693147180559945309417232121458176568) - log(hypot(apart, y))) * R(0.5)
                   : log1p(R(4) * x / distance) * R(0.25);
  const R im = atan2(R(2) * y, apart * (R(1) + x) - y * y) * R(0.5);
  return {copysign(re, z.re), copysign(im, z.im)};
}
template <class R> XA_FN Complex<R> catan(Complex<R> z) { return turn_back(catanh(turn(z))); }

/// Annex G's product: an infinite factor times one that is not zero is infinite, NaN beside it or not.
template <class R> XA_FN Complex<R> cmul(Complex<R> a, Complex<R> b) {
  const Complex<R> plain{a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
  if (plain.re == plain.re || plain.im == plain.im) return plain;
  const bool a_infinite = infinite(a.re) || infinite(a.im), b_infinite = infinite(b.re) || infinite(b.im);
  if (!a_infinite && !b_infinite) return plain;
  const auto boxed = [](R x, bool box) { return copysign(box ? R(infinite(x)) : x == x ? x : R(0), x); };
  a = {boxed(a.re, a_infinite), boxed(a.im, a_infinite)};
  b = {boxed(b.re, b_infinite), boxed(b.im, b_infinite)};
  return {infinity<R>() * (a.re * b.re - a.im * b.im), infinity<R>() * (a.re * b.im + a.im * b.re)};
}
/// exp(b log a). The expressions handle zeros and small whole exponents before they come here.
template <class R> XA_FN Complex<R> cpow(Complex<R> a, Complex<R> b) { return cexp(cmul(b, clog(a))); }

}  // namespace crossarray::scalar::m
