// Accumulators of reductions, for values that lie one after the other (rows) or side by side (columns).
#pragma once

#include <cstdint>

#include "cpu/kernels/arg.h"
#include "cpu/kernels/kernels.h"
#include "cpu/kernels/reduce.h"
#include "dispatch/ir/kernel_ir.h"

namespace crossarray::cpu {

/// What a reduction takes and gives.
struct ReduceTypes {
  DType via;      // the value is cast to this first (== input when one cast does)
  DType input;    // dtype of the tiles handed to the accumulator
  DType natural;  // dtype of its result before the cast to the output's
};
ReduceTypes reduce_types(ReduceKind kind, DType value, DType accumulate);

BlockKind block_kind(ReduceKind kind);

/// The kind that is carried out: sums and products of bools are "any" and "all".
ReduceKind effective_kind(ReduceKind kind, DType accumulate);

/// One output's accumulator: start, add in order, merge with that of the elements that follow, finish.
/// States are plain bytes of `state_bytes`, 16-byte aligned.
struct RowReducer {
  ReduceKind kind = ReduceKind::kSum;
  ReduceTypes types{};
  size_t state_bytes = 0;
  BlockFn block = nullptr;
  SegmentsFn segments = nullptr;  // many short outputs at once, as `segments_dtype`; not for means
  DType segments_dtype{};
  int64_t segments_limit = 0;  // the longest outputs it is good for
  MomentsFn moments = nullptr;
  ArgFn arg = nullptr;
  void (*start)(void* state) = nullptr;
  void (*add)(const RowReducer&, void* state, const void* values, int64_t n) = nullptr;
  /// Takes back from a mean's count `n` elements that were added as zeros; null: they do not count.
  void (*uncount)(void* state, int64_t n) = nullptr;
  void (*merge)(const RowReducer&, void* into, const void* from) = nullptr;
  void (*finish)(const RowReducer&, const void* state, double ddof, void* natural) = nullptr;
};
RowReducer row_reducer(ReduceKind kind, const ReduceTypes& types);

/// Elements per partial result of a sum: 4 KiB, whatever the tile (a multiple of it).
constexpr int64_t sum_block(DType input) { return itemsize(input) <= 4 ? 1024 : 512; }

}  // namespace crossarray::cpu
