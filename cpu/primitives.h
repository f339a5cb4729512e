// The library primitives on the CPU: what is neither an elementwise program nor a reduction.
//
// Free functions on raw memory; cpu::backend() forwards to them. They run at once, take any byte strides (negative and
// zero too), check nothing, and use config().threads threads where the work is worth it.
#pragma once

#include "dispatch/plan/backend.h"

namespace crossarray::cpu {

/// Batched matrix product. k == 0 gives zeros. `out` overlaps neither input.
/// f32 f64 c64 c128: OpenBLAS, own code when tiny; integers wrap; bool is "or" of "and"s; halves accumulate in f32.
/// Throws kMemory when an operand has to be packed and there is no room.
void matmul(const MatmulCall& call);

/// out[..., i] = op over in[..., 0..i], left to right as NumPy does it, so floats have NumPy's bits.
/// An out stride of 0 along the axis leaves the last result: a fold from left to right.
/// `out` may be `in` itself (same strides and item size). f16 and bf16 are rounded after every step.
/// Ops whose result has the loop's dtype.
void scan(const ScanCall& call);

/// Segments of a line folded one by one.
void fold_segments(const SegmentsCall& call);

/// Gather and scatter by integer arrays; see IndexCall. Where put has one position several times the last value wins.
void take(const IndexCall& call);
void put(const IndexCall& call);

/// Number of true elements, and their flat C-order positions.
int64_t count_true(const MaskCall& call);
void nonzero(const MaskCall& call, int64_t* positions);

}  // namespace crossarray::cpu
