// Tile kernels of bool, int8 and uint8 loops.
#include "cpu/kernels/tile_table.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/kernels/tile_bytes.cc"
#include "hwy/foreach_target.h"
// Per target, hence after foreach_target.h:
#include "cpu/kernels/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace crossarray::cpu::HWY_NAMESPACE {
void fill_bytes(TileTable& table) {
  fill_column<DType::kBool>(table[static_cast<size_t>(DType::kBool)]);
  fill_column<DType::kI8>(table[static_cast<size_t>(DType::kI8)]);
  fill_column<DType::kU8>(table[static_cast<size_t>(DType::kU8)]);
}
}  // namespace crossarray::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace crossarray::cpu {
HWY_EXPORT(fill_bytes);
void fill_bytes(TileTable& table) { HWY_DYNAMIC_DISPATCH(fill_bytes)(table); }
}  // namespace crossarray::cpu
#endif
