// Tile kernels of 16-bit integer and half.
#include "cpu/kernels/tile_table.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/kernels/tile_shorts.cc"
#include "hwy/foreach_target.h"
// Per target, hence after foreach_target.h:
#include "cpu/kernels/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace crossarray::cpu::HWY_NAMESPACE {
void fill_shorts(TileTable& table) {
  fill_column<DType::kI16>(table[static_cast<size_t>(DType::kI16)]);
  fill_column<DType::kU16>(table[static_cast<size_t>(DType::kU16)]);
  fill_column<DType::kF16>(table[static_cast<size_t>(DType::kF16)]);
  fill_column<DType::kBF16>(table[static_cast<size_t>(DType::kBF16)]);
}
}  // namespace crossarray::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace crossarray::cpu {
HWY_EXPORT(fill_shorts);
void fill_shorts(TileTable& table) { HWY_DYNAMIC_DISPATCH(fill_shorts)(table); }
}  // namespace crossarray::cpu
#endif
