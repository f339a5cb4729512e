// Fold operators with NumPy's treatment of NaN.
#pragma once

#include <cub/util_type.cuh>
#include <cuda/std/limits>

namespace crossarray::kernels {

template <class T> __device__ bool is_nan(T x) { return x != x; }

struct Sum {
  template <class T> __device__ T operator()(T a, T b) const { return a + b; }
};
struct Product {
  template <class T> __device__ T operator()(T a, T b) const { return a * b; }
};
struct Minimum {
  template <class T> __device__ T operator()(T a, T b) const { return is_nan(a) || !(is_nan(b) || b < a) ? a : b; }
};
struct Maximum {
  template <class T> __device__ T operator()(T a, T b) const { return is_nan(a) || !(is_nan(b) || b > a) ? a : b; }
};

/// A value and where it came from.
template <class T> struct Candidate {
  T value;
  int64_t index;
};

/// NaN first, then the smaller (larger) value, then the smaller index.
template <bool kLargest> struct Better {
  template <class T> __device__ Candidate<T> operator()(Candidate<T> a, Candidate<T> b) const {
    const bool nan_a = is_nan(a.value), nan_b = is_nan(b.value);
    if (nan_a != nan_b) return nan_a ? a : b;
    if (nan_a || a.value == b.value) return a.index < b.index ? a : b;
    return (kLargest ? a.value > b.value : a.value < b.value) ? a : b;
  }
};

}  // namespace crossarray::kernels
