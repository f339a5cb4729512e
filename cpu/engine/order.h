// NumPy's order of values: NaN comes before everything else, complex numbers compare by real part, then imaginary part.
#pragma once

#include <complex>
#include <cstddef>
#include <type_traits>

namespace crossarray::cpu {

template <class T> bool is_nan(const T& v) {
  if constexpr (std::is_floating_point_v<T>)
    return v != v;
  else
    return false;
}
template <class T> bool is_nan(const std::complex<T>& v) { return is_nan(v.real()) || is_nan(v.imag()); }

template <class T> bool before(const T& a, const T& b) { return a < b; }
template <class T> bool before(const std::complex<T>& a, const std::complex<T>& b) {
  return a.real() < b.real() || (a.real() == b.real() && a.imag() < b.imag());
}

/// True if `a` takes the place of an earlier `b` in a search for the maximum (or minimum).
template <class T, bool max> bool better(const T& a, const T& b) {
  if (is_nan(b)) return false;
  return is_nan(a) || (max ? before(b, a) : before(a, b));
}

/// As arg_kernel, for complex numbers.
template <class T, bool max> size_t plain_arg(const void* values, size_t n, const void* earlier) {
  const T* p = static_cast<const T*>(values);
  size_t found = earlier ? n : 0;
  T best = earlier ? *static_cast<const T*>(earlier) : p[0];
  for (size_t i = 0; i < n; ++i) {
    if (!better<T, max>(p[i], best)) continue;
    best = p[i];
    found = i;
  }
  return found;
}

}  // namespace crossarray::cpu
