// Test values: special numbers of every dtype, random bit patterns, and the distance between results.
#pragma once

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "dispatch/scalar_fn.h"

namespace crossarray::test {

template <class T> std::vector<T> special_values() {
  if constexpr (std::is_same_v<T, bool>) {
    return {false, true};
  } else if constexpr (scalar::Float<T>) {
    using L = std::numeric_limits<T>;
    std::vector<T> values = {0,
                             1,
                             2,
                             3,
                             T(0.5),
                             T(1.5),
                             T(2.5),
                             T(0.1),
                             10,
                             100,
                             T(1e10),
                             T(1e30),
                             L::min(),
                             L::max(),
                             L::denorm_min(),
                             L::infinity(),
                             L::quiet_NaN(),
                             L::epsilon(),
                             T(2147483648.0),
                             T(9223372036854775808.0),
                             T(255.5),
                             T(1e-30)};
    for (size_t i = 0, n = values.size(); i < n; ++i) values.push_back(-values[i]);
    return values;
  } else if constexpr (scalar::Int<T>) {
    using L = std::numeric_limits<T>;
    return {0, 1, 2, 3, 5, 7, 8, 16, 31, 33, 63, 64, 65, 100, L::min(), L::max(), T(L::max() - 1), T(-1), T(-2), T(-7)};
  } else if constexpr (scalar::HalfLike<T>) {
    std::vector<T> values;
    for (int bits : {0, 1, 2, 0x3FF, 0x400, 0x3C00, 0x7BFF, 0x7C00, 0x7E00, 0x7F7F, 0x7F80, 0x7FC0, 0x80, 0x7F})
      for (int sign : {0, 0x8000}) values.push_back(T{static_cast<uint16_t>(sign | bits)});
    return values;
  } else {
    std::vector<T> values;
    using R = decltype(T::re);
    const R inf = std::numeric_limits<R>::infinity(), nan = std::numeric_limits<R>::quiet_NaN();
    for (R re : {R(0), R(-0.0), R(1), R(-2.5), R(1e20), inf, -inf, nan})
      for (R im : {R(0), R(-0.0), R(1), R(-1.5), inf, nan}) values.push_back({re, im});
    return values;
  }
}

/// The bytes of `n` values: half of them special, the others random bits (any exponent) or small numbers.
template <class T> std::vector<std::byte> draw(size_t n, unsigned seed) {
  static const std::vector<T> special = special_values<T>();
  std::mt19937_64 random(seed);
  std::vector<std::byte> bytes(n * sizeof(T));
  auto real = [&]<class R>(R) {
    return static_cast<R>(std::ldexp(double(int64_t(random())) / 9.3e18, int(random() % 40) - 20));
  };
  for (size_t i = 0; i < n; ++i) {
    T value{};
    const uint64_t pick = random() % 4, bits = random();
    if (pick < 2)
      value = special[bits % special.size()];
    else if constexpr (std::is_same_v<T, bool>)
      value = bits & 1;
    else if constexpr (scalar::Float<T>)
      value = real(T{});
    else if constexpr (scalar::Int<T>)
      value = pick == 2 ? static_cast<T>(bits) : static_cast<T>(bits % 16);
    else if constexpr (scalar::HalfLike<T>)
      value = T{static_cast<uint16_t>(bits)};
    else
      value = {real(value.re), real(value.im)};
    std::memcpy(bytes.data() + i * sizeof(T), &value, sizeof(T));
  }
  return bytes;
}

/// Units in the last place between two results: 0 for the same bits or two NaNs, infinite when only one is NaN.
/// Zeros of different sign are one unit apart.
template <class T> double ulps_apart(T a, T b) {
  if constexpr (scalar::Float<T>) {
    if (std::isnan(a) || std::isnan(b))
      return std::isnan(a) && std::isnan(b) ? 0 : std::numeric_limits<double>::infinity();
    if (a == 0 && b == 0) return std::signbit(a) == std::signbit(b) ? 0 : 1;
    if (std::signbit(a) != std::signbit(b)) return std::numeric_limits<double>::infinity();
    std::conditional_t<sizeof(T) == 4, int32_t, int64_t> x, y;
    std::memcpy(&x, &a, sizeof x);
    std::memcpy(&y, &b, sizeof y);
    return std::abs(static_cast<double>(x - y));
  } else if constexpr (scalar::Cplx<T>) {
    return std::max(ulps_apart(a.re, b.re), ulps_apart(a.im, b.im));
  } else if constexpr (scalar::HalfLike<T>) {
    return a.bits == b.bits ? 0 : ulps_apart(scalar::half_value(a), scalar::half_value(b));
  } else {
    return std::memcmp(&a, &b, sizeof a) == 0 ? 0 : std::numeric_limits<double>::infinity();
  }
}

}  // namespace crossarray::test
