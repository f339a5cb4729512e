// Accumulators of the reductions and their combination within a block. An accumulator starts as the result of no elements;
// add() takes one, merge() another accumulator, result() is the reduction's value. The order of merges is fixed by sizes.
#pragma once

#include "cuda/device/access.h"
#include "dispatch/scalar/arithmetic.h"
#include "dispatch/scalar/bits.h"
#include "dispatch/scalar/cast.h"
#include "dispatch/scalar/compare.h"

namespace crossarray::device {

template <class T> struct RealOf { using type = T; };
template <class R> struct RealOf<scalar::Complex<R>> { using type = R; };
template <class T> using real_of = typename RealOf<T>::type;

// -- sums. Floats carry the rounding errors along (Neumaier's summation): twice the precision without wider arithmetic.
template <class T> struct Sum {
  T value = T(0);
  XA_FN void add(T x) { value = scalar::add(value, x); }
  XA_FN void merge(const Sum& other) { add(other.value); }
  XA_FN T result() const { return value; }
};
template <scalar::Float T> struct Sum<T> {
  T value = T(0), error = T(0);
  XA_FN void add(T x) {
    const T total = value + x, part = total - value;  // Knuth's exact sum: total + rounding == value + x
    error += (value - (total - part)) + (x - part);
    value = total;
  }
  XA_FN void merge(const Sum& other) {
    add(other.value);
    error += other.error;
  }
  /// Infinities and NaN leave NaN in the error.
  XA_FN T result() const { return value - value == 0 ? value + error : value; }
};
template <class R> struct Sum<scalar::Complex<R>> {
  Sum<R> re, im;
  XA_FN void add(scalar::Complex<R> x) {
    re.add(x.re);
    im.add(x.im);
  }
  XA_FN void merge(const Sum& other) {
    re.merge(other.re);
    im.merge(other.im);
  }
  XA_FN scalar::Complex<R> result() const { return {re.result(), im.result()}; }
};

template <class T> XA_FN T one() {
  if constexpr (scalar::Cplx<T>)
    return {1, 0};
  else
    return T(1);
}
template <class T> struct Prod {
  T value = one<T>();
  XA_FN void add(T x) { value = scalar::multiply(value, x); }
  XA_FN void merge(const Prod& other) { add(other.value); }
  XA_FN T result() const { return value; }
};

// -- extrema. The start gives way to everything: infinity for those that hand NaN on, NaN for those that skip it.
template <class T, bool largest, bool skip_nan> XA_FN T extremum_start() {
  if constexpr (scalar::Cplx<T>) {
    const auto part = extremum_start<real_of<T>, largest, skip_nan>();
    return {part, part};
  } else if constexpr (scalar::Float<T>) {
    const T infinity = static_cast<T>(scalar::bits_to_float(0x7F800000u));
    return skip_nan ? infinity - infinity : largest ? -infinity : infinity;
  } else if constexpr (scalar::Bool<T>) {
    return !largest;
  } else if constexpr (scalar::Unsigned<T>) {
    return largest ? T(0) : static_cast<T>(~T(0));
  } else {
    constexpr T lowest = static_cast<T>(scalar::unsigned_t<T>(1) << (scalar::kBits<T> - 1));
    return largest ? lowest : static_cast<T>(~lowest);
  }
}
template <class T, bool largest, bool skip_nan> struct Extremum {
  T value = extremum_start<T, largest, skip_nan>();
  XA_FN void add(T x) {
    if constexpr (skip_nan)
      value = largest ? scalar::fmax(value, x) : scalar::fmin(value, x);
    else
      value = largest ? scalar::maximum(value, x) : scalar::minimum(value, x);
  }
  XA_FN void merge(const Extremum& other) { add(other.value); }
  XA_FN T result() const { return value; }
};
template <class T> using Min = Extremum<T, false, false>;
template <class T> using Max = Extremum<T, true, false>;
template <class T> using FMin = Extremum<T, false, true>;
template <class T> using FMax = Extremum<T, true, true>;

/// Position of the first extremum, or of the first NaN. Elements come with their position along the reduced axes.
template <class T, bool largest> struct ArgExtremum {
  T value{};
  i64 at = -1;
  XA_FN static bool before(T x, T y) { return largest ? scalar::less(y, x) : scalar::less(x, y); }
  XA_FN void add(T x, i64 position) {
    const bool better = at < 0 || (!scalar::isnan(value) && (scalar::isnan(x) || before(x, value)));
    value = better ? x : value;
    at = better ? position : at;
  }
  XA_FN void merge(const ArgExtremum& other) {
    if (other.at < 0) return;
    const bool nan = scalar::isnan(value), other_nan = scalar::isnan(other.value);
    const bool worse = nan ? !other_nan : !other_nan && before(value, other.value);
    const bool same_rank = nan ? other_nan : !other_nan && !before(other.value, value);
    if (at >= 0 && (worse || (same_rank && at < other.at))) return;
    value = other.value;
    at = other.at;
  }
  XA_FN i64 result() const { return at < 0 ? 0 : at; }
};
template <class T> using ArgMin = ArgExtremum<T, false>;
template <class T> using ArgMax = ArgExtremum<T, true>;

// -- logic and bits
template <class T> struct All {
  bool value = true;
  XA_FN void add(T x) { value &= scalar::truth(x); }
  XA_FN void merge(const All& other) { value &= other.value; }
  XA_FN bool result() const { return value; }
};
template <class T> struct Any {
  bool value = false;
  XA_FN void add(T x) { value |= scalar::truth(x); }
  XA_FN void merge(const Any& other) { value |= other.value; }
  XA_FN bool result() const { return value; }
};
template <class T> struct BitAnd {
  T value = scalar::invert(T(0));
  XA_FN void add(T x) { value = scalar::bitwise_and(value, x); }
  XA_FN void merge(const BitAnd& other) { add(other.value); }
  XA_FN T result() const { return value; }
};
template <class T> struct BitOr {
  T value = T(0);
  XA_FN void add(T x) { value = scalar::bitwise_or(value, x); }
  XA_FN void merge(const BitOr& other) { add(other.value); }
  XA_FN T result() const { return value; }
};
template <class T> struct BitXor {
  T value = T(0);
  XA_FN void add(T x) { value = scalar::bitwise_xor(value, x); }
  XA_FN void merge(const BitXor& other) { add(other.value); }
  XA_FN T result() const { return value; }
};

// -- moments
template <class R> XA_FN scalar::Complex<R> over(scalar::Complex<R> a, R b) { return {a.re / b, a.im / b}; }
template <scalar::Float R> XA_FN R over(R a, R b) { return a / b; }
/// sum / count. Of integers (mean with such a dtype) as NumPy: a quotient of doubles, cut.
template <class T> XA_FN T average(T sum, i64 count) { return over(sum, static_cast<real_of<T>>(count)); }
template <scalar::Int T> XA_FN T average(T sum, i64 count) {
  return static_cast<T>(static_cast<double>(sum) / static_cast<double>(count));
}
template <class R> XA_FN scalar::Complex<R> times(scalar::Complex<R> a, R b) { return {a.re * b, a.im * b}; }
template <scalar::Float R> XA_FN R times(R a, R b) { return a * b; }
template <class R> XA_FN R dot(scalar::Complex<R> a, scalar::Complex<R> b) { return a.re * b.re + a.im * b.im; }
template <scalar::Float R> XA_FN R dot(R a, R b) { return a * b; }

template <class T> struct Mean {
  Sum<T> sum;
  i64 count = 0;
  XA_FN void add(T x) {
    sum.add(x);
    ++count;
  }
  XA_FN void merge(const Mean& other) {
    sum.merge(other.sum);
    count += other.count;
  }
  XA_FN T result() const { return average(sum.result(), count); }
};

/// Sum of squared deviations from the running mean (Welford 1962), merged as Chan, Golub and LeVeque (1979).
template <class T> struct Var {
  using R = real_of<T>;
  T mean{};
  R squares = 0, count = 0;  // counts beyond what R holds exactly are weights: their rounding does not matter
  XA_FN void add(T x) {
    count += R(1);
    const T before = scalar::subtract(x, mean);
    mean = scalar::add(mean, over(before, count));
    squares += dot(before, scalar::subtract(x, mean));
  }
  XA_FN void merge(const Var& other) {
    if (other.count == 0) return;
    if (count == 0) {
      *this = other;
      return;
    }
    const R n = count, weight = other.count / (n + other.count);
    const T apart = scalar::subtract(other.mean, mean);
    mean = scalar::add(mean, times(apart, weight));
    squares += other.squares + dot(apart, apart) * n * weight;
    count += other.count;
  }
  /// ddof: what is taken off the count.
  XA_FN R result(R ddof) const {
    const R degrees = count - ddof;
    return squares / (degrees > 0 ? degrees : R(0));
  }
};
template <class T> struct Std : Var<T> {
  XA_FN real_of<T> result(real_of<T> ddof) const { return scalar::m::sqrt(Var<T>::result(ddof)); }
};

// -- blocks. 256 threads are groups of lanes; a group works on one output.
struct Lanes {
  u32 count, lane, group, step;  // step: threads from one lane of a group to the next
};
/// rows: lanes are neighbouring threads, so they read neighbours along the reduced axes; else groups are.
XA_FN Lanes lanes_of(u32 lanes_log2, bool rows) {
  const u32 thread = thread_in_block(), lanes = 1u << lanes_log2, groups = block_size() >> lanes_log2;
  if (rows) return {lanes, thread & (lanes - 1), thread >> lanes_log2, 1};
  return {lanes, thread / groups, thread % groups, groups};
}

template <class A, class... Rest> XA_FN constexpr u32 largest_size() {
  if constexpr (sizeof...(Rest) == 0)
    return sizeof(A);
  else
    return sizeof(A) > largest_size<Rest...>() ? sizeof(A) : largest_size<Rest...>();
}

/// Merges the accumulators of every group into its lane 0. All threads of the block call it.
template <class S> XA_FN void combine(S& state, unsigned char* shared, const Lanes& lanes) {
  S* const states = reinterpret_cast<S*>(shared);
  const u32 thread = thread_in_block();
  states[thread] = state;
  barrier();  // before the shared read
  for (u32 half = lanes.count >> 1; half > 0; half >>= 1) {
    if (lanes.lane < half) states[thread].merge(states[thread + half * lanes.step]);
    barrier();  // inside the tree
  }
  state = states[thread];
  barrier();  // after the helper: the next call writes
}

}  // namespace crossarray::device
