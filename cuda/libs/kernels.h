// The door to _cuda_kernels.so: CUB's scan, reductions, sorts and selections, compiled by nvcc (cuda/kernels/kernels.h).
//
// The file is there only where nvcc was. Without it scans run line by line and the others are not called.
#pragma once

#include "cuda/plugin/program.h"
#include "dispatch/plan/backend.h"

namespace crossarray::cuda::kernels {

/// Whether the scan runs on the device at all, and is not much slower there: one thread works on one line, except where
/// CUB takes long lines.
bool runs(const ScanCall& call);
/// Enqueues the scan. Throws kMemory if there is no room for scratch memory.
void scan(Machine& machine, const ScanCall& call);

/// Fold of a dense array of `n` elements, on the device. See xa_reduce. False if CUB does not have it.
bool reduce(Machine& machine, ReduceKind kind, DType dtype, const void* in, void* out, int64_t n);
/// Sorted rows (`out`) or the positions that sort them (`positions`), NaN last, stably; the other pointer is null.
void sort(Machine& machine, DType dtype, const void* in, void* out, int64_t* positions, int64_t rows, int64_t columns);
/// Positions of true elements of a long dense mask, in order. False if that is not what the mask is, or CUB is not there.
bool nonzero(Machine& machine, const MaskCall& call, int64_t* positions);
/// Items of `width` bytes whose flag is set, in order; *count is device memory. `in` null: their positions.
void select(Machine& machine, int width, const void* in, const bool* flags, void* out, int64_t* count, int64_t n);

}  // namespace crossarray::cuda::kernels
