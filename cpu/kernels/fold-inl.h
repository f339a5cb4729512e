// What horizontal kernels share: ops on vectors, and the fold of a run of elements in 256 bytes of lanes.
#if defined(CROSSARRAY_CPU_KERNELS_FOLD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef CROSSARRAY_CPU_KERNELS_FOLD_INL_H_
#undef CROSSARRAY_CPU_KERNELS_FOLD_INL_H_
#else
#define CROSSARRAY_CPU_KERNELS_FOLD_INL_H_
#endif

#include <type_traits>

#include "cpu/kernels/mask-inl.h"
#include "cpu/kernels/prefetch.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace crossarray::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// Accumulators together hold this many bytes on every target.
constexpr size_t kLaneBytes = 256;

struct AddOp {
  template <class V> HWY_INLINE V operator()(V a, V b) const { return hn::Add(a, b); }
  template <class T> static T scalar(T a, T b) { return static_cast<T>(a + b); }
};
struct MulOp {
  template <class V> HWY_INLINE V operator()(V a, V b) const { return hn::Mul(a, b); }
  template <class T> static T scalar(T a, T b) { return static_cast<T>(a * b); }
};
struct MinOp {
  template <class V> HWY_INLINE V operator()(V a, V b) const { return hn::Min(a, b); }
};
struct MaxOp {
  template <class V> HWY_INLINE V operator()(V a, V b) const { return hn::Max(a, b); }
};
struct AndOp {
  template <class V> HWY_INLINE V operator()(V a, V b) const { return hn::And(a, b); }
};
struct OrOp {
  template <class V> HWY_INLINE V operator()(V a, V b) const { return hn::Or(a, b); }
};
struct XorOp {
  template <class V> HWY_INLINE V operator()(V a, V b) const { return hn::Xor(a, b); }
};

/// The lanes of one vector folded, halves onto halves, until `keep` are left.
template <size_t keep, size_t lanes, class D, class Op>
HWY_INLINE void fold_lanes(D d, hn::Vec<D> v, Op op, hn::TFromD<D>* out) {
  if constexpr (lanes == keep) {
    hn::StoreU(v, d, out);
  } else {
    const hn::Half<D> half;
    fold_lanes<keep, lanes / 2>(half, op(hn::LowerHalf(half, v), hn::UpperHalf(half, v)), op, out);
  }
}

/// Keeps the compiler from loading `v` again instead of holding it.
template <class V> HWY_INLINE void keep_in_register(V& v) {
#if HWY_ARCH_X86 && HWY_COMPILER_GCC
  asm("" : "+v"(v.raw));
#endif
}

/// map of two vectors; at once by map.both(a, b) where there is one.
template <class Map, class V> HWY_INLINE void map_both(Map& map, V& a, V& b) {
  if constexpr (requires { map.both(a, b); }) {
    map.both(a, b);
  } else {
    a = map(a);
    b = map(b);
  }
}

/// Folds map(element) over in[0..n) into `keep` lanes (2 for complex numbers, the item's bytes for bit operations).
/// `pad` stands in for what is missing from the last 256 bytes: it changes no result. What lies `ahead` bytes behind the
/// element in hand is asked for.
template <size_t keep, size_t ahead = 0, class T, class Op, class Map>
HWY_INLINE void fold(const T* HWY_RESTRICT in, size_t n, T pad, Op op, Map&& map, T* out) {
  const hn::ScalableTag<T> d;
  constexpr size_t kN = HWY_LANES(T), kAll = kLaneBytes / sizeof(T), kVectors = kAll / kN;
  hn::Vec<decltype(d)> acc[kVectors];
  size_t i = 0;
  if (n >= kAll) {
#pragma GCC unroll 16
    for (size_t v = 0; v < kVectors; ++v) acc[v] = map(hn::LoadU(d, in + v * kN));
    for (i = kAll; i + kAll <= n; i += kAll) {
      if constexpr (ahead > 0) prefetch_lines(reinterpret_cast<const std::byte*>(in + i) + ahead, kLaneBytes);
#pragma GCC unroll 16
      for (size_t v = 0; v < kVectors; v += 2) {
        auto a = hn::LoadU(d, in + i + v * kN), b = hn::LoadU(d, in + i + (v + 1) * kN);
        map_both(map, a, b);
        acc[v] = op(acc[v], a);
        acc[v + 1] = op(acc[v + 1], b);
      }
    }
  }
  if (i < n) {
#pragma GCC unroll 16
    for (size_t v = 0; v < kVectors; ++v) {
      const size_t at = i + v * kN;
      const auto rest = map(at + kN <= n ? hn::LoadU(d, in + at)
                            : at < n     ? load_some(d, in + at, n - at, pad)
                                         : hn::Set(d, pad));
      acc[v] = i == 0 ? rest : op(acc[v], rest);
    }
  }
#pragma GCC unroll 4
  for (size_t half = kVectors / 2; half > 0; half /= 2) {
#pragma GCC unroll 8
    for (size_t v = 0; v < half; ++v) acc[v] = op(acc[v], acc[v + half]);
  }
  fold_lanes<keep, kN>(d, acc[0], op, out);
}

struct Same {
  template <class V> HWY_INLINE V operator()(V v) const { return v; }
};

/// NaN wins in min and max; vectors and single elements alike.
template <class Op, class D, class V> HWY_INLINE V join(D, V a, V b) {
  if constexpr (std::is_same_v<Op, AddOp> || !hwy::IsFloat<hn::TFromD<D>>())
    return Op()(a, b);
  else
    return hn::IfThenElse(hn::IsNaN(a), a, hn::IfThenElse(hn::IsNaN(b), b, Op()(a, b)));
}

}  // namespace crossarray::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // CROSSARRAY_CPU_KERNELS_FOLD_INL_H_
