// Factorisations by cuSOLVER, opened at the first one. Matrices are column-major, of f32 f64 c64 c128, on the device.
//
// Each call is enqueued on the compute stream; *info (device memory) becomes 0, or LAPACK's positive code ("not positive
// definite", "singular"). Throws kDevice ("linalg on a CUDA device needs nvidia-cusolver...") or kMemory.
#pragma once

#include "cuda/plugin/program.h"

namespace crossarray::cuda::cusolver {

/// A column-major matrix: columns `ld` elements apart.
struct ColumnMajor {
  void* data;
  int64_t rows, cols, ld;
};

/// Cholesky factor in the lower (upper) triangle of `a`; the other triangle is not touched.
void potrf(Machine& machine, DType dtype, bool upper, const ColumnMajor& a, int* info);
/// LU with row exchanges: min(rows, cols) pivots, counted from 1.
void getrf(Machine& machine, DType dtype, const ColumnMajor& a, int64_t* pivots, int* info);
/// Solves with getrf's factors (of the transposed matrix, if `transposed`), in place of `b`.
void getrs(Machine& machine, DType dtype, bool transposed, const ColumnMajor& a, const int64_t* pivots,
           const ColumnMajor& b, int* info);
/// QR: R in the upper triangle, Householder vectors below it, their factors in tau (min(rows, cols)).
void geqrf(Machine& machine, DType dtype, const ColumnMajor& a, void* tau, int* info);
/// The first a.cols columns of Q from geqrf's `reflectors` vectors.
void orgqr(Machine& machine, DType dtype, const ColumnMajor& a, int64_t reflectors, const void* tau, int* info);
/// Singular values (real, descending) and, by LAPACK's job letters 'A' 'S' 'N', vectors. a.rows >= a.cols; destroys `a`.
void gesvd(Machine& machine, DType dtype, char job_u, char job_vt, const ColumnMajor& a, void* s, const ColumnMajor& u,
           const ColumnMajor& vt, int* info);
/// Eigenvalues (real, ascending) of a symmetric or Hermitian matrix, of which one triangle is read; its eigenvectors in
/// place of `a` if wanted.
void syevd(Machine& machine, DType dtype, bool vectors, bool upper, const ColumnMajor& a, void* w, int* info);

}  // namespace crossarray::cuda::cusolver
