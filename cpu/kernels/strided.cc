// Copies between strided and dense runs, and fills, by item size. Every other element and runs backwards go by vectors.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/kernels/strided.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <cstring>

#include "cpu/kernels/kernels.h"

HWY_BEFORE_NAMESPACE();
namespace crossarray::cpu::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// x[::2]. Stops before the last vector that would read past the last element wanted. Returns how many were copied.
template <class T> size_t gather_every_other(const T* from, T* to, size_t n) {
  const hn::ScalableTag<T> d;
  const size_t lanes = hn::Lanes(d);
  size_t i = 0;
  for (; i + lanes < n; i += lanes) {
    hn::Vec<decltype(d)> wanted, skipped;
    hn::LoadInterleaved2(d, from + 2 * i, wanted, skipped);
    hn::StoreU(wanted, d, to + i);
  }
  return i;
}

/// x[::-1]: `from` is the first element wanted, the last in memory.
template <class T> size_t gather_backwards(const T* from, T* to, size_t n) {
  const hn::ScalableTag<T> d;
  const size_t lanes = hn::Lanes(d);
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) hn::StoreU(hn::Reverse(d, hn::LoadU(d, from - i - (lanes - 1))), d, to + i);
  return i;
}

#if HWY_TARGET <= HWY_AVX3
/// x[::2] = from: the lanes between are masked, so what lies there is not touched. Without such stores, element by element.
template <class T> size_t scatter_every_other(const T* from, T* to, size_t n) {
  const hn::ScalableTag<T> d;
  const size_t lanes = hn::Lanes(d);
  const hn::Mask<decltype(d)> even{static_cast<decltype(hn::Mask<decltype(d)>::raw)>(0x5555)};
  HWY_ALIGN hwy::MakeSigned<T> at[2 * HWY_LANES(T)];
  for (size_t i = 0; i < 2 * lanes; ++i) at[i] = static_cast<hwy::MakeSigned<T>>(i / 2);
  const auto low = hn::SetTableIndices(d, at), high = hn::SetTableIndices(d, at + lanes);
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const auto v = hn::LoadU(d, from + i);
    hn::BlendedStore(hn::TableLookupLanes(v, low), even, d, to + 2 * i);
    hn::BlendedStore(hn::TableLookupLanes(v, high), even, d, to + 2 * i + lanes);
  }
  return i;
}
#endif

template <class T> size_t gather_vectors(const std::byte* from, int64_t stride, std::byte* to, size_t n) {
  constexpr auto item = static_cast<int64_t>(sizeof(T));
  const auto* in = reinterpret_cast<const T*>(from);
  auto* out = reinterpret_cast<T*>(to);
  if (stride == 2 * item) return gather_every_other(in, out, n);
  if (stride == -item) return gather_backwards(in, out, n);
  return 0;
}

/// Copies what goes by vectors and returns how many elements that was.
size_t GatherVectors(const std::byte* from, int64_t stride, std::byte* to, size_t n, size_t item) {
  switch (item) {
    case 2: return gather_vectors<uint16_t>(from, stride, to, n);
    case 4: return gather_vectors<uint32_t>(from, stride, to, n);
    case 8: return gather_vectors<uint64_t>(from, stride, to, n);
    default: return 0;
  }
}

/// The other way round.
size_t ScatterVectors(const std::byte* from, std::byte* to, int64_t stride, size_t n, size_t item) {
#if HWY_TARGET <= HWY_AVX3
  if (stride != 2 * static_cast<int64_t>(item)) return 0;
  if (item == 4)
    return scatter_every_other(reinterpret_cast<const uint32_t*>(from), reinterpret_cast<uint32_t*>(to), n);
  if (item == 8)
    return scatter_every_other(reinterpret_cast<const uint64_t*>(from), reinterpret_cast<uint64_t*>(to), n);
#endif
  return 0;
}

