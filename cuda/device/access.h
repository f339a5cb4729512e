// Memory access and index helpers of generated kernels.
#pragma once

#include "cuda/device/platform.h"
#include "cuda/device/types.h"

namespace crossarray::device {

/// N elements moved by one access of up to 16 bytes.
template <class T, int N> struct alignas(sizeof(T) * N) Vec { T v[N]; };

template <class T> XA_FN T load(const unsigned char* from) { return *reinterpret_cast<const T*>(from); }
template <class T> XA_FN void store(unsigned char* to, T value) { *reinterpret_cast<T*>(to) = value; }

/// The extent of an axis, made ready for division.
template <class Index> struct Extent {
  Index extent;
  /// Position along this axis of flat index `rest`, which becomes the flat index over the axes outside.
  XA_FN Index split(Index& rest) const {
    const Index quotient = rest / extent, position = rest - quotient * extent;
    rest = quotient;
    return position;
  }
};
/// Division by multiplication (Granlund and Montgomery, 1994), for indices below 2^31.
template <> struct Extent<u32> {
  u32 extent, multiplier, shift;
  XA_FN u32 split(u32& rest) const {
    const u32 high = static_cast<u32>(static_cast<u64>(rest) * multiplier >> 32);
    const u32 quotient = (high + rest) >> shift, position = rest - quotient * extent;
    rest = quotient;
    return position;
  }
};

template <class Index> XA_FN Index thread_in_grid() {
  return static_cast<Index>(block_in_grid()) * static_cast<Index>(block_size()) + static_cast<Index>(thread_in_block());
}
template <class Index> XA_FN Index threads_in_grid() {
  return static_cast<Index>(grid_size()) * static_cast<Index>(block_size());
}

}  // namespace crossarray::device
