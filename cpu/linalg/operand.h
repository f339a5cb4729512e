// Operands of OpenBLAS: find a matrix's or vector's BLAS addressing, pack what has none.
#pragma once

#include <algorithm>
#include <cstring>
#include <optional>

#include "cpu/kernels/kernels.h"
#include "cpu/linalg/blas.h"
#include "cpu/linalg/product.h"
#include "cpu/memory.h"
#include "cpu/threads.h"

namespace crossarray::cpu {

/// `count` elements of scratch memory.
template <class T> class Buffer {
 public:
  explicit Buffer(int64_t count) : memory_(static_cast<size_t>(count) * sizeof(T)) {}
  T* data() const { return reinterpret_cast<T*>(memory_.data()); }

 private:
  Scratch memory_;
};

/// A matrix BLAS can address: leading dimension and transposition.
template <class T> struct Addressed {
  const T* data;
  CBLAS_TRANSPOSE transpose;
  int64_t leading;

  bool transposed() const { return transpose == CblasTrans || transpose == CblasConjTrans; }
  /// The part that begins at row i and column j.
  Addressed at(int64_t i, int64_t j) const {
    return {data + (transposed() ? j * leading + i : i * leading + j), transpose, leading};
  }
};

template <class T> bool aligned(const void* data) { return reinterpret_cast<uintptr_t>(data) % alignof(T) == 0; }

/// Leading dimension of a row-major matrix with these byte strides, or 0. A stride over one element is never used.
template <class T> int64_t leading_dimension(int64_t rows, int64_t cols, int64_t row, int64_t col) {
  constexpr int64_t item = sizeof(T);
  if (cols > 1 && col != item) return 0;
  if (rows == 1) return std::max<int64_t>(cols, 1);
  return row % item == 0 && row >= item * std::max<int64_t>(cols, 1) ? row / item : 0;
}

template <class T> std::optional<Addressed<T>> address(const Matrix& x, int64_t rows, int64_t cols) {
  if (!aligned<T>(x.data)) return std::nullopt;
  const T* data = reinterpret_cast<const T*>(x.data);
  if (const int64_t ld = leading_dimension<T>(rows, cols, x.row, x.col))
    return Addressed<T>{data, x.conjugate ? CblasConjNoTrans : CblasNoTrans, ld};
  if (const int64_t ld = leading_dimension<T>(cols, rows, x.col, x.row))
    return Addressed<T>{data, x.conjugate ? CblasConjTrans : CblasTrans, ld};
  return std::nullopt;
}

/// Dense row-major copy, conjugated if the matrix is.
template <class T> void pack(const Matrix& x, int64_t rows, int64_t cols, T* to) {
  const double us_per_row = 1e-3 * static_cast<double>(cols);
  parallel_for(rows, us_per_row, [&](int64_t first, int64_t last) {
    for (int64_t i = first; i < last; ++i) {
      T* row = to + i * cols;
      gather_strided(x.data + i * x.row, x.col, reinterpret_cast<std::byte*>(row), static_cast<size_t>(cols),
                     sizeof(T));
      if constexpr (!std::is_floating_point_v<T>)
        if (x.conjugate)
          for (int64_t j = 0; j < cols; ++j) row[j] = std::conj(row[j]);
    }
  });
}

/// An operand ready for BLAS; owns the packed copy if one was needed.
template <class T> class Operand {
 public:
  Operand(const Matrix& x, int64_t rows, int64_t cols) {
    if (auto found = address<T>(x, rows, cols)) {
      view_ = *found;
      return;
    }
    packed_.emplace(rows * cols);
    pack(x, rows, cols, packed_->data());
    view_ = {packed_->data(), CblasNoTrans, cols};
  }
  const Addressed<T>& operator*() const { return view_; }

 private:
  Addressed<T> view_;
  std::optional<Buffer<T>> packed_;
};

/// A vector ready for BLAS. Its increment may be negative; at(first, count) is then what BLAS wants, the lowest address.
template <class T> class Vector {
 public:
  Vector(const std::byte* data, int64_t stride, int64_t count, bool conjugate) {
    constexpr int64_t item = sizeof(T);
    if (count == 1) stride = item;
    if (!conjugate && stride != 0 && stride % item == 0 && aligned<T>(data)) {
      increment_ = stride / item;
      data_ = reinterpret_cast<const T*>(data);
      return;
    }
    packed_.emplace(count);
    pack<T>({data, 0, stride, conjugate}, 1, count, packed_->data());
    data_ = packed_->data();
  }
  const T* at(int64_t first, int64_t count) const {
    return data_ + (increment_ < 0 ? first + count - 1 : first) * increment_;
  }
  int64_t increment() const { return increment_; }

 private:
  const T* data_;
  int64_t increment_ = 1;
  std::optional<Buffer<T>> packed_;
};

}  // namespace crossarray::cpu
