// Matrix products by cuBLAS, opened at the first product.
//
// cuBLAS knows column-major matrices; a row-major matrix is a column-major one transposed, so C-ordered, Fortran-ordered
// and transposed operands are all multiplied where they lie. Other layouts are packed first.
#pragma once

#include "cuda/plugin/program.h"
#include "dispatch/plan/backend.h"

namespace crossarray::cuda::cublas {

/// f16 bf16 f32 f64 c64 c128 in any layout.
bool runs(const MatmulCall& call);

/// Enqueues the product. Throws kDevice ("matmul needs nvidia-cublas...") if there is no cuBLAS, kMemory if an operand
/// must be packed and there is no room. TF32 only with call.fast_math.
void matmul(Machine& machine, const MatmulCall& call);

}  // namespace crossarray::cuda::cublas
