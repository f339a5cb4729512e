// Tile kernels of float64 loops.
#include "cpu/kernels/tile_table.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/kernels/tile_f64.cc"
#include "hwy/foreach_target.h"
// Per target, hence after foreach_target.h:
#include "cpu/kernels/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace crossarray::cpu::HWY_NAMESPACE {
void fill_f64(TileTable& table) { fill_column<DType::kF64>(table[static_cast<size_t>(DType::kF64)]); }
}  // namespace crossarray::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace crossarray::cpu {
HWY_EXPORT(fill_f64);
void fill_f64(TileTable& table) { HWY_DYNAMIC_DISPATCH(fill_f64)(table); }
}  // namespace crossarray::cpu
#endif
