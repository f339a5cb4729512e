// One matrix product and the ways to compute it. matmul.cc chooses, each other file here is one way.
#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>

#include "dispatch/core/dtype.h"

namespace crossarray::cpu {

/// A strided operand; strides in bytes.
struct Matrix {
  const std::byte* data;
  int64_t row, col;
  bool conjugate = false;

  Matrix transposed() const { return {data, col, row, conjugate}; }
};

/// out (m x n) = a (m x k) * b (k x n), all of one dtype.
struct Product {
  DType dtype;
  int64_t m, k, n;
  Matrix a, b;
  std::byte* out;
  int64_t out_row, out_col;

  double flops() const { return 2.0 * static_cast<double>(m) * static_cast<double>(k) * static_cast<double>(n); }
  /// The same numbers written the other way: out^T = b^T * a^T.
  Product transposed() const { return {dtype, n, k, m, b.transposed(), a.transposed(), out, out_col, out_row}; }
};

/// Calls `f` with a value of the element type of a product that BLAS computes: f32, f64, c64 or c128.
template <class F> void with_blas_type(DType dtype, F f) {
  switch (dtype) {
    case DType::kF32: return f(float{});
    case DType::kF64: return f(double{});
    case DType::kC64: return f(std::complex<float>{});
    default: return f(std::complex<double>{});
  }
}

/// f32 and f64 products whose extents are at most kTinyExtent: registers only, no allocation.
inline constexpr int64_t kTinyExtent = 16;
void multiply_tiny(const Product& p);

/// Any dtype but the halves, by plain loops: integers, bool, and complex products too small for BLAS.
void multiply_plain(const Product& p);

/// Products of at least so many flops are computed in pieces by several threads; batches of smaller ones are shared out.
inline constexpr double kThreadedFlops = 2.0 * 160 * 160 * 160;

/// f32 f64 c64 c128 through OpenBLAS (syrk or gemm). Operands BLAS cannot address are packed first.
void multiply_blas(const Product& p);

/// The same with m == 1 or n == 1 (dot or gemv); operands BLAS cannot address are packed block by block.
void multiply_vector(const Product& p);

/// f16 and bf16: widened to f32, multiplied, rounded once.
void multiply_half(const Product& p);

/// The best of the ways above for this product (k > 0, no empty extent).
void multiply_any(const Product& p);

}  // namespace crossarray::cpu
