#include <cub/device/device_reduce.cuh>
#include <cuda/std/type_traits>
#include <thrust/iterator/counting_iterator.h>
#include <thrust/iterator/transform_iterator.h>
#include <thrust/iterator/transform_output_iterator.h>

#include "folds.cuh"
#include "kernels.h"

namespace crossarray::kernels {
namespace {

struct Call {
  void* scratch;
  size_t* bytes;
  const void* in;
  void* out;
  int64_t n;
  cudaStream_t stream;
};

// Elements come as plain pointers, which CUB reads in vectors; what they are added up in is the type of the fold and of its
// first value. Floats in a plain float would be less accurate than NumPy's pairwise sum: a thread adds thousands.
template <class T> struct SumType { using type = T; };
template <> struct SumType<int32_t> { using type = int64_t; };
template <> struct SumType<float> { using type = double; };
template <class T> struct ProductType { using type = T; };
template <> struct ProductType<int32_t> { using type = int64_t; };

template <class T> struct SumIn {
  __device__ T operator()(T a, T b) const { return a + b; }
};
template <class T> struct ProductIn {
  __device__ T operator()(T a, T b) const { return a * b; }
};

template <class T, class Out, class Fold, class First> int fold_all(const Call& c, Fold fold, First first) {
  return cub::DeviceReduce::Reduce(c.scratch, *c.bytes, static_cast<const T*>(c.in), static_cast<Out*>(c.out), c.n,
                                   fold, first, c.stream);
}

/// A sum and its rounding errors so far (Knuth's TwoSum): float64 has no wider type.
struct Compensated {
  double sum, error;
};
struct Compensate {
  __device__ Compensated operator()(double x) const { return {x, 0}; }
};
struct CompensatedSum {
  __device__ Compensated operator()(Compensated a, Compensated b) const {
    const double sum = __dadd_rn(a.sum, b.sum), part = __dadd_rn(sum, -a.sum);
    const double error = __dadd_rn(__dadd_rn(a.sum, -__dadd_rn(sum, -part)), __dadd_rn(b.sum, -part));
    return {sum, __dadd_rn(__dadd_rn(a.error, b.error), error)};
  }
};
struct Total {
  // Without its error where that is no number: of infinities.
  __device__ double operator()(Compensated c) const {
    return c.error == c.error && c.error - c.error == 0 ? c.sum + c.error : c.sum;
  }
};

int compensated_sum(const Call& c) {
  const auto in = thrust::make_transform_iterator(static_cast<const double*>(c.in), Compensate());
  const auto out = thrust::make_transform_output_iterator(static_cast<double*>(c.out), Total());
  return cub::DeviceReduce::Reduce(c.scratch, *c.bytes, in, out, c.n, CompensatedSum(), Compensated{0, 0}, c.stream);
}

template <class T> int sum(const Call& c) {
  using Wide = typename SumType<T>::type;
  if constexpr (cuda::std::is_same_v<T, double>)
    return compensated_sum(c);
  else
    return fold_all<T, cuda::std::conditional_t<cuda::std::is_same_v<T, float>, float, Wide>>(c, SumIn<Wide>(), Wide(0));
}

template <class T> int product(const Call& c) {
  using Wide = typename ProductType<T>::type;
  return fold_all<T, Wide>(c, ProductIn<Wide>(), Wide(1));
}

template <class T> struct At {
  const T* in;
  __device__ Candidate<T> operator()(int64_t i) const { return {in[i], i}; }
};
template <class T> struct IndexOf {
  __device__ int64_t operator()(Candidate<T> c) const { return c.index; }
};

template <class T, bool kLargest> int position(const Call& c) {
  const auto in = thrust::make_transform_iterator(thrust::make_counting_iterator<int64_t>(0),
                                                  At<T>{static_cast<const T*>(c.in)});
  const auto out = thrust::make_transform_output_iterator(static_cast<int64_t*>(c.out), IndexOf<T>());
  using Limits = cuda::std::numeric_limits<T>;
  // Loses to everything: of equal values the smaller index wins.
  const T worst = Limits::has_infinity ? (kLargest ? -Limits::infinity() : Limits::infinity())
                                       : (kLargest ? Limits::lowest() : Limits::max());
  return cub::DeviceReduce::Reduce(c.scratch, *c.bytes, in, out, c.n, Better<kLargest>(),
                                   Candidate<T>{worst, INT64_MAX}, c.stream);
}

template <class T> int reduce(XaFold fold, const Call& c) {
  using Limits = cuda::std::numeric_limits<T>;
  const T largest = Limits::has_infinity ? Limits::infinity() : Limits::max();
  const T smallest = Limits::has_infinity ? -Limits::infinity() : Limits::lowest();
  switch (fold) {
    case kXaSum: return sum<T>(c);
    case kXaProd: return product<T>(c);
    case kXaMin: return fold_all<T, T>(c, Minimum(), largest);
    case kXaMax: return fold_all<T, T>(c, Maximum(), smallest);
    case kXaArgMin: return position<T, false>(c);
    case kXaArgMax: return position<T, true>(c);
  }
  return cudaErrorInvalidValue;
}

}  // namespace
}  // namespace crossarray::kernels

int xa_reduce(XaFold fold, XaNumber type, void* scratch, size_t* scratch_bytes, const void* in, void* out, int64_t n,
              void* stream) {
  using namespace crossarray::kernels;
  const Call call{scratch, scratch_bytes, in, out, n, static_cast<cudaStream_t>(stream)};
  switch (type) {
    case kXaI32: return reduce<int32_t>(fold, call);
    case kXaI64: return reduce<int64_t>(fold, call);
    case kXaF32: return reduce<float>(fold, call);
    case kXaF64: return reduce<double>(fold, call);
  }
  return cudaErrorInvalidValue;
}
