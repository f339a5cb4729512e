// Conversions between all element types: the scalar conversion in a loop, compiled for each target so that the compiler
// vectorises it. Halves have vector conversions of their own.
#include "cpu/kernels/tile_table.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/kernels/cast.cc"
#include "hwy/foreach_target.h"
// Per target, hence after foreach_target.h:
#include <algorithm>
#include <type_traits>
#include <utility>

#include "cpu/kernels/mask-inl.h"
#include "dispatch/scalar_fn.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace crossarray::cpu::HWY_NAMESPACE {

/// In place when the sizes agree (ivdep: element for element, nothing else overlaps).
template <class From, class To>
void cast_run(const void* const* in, unsigned single, void* out, size_t n) {
  const From* from = static_cast<const From*>(in[0]);
  To* to = static_cast<To*>(out);
  if (single & 1) {
    if (n == 0) return;
    std::fill_n(to, n, scalar::convert<To>(from[0]));
  } else if constexpr (std::is_same_v<From, To>) {
    if (n != 0 && in[0] != out) std::memcpy(out, in[0], n * sizeof(To));
  } else {
#pragma GCC ivdep
    for (size_t i = 0; i < n; ++i) to[i] = scalar::convert<To>(from[i]);
  }
}

template <DType from, size_t... to>
void fill_cast_row(CastRow& row, std::index_sequence<to...>) {
  row = {&cast_run<scalar_t<from>, scalar_t<static_cast<DType>(to)>>...};
}
template <size_t... from>
void fill_cast_rows(CastTable& table, std::index_sequence<from...> all) {
  (fill_cast_row<static_cast<DType>(from)>(table[from], all), ...);
}
void fill_casts(CastTable& table) { fill_cast_rows(table, std::make_index_sequence<kDTypeCount>()); }

}  // namespace crossarray::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace crossarray::cpu {
HWY_EXPORT(fill_casts);
void fill_casts(CastTable& table) { HWY_DYNAMIC_DISPATCH(fill_casts)(table); }
}  // namespace crossarray::cpu
#endif
