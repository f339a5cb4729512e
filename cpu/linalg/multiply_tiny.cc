// Products of f32 and f64 matrices with extents up to 16: rows of the result live in registers, nothing is packed when
// b's rows and out's rows are dense. Vectors are as short as the row: the last one overlaps the one before it, so
// there is no scalar tail and no read past the end.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/linalg/multiply_tiny.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cstring>

#include "cpu/linalg/product.h"

HWY_BEFORE_NAMESPACE();
namespace crossarray::cpu::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// Rows [0, kRows) of one vector of columns: out[i][0..lanes) = sum_k a[i][k] * b[k][0..lanes).
template <int kRows, class D, class T = hn::TFromD<D>>
HWY_INLINE void multiply_block(D d, const std::byte* a, int64_t a_row, int64_t a_col, const std::byte* b, int64_t b_row,
                               int64_t k, std::byte* out, int64_t out_row) {
  hn::Vec<D> sum[kRows];
  for (int i = 0; i < kRows; ++i) sum[i] = hn::Zero(d);
  for (int64_t l = 0; l < k; ++l, a += a_col, b += b_row) {
    const auto row = hn::LoadU(d, reinterpret_cast<const T*>(b));
    for (int i = 0; i < kRows; ++i) {
      T value;
      std::memcpy(&value, a + i * a_row, sizeof(T));
      sum[i] = hn::MulAdd(hn::Set(d, value), row, sum[i]);
    }
  }
  for (int i = 0; i < kRows; ++i) hn::StoreU(sum[i], d, reinterpret_cast<T*>(out + i * out_row));
}

/// All rows of one vector of columns.
template <class D> HWY_INLINE void multiply_columns(D d, const Product& p, const std::byte* b, std::byte* out) {
  const std::byte* a = p.a.data;
  int64_t i = 0;
  // Eight sums hide the latency of a multiply-add.
  for (; i + 8 <= p.m; i += 8, a += 8 * p.a.row, out += 8 * p.out_row)
    multiply_block<8>(d, a, p.a.row, p.a.col, b, p.b.row, p.k, out, p.out_row);
  for (; i + 4 <= p.m; i += 4, a += 4 * p.a.row, out += 4 * p.out_row)
    multiply_block<4>(d, a, p.a.row, p.a.col, b, p.b.row, p.k, out, p.out_row);
  switch (p.m - i) {
    case 3: return multiply_block<3>(d, a, p.a.row, p.a.col, b, p.b.row, p.k, out, p.out_row);
    case 2: return multiply_block<2>(d, a, p.a.row, p.a.col, b, p.b.row, p.k, out, p.out_row);
    case 1: return multiply_block<1>(d, a, p.a.row, p.a.col, b, p.b.row, p.k, out, p.out_row);
    default: return;
  }
}

/// Vectors of kLanes columns; requires p.n >= lanes of the vector.
template <class T, size_t kLanes> HWY_INLINE void multiply_lanes(const Product& p) {
  const hn::CappedTag<T, kLanes> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d)), item = sizeof(T);
  int64_t j = 0;
  for (; j + lanes <= p.n; j += lanes) multiply_columns(d, p, p.b.data + j * item, p.out + j * item);
  if (j < p.n) multiply_columns(d, p, p.b.data + (p.n - lanes) * item, p.out + (p.n - lanes) * item);
}

template <class T> HWY_INLINE void multiply_rows(const Product& p) {
  if (p.n >= 16) return multiply_lanes<T, 16>(p);
  if (p.n >= 8) return multiply_lanes<T, 8>(p);
  if (p.n >= 4) return multiply_lanes<T, 4>(p);
  if (p.n >= 2) return multiply_lanes<T, 2>(p);
  multiply_lanes<T, 1>(p);
}

/// b with dense rows, in `scratch` if it had none.
template <class T> void with_dense_rows(Product p) {
  T packed_b[kTinyExtent * kTinyExtent], packed_out[kTinyExtent * kTinyExtent];
  const int64_t item = sizeof(T), m = p.m, k = p.k, n = p.n;
  if (p.b.col != item && n > 1) {
    for (int64_t l = 0; l < k; ++l)
      for (int64_t j = 0; j < n; ++j)
        std::memcpy(&packed_b[l * n + j], p.b.data + l * p.b.row + j * p.b.col, sizeof(T));
    p.b = {reinterpret_cast<const std::byte*>(packed_b), n * item, item};
  }
  if (p.out_col == item || n == 1) return multiply_rows<T>(p);
  Product dense = p;
  dense.out = reinterpret_cast<std::byte*>(packed_out);
  dense.out_row = n * item;
  dense.out_col = item;
  multiply_rows<T>(dense);
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j)
      std::memcpy(p.out + i * p.out_row + j * p.out_col, &packed_out[i * n + j], sizeof(T));
}

void Tiny(const Product& p) {
  // A column of results has no row to spread over lanes; written as a row it has.
  const Product& shaped = p;
  if (p.n == 1 && p.m > 1) {
    const Product flipped = p.transposed();
    return p.dtype == DType::kF32 ? with_dense_rows<float>(flipped) : with_dense_rows<double>(flipped);
  }
  return p.dtype == DType::kF32 ? with_dense_rows<float>(shaped) : with_dense_rows<double>(shaped);
}

}  // namespace
}  // namespace crossarray::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace crossarray::cpu {

HWY_EXPORT(Tiny);

void multiply_tiny(const Product& p) { HWY_DYNAMIC_DISPATCH(Tiny)(p); }

}  // namespace crossarray::cpu
#endif
