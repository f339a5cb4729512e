// Tile kernels of complex loops.
#include "cpu/kernels/tile_table.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/kernels/tile_complex.cc"
#include "hwy/foreach_target.h"
// Per target, hence after foreach_target.h:
#include "cpu/kernels/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace crossarray::cpu::HWY_NAMESPACE {
void fill_complex(TileTable& table) {
  fill_column<DType::kC64>(table[static_cast<size_t>(DType::kC64)]);
  fill_column<DType::kC128>(table[static_cast<size_t>(DType::kC128)]);
}
}  // namespace crossarray::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace crossarray::cpu {
HWY_EXPORT(fill_complex);
void fill_complex(TileTable& table) { HWY_DYNAMIC_DISPATCH(fill_complex)(table); }
}  // namespace crossarray::cpu
#endif
