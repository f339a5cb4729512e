// Tile kernels of 64-bit integer loops.
#include "cpu/kernels/tile_table.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/kernels/tile_longs.cc"
#include "hwy/foreach_target.h"
// Per target, hence after foreach_target.h:
#include "cpu/kernels/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace crossarray::cpu::HWY_NAMESPACE {
void fill_longs(TileTable& table) {
  fill_column<DType::kI64>(table[static_cast<size_t>(DType::kI64)]);
  fill_column<DType::kU64>(table[static_cast<size_t>(DType::kU64)]);
}
}  // namespace crossarray::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace crossarray::cpu {
HWY_EXPORT(fill_longs);
void fill_longs(TileTable& table) { HWY_DYNAMIC_DISPATCH(fill_longs)(table); }
}  // namespace crossarray::cpu
#endif
