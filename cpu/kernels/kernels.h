// Tile kernels: one op over a run of elements, for the best SIMD target of this machine (or CROSSARRAY_SIMD).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "dispatch/op.h"

namespace crossarray::cpu {

/// Applies an op to n elements. Bit i of `scalar_mask` set: in[i] points to a single element (stride 0). in[i] may equal
/// out when item sizes agree. No alignment is required. Never throws, never allocates.
using TileFn = void (*)(const void* const* in, unsigned scalar_mask, void* out, size_t n);

/// Kernel of `op` for a loop dtype (`loop`: dtype of inputs 1.. ; where's input 0 is bool; ldexp's second is int64).
/// Never called with f16/bf16. Null if the row has no such loop.
TileFn tile_kernel(Op op, DType loop);
/// Elementwise conversion with NumPy's unsafe-cast results, all 15 x 15 pairs.
TileFn cast_kernel(DType from, DType to);

/// Copies n elements of `item` bytes from stride `from_stride` (bytes) to dense `to` and back.
void gather_strided(const std::byte* from, int64_t from_stride, std::byte* to, size_t n, size_t item);
void scatter_strided(const std::byte* from, std::byte* to, int64_t to_stride, size_t n, size_t item);

/// n copies of the element at `from`.
void fill_repeated(const std::byte* from, std::byte* to, size_t n, size_t item);

/// out[i] = values[i] (values[0] if `scalar`) where the mask is true; the other elements are not touched. Items of 1, 2, 4
/// or 8 bytes.
void store_where(const bool* mask, const std::byte* values, bool scalar, std::byte* out, size_t n, size_t item);

/// How many of n bools are true.
int64_t count_true(const bool* mask, int64_t n);

/// The target in use ("AVX3", "AVX2", "SSE4", "NEON"), those compiled in and runnable here, and a way to force one (tests;
/// CROSSARRAY_SIMD at start). Throws kValue naming the choices.
std::string simd_target();
std::vector<std::string> simd_targets();
void set_simd_target(const std::string& name);

}  // namespace crossarray::cpu
