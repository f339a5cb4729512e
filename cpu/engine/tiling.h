// How the rows of one stretch of the space are cut into tiles.
#pragma once

#include <algorithm>

#include "cpu/engine/frame.h"

namespace crossarray::cpu {

/// `rows` rows of `n` elements: long rows are cut (row mode), short ones packed several to a tile. Depends on extents alone.
struct Tiling {
  int64_t n, rows;
  bool row_mode;
  int64_t length, per_row = 1, rows_per_tile = 1, tiles;

  /// scale: how many times kTile a piece of a long row may be (code without buffers has no need of small tiles).
  Tiling(int64_t n_in, int64_t rows_in, int64_t scale = 1) : n(n_in), rows(rows_in), length(kTile * scale) {
    row_mode = rows == 1 || n > kTile / 2;
    if (row_mode) {
      const int64_t longest = length + length / 2;
      per_row = n <= longest ? 1 : (n - (longest - length) + length - 1) / length;
      tiles = rows * per_row;
    } else {
      rows_per_tile = std::max<int64_t>(1, kTile / std::max<int64_t>(n, 1));
      tiles = (rows + rows_per_tile - 1) / rows_per_tile;
    }
  }
  Tile at(int64_t t) const {
    if (!row_mode) {
      const int64_t row = t * rows_per_tile;
      return {row, std::min(rows_per_tile, rows - row), 0, n};
    }
    const int64_t row = per_row == 1 ? t : rows == 1 ? 0 : t / per_row;
    const int64_t column = (t - row * per_row) * length;
    return {row, 1, column, t == row * per_row + per_row - 1 ? n - column : length};
  }
};

}  // namespace crossarray::cpu
