#include <cub/device/device_reduce.cuh>
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

/// NumPy's accumulator of a sum or product.
template <class T> struct Accumulator { using type = T; };
template <> struct Accumulator<int32_t> { using type = int64_t; };

template <class T> struct Widen {
  __device__ typename Accumulator<T>::type operator()(T x) const { return x; }
};

template <class T, class Fold> int plain(const Call& c, Fold fold, T first) {
  return cub::DeviceReduce::Reduce(c.scratch, *c.bytes, static_cast<const T*>(c.in), static_cast<T*>(c.out), c.n, fold,
                                   first, c.stream);
}

template <class T, class Fold> int widened(const Call& c, Fold fold, typename Accumulator<T>::type first) {
  const auto in = thrust::make_transform_iterator(static_cast<const T*>(c.in), Widen<T>());
  return cub::DeviceReduce::Reduce(c.scratch, *c.bytes, in, static_cast<typename Accumulator<T>::type*>(c.out), c.n,
                                   fold, first, c.stream);
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
    case kXaSum: return widened<T>(c, Sum(), 0);
    case kXaProd: return widened<T>(c, Product(), 1);
    case kXaMin: return plain<T>(c, Minimum(), largest);
    case kXaMax: return plain<T>(c, Maximum(), smallest);
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
