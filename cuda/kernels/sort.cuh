// What the sorts share: encoded keys in scratch memory, and the way back.
#pragma once

#include <algorithm>

#include "keys.cuh"
#include "kernels.h"

namespace crossarray::kernels {

struct SortCall {
  XaOrder order;
  void* scratch;
  size_t* bytes;
  const void* in;
  void* out;           // keys, or null
  int64_t* positions;  // or null
  int64_t rows, columns;
  cudaStream_t stream;
  int64_t n() const { return rows * columns; }
};

inline constexpr int kThreads = 256;
inline unsigned blocks_for(int64_t n) {
  return static_cast<unsigned>(std::min<int64_t>((n + kThreads - 1) / kThreads, 65535));
}

template <class U> __global__ void encode_keys(XaOrder order, const U* in, U* out, int64_t n) {
  const int64_t step = int64_t{gridDim.x} * blockDim.x;
  for (int64_t i = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; i < n; i += step) out[i] = encode_key(in[i], order);
}

template <class U> __global__ void decode_keys(XaOrder order, U* keys, int64_t n) {
  const int64_t step = int64_t{gridDim.x} * blockDim.x;
  for (int64_t i = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; i < n; i += step) keys[i] = decode_key(keys[i], order);
}

/// Positions within the row.
static __global__ void number_rows(int64_t* positions, int64_t n, int64_t columns) {
  const int64_t step = int64_t{gridDim.x} * blockDim.x;
  for (int64_t i = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; i < n; i += step) positions[i] = i % columns;
}

inline size_t aligned(size_t bytes) { return (bytes + 255) & ~size_t{255}; }

/// Runs `sort(scratch, bytes, keys_in, keys_out, positions_in)` between encoding and decoding; its own scratch comes
/// first in ours, then keys and positions.
template <class U, class Sort> int sort_encoded(const SortCall& call, Sort sort) {
  const size_t key_bytes = aligned(sizeof(U) * static_cast<size_t>(call.n()));
  const size_t position_bytes = call.positions ? aligned(8 * static_cast<size_t>(call.n())) : 0;
  size_t own = 0;
  int error = sort(nullptr, own, static_cast<U*>(nullptr), static_cast<U*>(nullptr), static_cast<int64_t*>(nullptr));
  if (error) return error;
  own = aligned(own);
  if (!call.scratch) {
    *call.bytes = own + key_bytes * (call.out ? 1 : 2) + position_bytes;
    return 0;
  }
  if (call.n() == 0) return 0;
  char* at = static_cast<char*>(call.scratch) + own;
  U* keys = reinterpret_cast<U*>(at);
  at += key_bytes;
  U* sorted = call.out ? static_cast<U*>(call.out) : reinterpret_cast<U*>(at);
  at += call.out ? 0 : key_bytes;
  int64_t* numbers = reinterpret_cast<int64_t*>(at);
  const unsigned grid = blocks_for(call.n());
  encode_keys<<<grid, kThreads, 0, call.stream>>>(call.order, static_cast<const U*>(call.in), keys, call.n());
  if (call.positions) number_rows<<<grid, kThreads, 0, call.stream>>>(numbers, call.n(), call.columns);
  error = sort(call.scratch, own, keys, sorted, numbers);
  if (error) return error;
  if (call.out) decode_keys<<<grid, kThreads, 0, call.stream>>>(call.order, sorted, call.n());
  return cudaGetLastError();
}

/// Calls `f(U{})` for the unsigned type of `width` bytes.
template <class F> int for_width(int32_t width, F&& f) {
  switch (width) {
    case 1: return f(uint8_t{});
    case 2: return f(uint16_t{});
    case 4: return f(uint32_t{});
    case 8: return f(uint64_t{});
    default: return cudaErrorInvalidValue;
  }
}

}  // namespace crossarray::kernels