template <class D> void fill_vectors(D d, hn::Vec<D> v, const std::byte* from, std::byte* to, size_t n, size_t item) {
  const size_t bytes = n * item, step = hn::Lanes(d);
  auto* out = reinterpret_cast<uint8_t*>(to);
  size_t i = 0;
  for (; i + step <= bytes; i += step) hn::StoreU(v, d, out + i);
  if (i == bytes) return;
  if (bytes >= step) return hn::StoreU(v, d, out + bytes - step);  // whole items: step is a multiple of every item size
  for (; i < bytes; i += item) std::memcpy(to + i, from, item);
}
template <class T> hn::Vec<hn::ScalableTag<uint8_t>> repeated(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return hn::BitCast(hn::ScalableTag<uint8_t>(), hn::Set(hn::ScalableTag<T>(), value));
}

void FillRepeated(const std::byte* from, std::byte* to, size_t n, size_t item) {
  const hn::ScalableTag<uint8_t> d;
  switch (item) {
    case 1: return fill_vectors(d, repeated<uint8_t>(from), from, to, n, item);
    case 2: return fill_vectors(d, repeated<uint16_t>(from), from, to, n, item);
    case 4: return fill_vectors(d, repeated<uint32_t>(from), from, to, n, item);
    case 8: return fill_vectors(d, repeated<uint64_t>(from), from, to, n, item);
    default: break;
  }
  HWY_ALIGN uint8_t both[16];
  std::memcpy(both, from, 16);
  fill_vectors(d, hn::LoadDup128(d, both), from, to, n, item);
}

}  // namespace
}  // namespace crossarray::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace crossarray::cpu {
namespace {

HWY_EXPORT(GatherVectors);
HWY_EXPORT(ScatterVectors);
HWY_EXPORT(FillRepeated);

// memcpy of a constant size is one load and one store, whatever the alignment.
template <size_t bytes> void gather(const std::byte* from, int64_t stride, std::byte* to, size_t n) {
#pragma GCC unroll 4
  for (size_t i = 0; i < n; ++i, from += stride, to += bytes) std::memcpy(to, from, bytes);
}
template <size_t bytes> void scatter(const std::byte* from, std::byte* to, int64_t stride, size_t n) {
#pragma GCC unroll 4
  for (size_t i = 0; i < n; ++i, from += bytes, to += stride) std::memcpy(to, from, bytes);
}

}  // namespace

void gather_strided(const std::byte* from, int64_t from_stride, std::byte* to, size_t n, size_t item) {
  if (from_stride == static_cast<int64_t>(item)) {
    if (n != 0) std::memcpy(to, from, n * item);
    return;
  }
  const size_t done = HWY_DYNAMIC_DISPATCH(GatherVectors)(from, from_stride, to, n, item);
  from += static_cast<int64_t>(done) * from_stride;
  to += done * item;
  n -= done;
  switch (item) {
    case 1: return gather<1>(from, from_stride, to, n);
    case 2: return gather<2>(from, from_stride, to, n);
    case 4: return gather<4>(from, from_stride, to, n);
    case 8: return gather<8>(from, from_stride, to, n);
    default: return gather<16>(from, from_stride, to, n);
  }
}

void fill_repeated(const std::byte* from, std::byte* to, size_t n, size_t item) {
  HWY_DYNAMIC_DISPATCH(FillRepeated)(from, to, n, item);
}

void scatter_strided(const std::byte* from, std::byte* to, int64_t to_stride, size_t n, size_t item) {
  if (to_stride == static_cast<int64_t>(item)) {
    if (n != 0) std::memcpy(to, from, n * item);
    return;
  }
  const size_t done = HWY_DYNAMIC_DISPATCH(ScatterVectors)(from, to, to_stride, n, item);
  from += done * item;
  to += static_cast<int64_t>(done) * to_stride;
  n -= done;
  switch (item) {
    case 1: return scatter<1>(from, to, to_stride, n);
    case 2: return scatter<2>(from, to, to_stride, n);
    case 4: return scatter<4>(from, to, to_stride, n);
    case 8: return scatter<8>(from, to, to_stride, n);
    default: return scatter<16>(from, to, to_stride, n);
  }
}

}  // namespace crossarray::cpu
#endif
