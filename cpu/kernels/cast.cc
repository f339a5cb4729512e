// Conversions between all element types: the scalar conversion in a loop, compiled for each target so that the compiler
// vectorises it. float16 goes through blocks of float32, with the processor's own conversion where it has one.
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

/// Have this target's vectors instructions between float16 and float32? (Highway's emulation for SSE4 rounds otherwise.)
inline constexpr bool kHalfInstructions = HWY_TARGET <= HWY_AVX2 || HWY_TARGET == HWY_NEON;

/// Element for element; ivdep: out may be the input, nothing else overlaps.
template <class From, class To> HWY_INLINE void convert_each(const From* from, To* to, size_t n) {
#pragma GCC ivdep
  for (size_t i = 0; i < n; ++i) to[i] = scalar::convert<To>(from[i]);
}

template <class To> HWY_INLINE void convert_half_values(const float* from, To* to, size_t n) {
  for (size_t i = 0; i < n; ++i) to[i] = scalar::convert_half_value<To>(from[i]);
}

using HalfLane = hwy::float16_t;
HWY_INLINE void widen_halves(const Half* from, float* to, size_t n) {
  size_t i = 0;
  if constexpr (kHalfInstructions) {
    const hn::ScalableTag<float> d;
    const hn::Rebind<HalfLane, decltype(d)> d16;
    for (; i + hn::Lanes(d) <= n; i += hn::Lanes(d))
      hn::StoreU(hn::PromoteTo(d, hn::LoadU(d16, reinterpret_cast<const HalfLane*>(from + i))), d, to + i);
  }
  convert_each(from + i, to + i, n - i);
}
HWY_INLINE void round_to_halves(const float* from, Half* to, size_t n) {
  size_t i = 0;
  if constexpr (kHalfInstructions) {
    const hn::ScalableTag<float> d;
    const hn::Rebind<HalfLane, decltype(d)> d16;
    for (; i + hn::Lanes(d) <= n; i += hn::Lanes(d))
      hn::StoreU(hn::DemoteTo(d16, hn::LoadU(d, from + i)), d16, reinterpret_cast<HalfLane*>(to + i));
  }
  convert_each(from + i, to + i, n - i);
}

/// Through a block of floats, which is what every conversion of float16 means, but that from float64 (one rounding).
template <class From, class To> HWY_INLINE void convert_by_blocks(const From* from, To* to, size_t n) {
  constexpr size_t kBlock = 256;
  HWY_ALIGN float block[kBlock];
  for (size_t i = 0; i < n; i += kBlock) {
    const size_t count = std::min(kBlock, n - i);
    if constexpr (std::is_same_v<From, Half>)
      widen_halves(from + i, block, count);
    else
      convert_each(from + i, block, count);
    if constexpr (std::is_same_v<To, Half>)
      round_to_halves(block, to + i, count);
    else if constexpr (std::is_same_v<From, Half>)
      convert_half_values(block, to + i, count);
    else
      convert_each(block, to + i, count);
  }
}

template <class From, class To> HWY_INLINE void convert_run(const From* from, To* to, size_t n) {
  constexpr bool wide = std::is_same_v<From, double> || std::is_same_v<From, scalar::Complex<double>>;
  if constexpr (std::is_same_v<From, Half> && std::is_same_v<To, float>)
    widen_halves(from, to, n);
  else if constexpr (std::is_same_v<From, float> && std::is_same_v<To, Half>)
    round_to_halves(from, to, n);
  else if constexpr (std::is_same_v<From, Half> || (std::is_same_v<To, Half> && !wide))
    convert_by_blocks(from, to, n);
  else if constexpr (std::is_same_v<From, bool>)
    convert_each(bytes_of(from), to, n);  // a bool is a byte 0 or 1
  else
    convert_each(from, to, n);
}

template <class From, class To> void cast_run(const void* const* in, unsigned single, void* out, size_t n) {
  const From* from = static_cast<const From*>(in[0]);
  To* to = static_cast<To*>(out);
  if (single & 1) {
    if (n != 0) std::fill_n(to, n, scalar::convert<To>(from[0]));
  } else if constexpr (std::is_same_v<From, To>) {
    if (n != 0 && in[0] != out) std::memcpy(out, in[0], n * sizeof(To));
  } else {
    convert_run(from, to, n);
  }
}

template <DType from, size_t... to> void fill_cast_row(CastRow& row, std::index_sequence<to...>) {
  row = {&cast_run<scalar_t<from>, scalar_t<static_cast<DType>(to)>>...};
}
template <size_t... from> void fill_cast_rows(CastTable& table, std::index_sequence<from...> all) {
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
