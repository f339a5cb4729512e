// How a strided matrix is shown to a library of column-major matrices: pure arithmetic, tested without one.
#pragma once

#include <optional>

#include "dispatch/core/small_vector.h"

namespace crossarray::cuda {

/// A matrix of `rows` x `cols` with byte strides.
struct Matrix {
  std::byte* data = nullptr;
  int64_t rows = 0, cols = 0;
  int64_t row_step = 0, col_step = 0;
};

/// One stride is the item size: elements of a column (row-major: of a row) are neighbours, `ld` items from one to the next.
struct Leading {
  bool row_major = true;
  int64_t ld = 1;
};

/// Null where the layout has no such form: it must be packed. An axis of extent 1 has any stride.
inline std::optional<Leading> leading(const Matrix& m, int64_t item) {
  const auto fits = [item](int64_t inner_step, int64_t inner, int64_t outer_step, int64_t outer) {
    if (inner != 1 && inner_step != item) return false;
    return outer == 1 || (outer_step % item == 0 && outer_step / item >= inner);
  };
  const auto ld = [item](int64_t inner, int64_t outer_step, int64_t outer) {
    return outer == 1 ? (inner > 1 ? inner : 1) : outer_step / item;
  };
  if (fits(m.col_step, m.cols, m.row_step, m.rows)) return Leading{true, ld(m.cols, m.row_step, m.rows)};
  if (fits(m.row_step, m.rows, m.col_step, m.cols)) return Leading{false, ld(m.rows, m.col_step, m.cols)};
  return std::nullopt;
}

}  // namespace crossarray::cuda
