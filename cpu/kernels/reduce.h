// Horizontal kernels: many elements to one. They add in a fixed pattern of 256 bytes of lanes, so every SIMD target and
// every number of threads gives the same bits.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dispatch/core/dtype.h"

namespace crossarray::cpu {

enum class BlockKind : uint8_t { kSum, kProd, kMin, kMax, kFMin, kFMax, kAnd, kOr, kXor };

/// out[0] = in[0] op ... op in[n-1], all of one dtype; n >= 1. Floats: min and max give NaN if any element is NaN; fmin and
/// fmax give NaN only if all are. Complex min/max have none.
using BlockFn = void (*)(const void* in, size_t n, void* out);
/// Null where the pair makes no sense (kSum of bool, kAnd of floats).
BlockFn block_kernel(BlockKind kind, DType dtype);

/// The same for `count` stretches of `n` elements that follow each other: out[k] from in[k * n ...]. For small n.
using SegmentsFn = void (*)(const void* in, size_t count, size_t n, void* out);
/// kSum, kMin and kMax of f32, f64 and 64-bit integers; else null.
SegmentsFn segments_kernel(BlockKind kind, DType dtype);

/// acc[j] = acc[j] op row[0][j] op row[1][j] ...: `rows` rows of n elements, `stride` bytes apart. fresh: acc starts as row 0.
using FoldRowsFn = void (*)(const std::byte* first, int64_t stride, size_t rows, size_t n, bool fresh, void* acc);
/// kSum, kMin and kMax of f32, f64 and 64-bit integers; else null.
FoldRowsFn fold_rows_kernel(BlockKind kind, DType dtype);

/// Mean relative to a pivot, and sum of squared deviations from that mean: of f32 or f64 in[0..n), n >= 1.
/// The pivot (any element nearby) keeps digits that a large common offset would cost.
struct BlockMoments {
  double mean, m2;
};
using MomentsFn = BlockMoments (*)(const void* in, size_t n, double pivot);
MomentsFn moments_kernel(DType dtype);

/// One row more of running column moments: mean[j] and m2[j] over `count` rows so far (Welford's update).
using ColumnMomentsFn = void (*)(const void* row, size_t n, double count, double* mean, double* m2);
ColumnMomentsFn column_moments_kernel(DType dtype);

}  // namespace crossarray::cpu
