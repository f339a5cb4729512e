// The table behind tile_kernel(): one column of kernels per loop dtype, filled for the SIMD target in use.
#pragma once

#include <array>

#include "cpu/kernels/kernels.h"

namespace crossarray::cpu {

using TileColumn = std::array<TileFn, kOpCount>;
using TileTable = std::array<TileColumn, kDTypeCount>;

/// Each fills the columns of its dtypes (one source file each, so that they compile side by side).
void fill_bytes(TileTable& table);   // bool i8 u8
void fill_shorts(TileTable& table);  // i16 u16, f16 bf16 (rows with half loops)
void fill_words(TileTable& table);   // i32 u32
void fill_longs(TileTable& table);   // i64 u64
void fill_f32(TileTable& table);
void fill_f64(TileTable& table);
void fill_complex(TileTable& table);  // c64 c128

using CastRow = std::array<TileFn, kDTypeCount>;
/// Indexed [from][to].
using CastTable = std::array<CastRow, kDTypeCount>;
void fill_casts(CastTable& table);

}  // namespace crossarray::cpu
