// Tile kernels of 32-bit integer loops.
#include "cpu/kernels/tile_table.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/kernels/tile_words.cc"
#include "hwy/foreach_target.h"
// Per target, hence after foreach_target.h:
#include "cpu/kernels/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace crossarray::cpu::HWY_NAMESPACE {
void fill_words(TileTable& table) {
  fill_column<DType::kI32>(table[static_cast<size_t>(DType::kI32)]);
  fill_column<DType::kU32>(table[static_cast<size_t>(DType::kU32)]);
}
}  // namespace crossarray::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace crossarray::cpu {
HWY_EXPORT(fill_words);
void fill_words(TileTable& table) { HWY_DYNAMIC_DISPATCH(fill_words)(table); }
}  // namespace crossarray::cpu
#endif
