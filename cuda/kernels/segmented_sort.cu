#include <cub/device/device_segmented_sort.cuh>
#include <thrust/iterator/counting_iterator.h>
#include <thrust/iterator/transform_iterator.h>

#include "sort.cuh"

namespace crossarray::kernels {
namespace {

struct RowStart {
  int64_t columns;
  __host__ __device__ int64_t operator()(int64_t row) const { return row * columns; }
};

template <class U> int sort_rows(const SortCall& call) {
  const auto starts =
      thrust::make_transform_iterator(thrust::make_counting_iterator<int64_t>(0), RowStart{call.columns});
  return sort_encoded<U>(call, [&](void* scratch, size_t& bytes, U* keys, U* sorted, int64_t* numbers) -> int {
    if (!call.positions)
      return cub::DeviceSegmentedSort::StableSortKeys(scratch, bytes, keys, sorted, call.n(), call.rows, starts,
                                                      starts + 1, call.stream);
    return cub::DeviceSegmentedSort::StableSortPairs(scratch, bytes, keys, sorted, numbers, call.positions, call.n(),
                                                     call.rows, starts, starts + 1, call.stream);
  });
}

}  // namespace
}  // namespace crossarray::kernels

int xa_sort_rows(XaOrder order, int32_t width, void* scratch, size_t* scratch_bytes, const void* in, void* out,
                 int64_t rows, int64_t columns, void* stream) {
  using namespace crossarray::kernels;
  const SortCall call{order, scratch, scratch_bytes, in, out, nullptr, rows, columns, static_cast<cudaStream_t>(stream)};
  return for_width(width, [&](auto u) { return sort_rows<decltype(u)>(call); });
}

int xa_sort_rows_positions(XaOrder order, int32_t width, void* scratch, size_t* scratch_bytes, const void* in,
                           int64_t* positions, int64_t rows, int64_t columns, void* stream) {
  using namespace crossarray::kernels;
  const SortCall call{order,     scratch, scratch_bytes, in,
                      nullptr,   positions, rows,        columns,
                      static_cast<cudaStream_t>(stream)};
  return for_width(width, [&](auto u) { return sort_rows<decltype(u)>(call); });
}
