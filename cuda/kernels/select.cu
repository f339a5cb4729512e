#include <cub/device/device_select.cuh>
#include <thrust/iterator/counting_iterator.h>

#include "kernels.h"

namespace crossarray::kernels {
namespace {

struct alignas(16) Sixteen {
  uint64_t low, high;
};

template <class T>
int select(void* scratch, size_t* bytes, const void* in, const uint8_t* flags, void* out, int64_t* count, int64_t n,
           void* stream) {
  return cub::DeviceSelect::Flagged(scratch, *bytes, static_cast<const T*>(in), flags, static_cast<T*>(out), count, n,
                                    static_cast<cudaStream_t>(stream));
}

}  // namespace
}  // namespace crossarray::kernels

int xa_select(int32_t width, void* scratch, size_t* scratch_bytes, const void* in, const uint8_t* flags, void* out,
              int64_t* count, int64_t n, void* stream) {
  using namespace crossarray::kernels;
  switch (width) {
    case 1: return select<uint8_t>(scratch, scratch_bytes, in, flags, out, count, n, stream);
    case 2: return select<uint16_t>(scratch, scratch_bytes, in, flags, out, count, n, stream);
    case 4: return select<uint32_t>(scratch, scratch_bytes, in, flags, out, count, n, stream);
    case 8: return select<uint64_t>(scratch, scratch_bytes, in, flags, out, count, n, stream);
    case 16: return select<Sixteen>(scratch, scratch_bytes, in, flags, out, count, n, stream);
    default: return cudaErrorInvalidValue;
  }
}

int xa_select_positions(void* scratch, size_t* scratch_bytes, const uint8_t* flags, int64_t* positions, int64_t* count,
                        int64_t n, void* stream) {
  const auto index = thrust::make_counting_iterator<int64_t>(0);
  return cub::DeviceSelect::Flagged(scratch, *scratch_bytes, index, flags, positions, count, n,
                                    static_cast<cudaStream_t>(stream));
}
