// Vectors and memory: whole and partial vectors, masks of wide lanes to and from NumPy's bools (one byte, 0 or 1).
#if defined(CROSSARRAY_CPU_KERNELS_MASK_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef CROSSARRAY_CPU_KERNELS_MASK_INL_H_
#undef CROSSARRAY_CPU_KERNELS_MASK_INL_H_
#else
#define CROSSARRAY_CPU_KERNELS_MASK_INL_H_
#endif

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace crossarray::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// Can the last lanes of a vector be loaded and stored under a mask without touching memory behind them?
template <class T>
inline constexpr bool kMaskedMemory =
    !HWY_IS_ASAN && !HWY_IS_MSAN && (HWY_TARGET <= HWY_AVX3 || (HWY_TARGET == HWY_AVX2 && sizeof(T) >= 4));

template <class D> HWY_INLINE hn::Vec<D> load(D d, const hn::TFromD<D>* p) { return hn::LoadU(d, p); }
template <class D> HWY_INLINE void store(D d, hn::Vec<D> v, hn::TFromD<D>* p) { hn::StoreU(v, d, p); }
template <class D> HWY_INLINE hn::Vec<D> broadcast(D d, hn::TFromD<D> value) { return hn::Set(d, value); }
/// The first `count` lanes from `p`, `fill` in the others.
template <class D, class T> HWY_INLINE hn::Vec<D> load_some(D d, const T* p, size_t count, T fill) {
  if constexpr (kMaskedMemory<T> && HWY_ARCH_X86) {
    const auto mask = hn::FirstN(d, count);
    return hn::IfThenElse(mask, hn::MaskedLoad(mask, d, p), hn::Set(d, fill));
  } else {
    HWY_ALIGN T lanes[HWY_LANES(T)];
    for (size_t i = 0; i < hn::Lanes(d); ++i) lanes[i] = i < count ? p[i] : fill;
    return hn::Load(d, lanes);
  }
}
template <class D, class T> HWY_INLINE void store_some(D d, hn::Vec<D> v, T* p, size_t count) {
  if constexpr (kMaskedMemory<T> && HWY_ARCH_X86) {
    hn::BlendedStore(v, hn::FirstN(d, count), d, p);
  } else {
    HWY_ALIGN T lanes[HWY_LANES(T)];
    hn::Store(v, d, lanes);
    for (size_t i = 0; i < count; ++i) p[i] = lanes[i];
  }
}

/// Bit i = lane i.
template <class D> HWY_INLINE uint64_t mask_bits(D, hn::Mask<D> mask) {
#if HWY_TARGET <= HWY_AVX3
  return mask.raw;
#else
  return hn::detail::BitsFromMask(mask);
#endif
}

// -- bools as lanes of bytes
HWY_INLINE const uint8_t* bytes_of(const bool* p) { return reinterpret_cast<const uint8_t*>(p); }
template <class D> HWY_INLINE hn::Vec<D> load(D d, const bool* p) { return hn::LoadU(d, bytes_of(p)); }
template <class D> HWY_INLINE void store(D d, hn::Vec<D> v, bool* p) {
  hn::StoreU(v, d, reinterpret_cast<uint8_t*>(p));
}
template <class D> HWY_INLINE hn::Vec<D> load_some(D d, const bool* p, size_t count, bool fill) {
  return load_some(d, bytes_of(p), count, static_cast<uint8_t>(fill));
}
template <class D> HWY_INLINE void store_some(D d, hn::Vec<D> v, bool* p, size_t count) {
  store_some(d, v, reinterpret_cast<uint8_t*>(p), count);
}

/// 64 bits as 64 bools.
HWY_INLINE void store_bools(uint64_t bits, bool* out) {
  const hn::ScalableTag<uint8_t> d;
  uint8_t* bytes = reinterpret_cast<uint8_t*>(out);
  const auto one = hn::Set(d, uint8_t{1});
#if HWY_TARGET <= HWY_AVX3
  hn::StoreU(hn::IfThenElseZero(hn::Mask<decltype(d)>{bits}, one), d, bytes);
#else
  uint8_t packed[8];
  std::memcpy(packed, &bits, 8);
  for (size_t i = 0; i < 64; i += hn::Lanes(d))
    hn::StoreU(hn::IfThenElseZero(hn::LoadMaskBits(d, packed + i / 8), one), d, bytes + i);
#endif
}

/// Bools (any nonzero byte is true) as a mask of D's lanes.
template <class D> HWY_INLINE hn::Mask<D> load_mask(D d, const bool* p) {
  const hn::Rebind<uint8_t, D> d8;
  const auto bytes = hn::LoadU(d8, reinterpret_cast<const uint8_t*>(p));
  if constexpr (sizeof(hn::TFromD<D>) == 1) {
    return hn::RebindMask(d, hn::Ne(bytes, hn::Zero(d8)));
  } else {
#if HWY_TARGET <= HWY_AVX3
    using Mask = hn::Mask<D>;
    return Mask{static_cast<decltype(Mask::raw)>(hn::Ne(bytes, hn::Zero(d8)).raw)};
#else
    const hn::RebindToUnsigned<D> du;
    if constexpr (sizeof(hn::TFromD<D>) == 8) {
      const hn::Rebind<uint32_t, D> d32;
      return hn::RebindMask(d, hn::Ne(hn::PromoteTo(du, hn::PromoteTo(d32, bytes)), hn::Zero(du)));
    } else {
      return hn::RebindMask(d, hn::Ne(hn::PromoteTo(du, bytes), hn::Zero(du)));
    }
#endif
  }
}

}  // namespace crossarray::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // CROSSARRAY_CPU_KERNELS_MASK_INL_H_
