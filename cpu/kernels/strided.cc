// Copies between strided and dense runs, by item size.
#include <cstring>

#include "cpu/kernels/kernels.h"

namespace crossarray::cpu {
namespace {

// memcpy of a constant size is one load and one store, whatever the alignment.
template <size_t bytes> void gather(const std::byte* from, int64_t stride, std::byte* to, size_t n) {
  for (size_t i = 0; i < n; ++i, from += stride, to += bytes) std::memcpy(to, from, bytes);
}
template <size_t bytes> void scatter(const std::byte* from, std::byte* to, int64_t stride, size_t n) {
  for (size_t i = 0; i < n; ++i, from += bytes, to += stride) std::memcpy(to, from, bytes);
}

}  // namespace

void gather_strided(const std::byte* from, int64_t from_stride, std::byte* to, size_t n, size_t item) {
  if (from_stride == static_cast<int64_t>(item)) {
    if (n != 0) std::memcpy(to, from, n * item);
    return;
  }
  switch (item) {
    case 1: return gather<1>(from, from_stride, to, n);
    case 2: return gather<2>(from, from_stride, to, n);
    case 4: return gather<4>(from, from_stride, to, n);
    case 8: return gather<8>(from, from_stride, to, n);
    default: return gather<16>(from, from_stride, to, n);
  }
}

void scatter_strided(const std::byte* from, std::byte* to, int64_t to_stride, size_t n, size_t item) {
  if (to_stride == static_cast<int64_t>(item)) {
    if (n != 0) std::memcpy(to, from, n * item);
    return;
  }
  switch (item) {
    case 1: return scatter<1>(from, to, to_stride, n);
    case 2: return scatter<2>(from, to, to_stride, n);
    case 4: return scatter<4>(from, to, to_stride, n);
    case 8: return scatter<8>(from, to, to_stride, n);
    default: return scatter<16>(from, to, to_stride, n);
  }
}

}  // namespace crossarray::cpu
