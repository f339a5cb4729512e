#include <cub/device/device_radix_sort.cuh>

#include "sort.cuh"

namespace crossarray::kernels {
namespace {

template <class U> int sort_all(const SortCall& call) {
  return sort_encoded<U>(call, [&](void* scratch, size_t& bytes, U* keys, U* sorted, int64_t* numbers) -> int {
    constexpr int kBits = 8 * sizeof(U);
    if (!call.positions)
      return cub::DeviceRadixSort::SortKeys(scratch, bytes, keys, sorted, call.n(), 0, kBits, call.stream);
    return cub::DeviceRadixSort::SortPairs(scratch, bytes, keys, sorted, numbers, call.positions, call.n(), 0, kBits,
                                           call.stream);
  });
}

}  // namespace
}  // namespace crossarray::kernels

int xa_sort_keys(XaOrder order, int32_t width, void* scratch, size_t* scratch_bytes, const void* in, void* out,
                 int64_t n, void* stream) {
  using namespace crossarray::kernels;
  const SortCall call{order, scratch, scratch_bytes, in, out, nullptr, 1, n, static_cast<cudaStream_t>(stream)};
  return for_width(width, [&](auto u) { return sort_all<decltype(u)>(call); });
}

int xa_sort_positions(XaOrder order, int32_t width, void* scratch, size_t* scratch_bytes, const void* in,
                      int64_t* positions, int64_t n, void* stream) {
  using namespace crossarray::kernels;
  const SortCall call{order, scratch, scratch_bytes, in, nullptr, positions, 1, n, static_cast<cudaStream_t>(stream)};
  return for_width(width, [&](auto u) { return sort_all<decltype(u)>(call); });
}
