#include "cpu/kernels/reduce.h"

#include <complex>
#include <cstring>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/kernels/reduce.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
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

/// Folds map(element) over in[0..n) into `keep` lanes (2 for complex numbers, the item's bytes for bit operations).
/// `pad` stands in for what is missing from the last 256 bytes: it changes no result.
template <size_t keep, class T, class Op, class Map>
HWY_INLINE void fold(const T* HWY_RESTRICT in, size_t n, T pad, Op op, Map map, T* out) {
  const hn::ScalableTag<T> d;
  constexpr size_t kN = HWY_LANES(T), kAll = kLaneBytes / sizeof(T), kVectors = kAll / kN;
  hn::Vec<decltype(d)> acc[kVectors];
  size_t i = 0;
  if (n >= kAll) {
#pragma GCC unroll 16
    for (size_t v = 0; v < kVectors; ++v) acc[v] = map(hn::LoadU(d, in + v * kN));
    for (i = kAll; i + kAll <= n; i += kAll) {
#pragma GCC unroll 16
      for (size_t v = 0; v < kVectors; ++v) acc[v] = op(acc[v], map(hn::LoadU(d, in + i + v * kN)));
    }
  }
  if (i < n) {
    HWY_ALIGN T lanes[kAll];
#pragma GCC unroll 16
    for (size_t v = 0; v < kVectors; ++v) hn::Store(hn::Set(d, pad), d, lanes + v * kN);
    std::memcpy(lanes, in + i, (n - i) * sizeof(T));
#pragma GCC unroll 16
    for (size_t v = 0; v < kVectors; ++v) {
      const auto rest = map(hn::Load(d, lanes + v * kN));
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

/// Few elements: one after the other.
constexpr size_t kShort = 8;

template <class T, class Op, size_t keep = 1>
void block_arithmetic(const void* in, size_t n, void* out) {
  const T* p = static_cast<const T*>(in);
  T* result = static_cast<T*>(out);
  n *= keep;
  if (n <= kShort * keep) {
    T acc[keep];
    for (size_t k = 0; k < keep; ++k) acc[k] = p[k];
    for (size_t i = keep; i < n; ++i) acc[i % keep] = Op::scalar(acc[i % keep], p[i]);
    for (size_t k = 0; k < keep; ++k) result[k] = acc[k];
    return;
  }
  fold<keep>(p, n, T(std::is_same_v<Op, MulOp> ? 1 : 0), Op(), Same(), result);
}

template <class T, class Op>
void block_extremum(const void* in, size_t n, void* out) {
  const T* p = static_cast<const T*>(in);
  if constexpr (!hwy::IsFloat<T>()) {
    fold<1>(p, n, p[0], Op(), Same(), static_cast<T*>(out));
  } else {
    // A vector minimum drops NaNs: they are watched for on the side.
    const hn::ScalableTag<T> d;
    auto nans = hn::IsNaN(hn::Zero(d));
    T best;
    fold<1>(p, n, p[0], Op(), [&](auto v) HWY_ATTR {
      nans = hn::Or(nans, hn::IsNaN(v));
      return v;
    }, &best);
    *static_cast<T*>(out) = hn::AllFalse(d, nans) ? best : std::numeric_limits<T>::quiet_NaN();
  }
}

template <class T, class Op>
void block_fextremum(const void* in, size_t n, void* out) {
  const T* p = static_cast<const T*>(in);
  const T worst = (std::is_same_v<Op, MinOp> ? T(1) : T(-1)) * std::numeric_limits<T>::infinity();
  const hn::ScalableTag<T> d;
  T best;
  fold<1>(p, n, worst, Op(), [&](auto v) HWY_ATTR { return hn::IfThenElse(hn::IsNaN(v), hn::Set(d, worst), v); }, &best);
  if (best == worst) {
    bool all_nan = true;
    for (size_t i = 0; i < n && all_nan; ++i) all_nan = p[i] != p[i];
    if (all_nan) best = std::numeric_limits<T>::quiet_NaN();
  }
  *static_cast<T*>(out) = best;
}

template <class Op, size_t item>
void block_bits(const void* in, size_t n, void* out) {
  const uint8_t pad = std::is_same_v<Op, AndOp> ? 0xFF : 0;
  fold<item>(static_cast<const uint8_t*>(in), n * item, pad, Op(), Same(), static_cast<uint8_t*>(out));
}

/// Four running products hide the multiplication's latency; integers wrap whatever the order.
template <class T>
void block_product_plain(const void* in, size_t n, void* out) {
  const T* p = static_cast<const T*>(in);
  T acc[4] = {T(1), T(1), T(1), T(1)};
  size_t i = 0;
  for (; i + 4 <= n; i += 4)
    for (size_t k = 0; k < 4; ++k) acc[k] = acc[k] * p[i + k];
  for (; i < n; ++i) acc[0] = acc[0] * p[i];
  *static_cast<T*>(out) = (acc[0] * acc[1]) * (acc[2] * acc[3]);
}

template <class T>
BlockMoments block_moments(const void* in, size_t n, double pivot) {
  const T* p = static_cast<const T*>(in);
  const hn::ScalableTag<T> d;
  const T origin = static_cast<T>(pivot);
  T sum, m2;
  fold<1>(p, n, origin, AddOp(), [&](auto v) HWY_ATTR { return hn::Sub(v, hn::Set(d, origin)); }, &sum);
  const double mean = static_cast<double>(sum) / static_cast<double>(n);
  const T centre = static_cast<T>(mean);
  // Padding would deviate from the mean: the rest is added one by one.
  const size_t whole = n * sizeof(T) / kLaneBytes * (kLaneBytes / sizeof(T));
  const auto square = [&](auto v) HWY_ATTR {
    const auto off = hn::Sub(hn::Sub(v, hn::Set(d, origin)), hn::Set(d, centre));
    return hn::Mul(off, off);
  };
  m2 = 0;
  if (whole) fold<1>(p, whole, origin, AddOp(), square, &m2);
  double total = m2;
  for (size_t i = whole; i < n; ++i) {
    const T off = (p[i] - origin) - centre;
    total += static_cast<double>(off * off);
  }
  return {mean, total};
}

template <class T>
void column_moments(const void* row, size_t n, double count, double* HWY_RESTRICT mean, double* HWY_RESTRICT m2) {
  const T* HWY_RESTRICT p = static_cast<const T*>(row);
  const hn::ScalableTag<double> d;
  const hn::Rebind<T, decltype(d)> narrow;
  const size_t kN = hn::Lanes(d);
  const double share = 1 / (count + 1);
  const auto weight = hn::Set(d, share);
  size_t j = 0;
  for (; j + kN <= n; j += kN) {
    hn::Vec<decltype(d)> x;
    if constexpr (sizeof(T) == 4) {
      x = hn::PromoteTo(d, hn::LoadU(narrow, p + j));
    } else {
      x = hn::LoadU(d, p + j);
    }
    const auto old = hn::LoadU(d, mean + j);
    const auto delta = hn::Sub(x, old);
    const auto now = hn::Add(old, hn::Mul(delta, weight));
    hn::StoreU(now, d, mean + j);
    hn::StoreU(hn::Add(hn::LoadU(d, m2 + j), hn::Mul(delta, hn::Sub(x, now))), d, m2 + j);
  }
  for (; j < n; ++j) {
    const double x = p[j], delta = x - mean[j];
    mean[j] += delta * share;
    m2[j] += delta * (x - mean[j]);
  }
}

/// NaN wins in min and max; vectors and single elements alike.
template <class Op, class D, class V>
HWY_INLINE V join(D, V a, V b) {
  if constexpr (std::is_same_v<Op, AddOp> || !hwy::IsFloat<hn::TFromD<D>>()) return Op()(a, b);
  else return hn::IfThenElse(hn::IsNaN(a), a, hn::IfThenElse(hn::IsNaN(b), b, Op()(a, b)));
}

/// Stretches of two, three or four: a vector of first elements, one of second elements and so on.
template <class T, class Op>
HWY_INLINE size_t interleaved_segments(const T* in, size_t count, size_t n, T* out) {
  const hn::ScalableTag<T> d;
  const size_t kN = hn::Lanes(d);
  size_t k = 0;
  for (; n <= 4 && k + kN <= count; k += kN) {
    hn::Vec<decltype(d)> a, b, c, e;
    if (n == 2) {
      hn::LoadInterleaved2(d, in + 2 * k, a, b);
    } else if (n == 3) {
      hn::LoadInterleaved3(d, in + 3 * k, a, b, c);
    } else {
      hn::LoadInterleaved4(d, in + 4 * k, a, b, c, e);
    }
    a = join<Op>(d, a, b);
    if constexpr (std::is_same_v<Op, AddOp>) a = hn::Add(a, hn::Zero(d));  // a sum starts at zero: -0 becomes +0
    if (n > 2) a = join<Op>(d, a, c);
    if (n > 3) a = join<Op>(d, a, e);
    hn::StoreU(a, d, out + k);
  }
  return k;
}

template <class T, class Op>
void segments(const void* values, size_t count, size_t n, void* result) {
  const T* in = static_cast<const T*>(values);
  T* out = static_cast<T*>(result);
  const hn::CappedTag<T, 1> one;
  size_t k = n >= 2 && n <= 4 ? interleaved_segments<T, Op>(in, count, n, out) : 0;
  for (; k < count; ++k) {
    const T* p = in + k * n;
    if constexpr (std::is_same_v<Op, AddOp>) {
      T acc = 0;
      for (size_t j = 0; j < n; ++j) acc = static_cast<T>(acc + p[j]);
      out[k] = acc;
    } else {
      auto acc = hn::LoadU(one, p);
      for (size_t j = 1; j < n; ++j) acc = join<Op>(one, acc, hn::LoadU(one, p + j));
      hn::StoreU(acc, one, out + k);
    }
  }
}

template <class T>
SegmentsFn real_segments(BlockKind kind) {
  switch (kind) {
    case BlockKind::kSum: return segments<T, AddOp>;
    case BlockKind::kMin: return segments<T, MinOp>;
    case BlockKind::kMax: return segments<T, MaxOp>;
    default: return nullptr;
  }
}

SegmentsFn find_segments(BlockKind kind, DType dtype) {
  switch (dtype) {
    case DType::kF32: return real_segments<float>(kind);
    case DType::kF64: return real_segments<double>(kind);
    case DType::kI64: return real_segments<int64_t>(kind);
    default: return nullptr;
  }
}

template <class T>
BlockFn real_block(BlockKind kind) {
  constexpr bool is_float = hwy::IsFloat<T>();
  switch (kind) {
    case BlockKind::kSum: return block_arithmetic<T, AddOp>;
    case BlockKind::kProd:
      if constexpr (is_float) return block_arithmetic<T, MulOp>;
      else return block_product_plain<std::make_unsigned_t<T>>;
    case BlockKind::kMin: return block_extremum<T, MinOp>;
    case BlockKind::kMax: return block_extremum<T, MaxOp>;
    case BlockKind::kFMin:
      if constexpr (is_float) return block_fextremum<T, MinOp>;
      else return block_extremum<T, MinOp>;
    case BlockKind::kFMax:
      if constexpr (is_float) return block_fextremum<T, MaxOp>;
      else return block_extremum<T, MaxOp>;
    default: break;
  }
  if constexpr (!is_float) {
    if (kind == BlockKind::kAnd) return block_bits<AndOp, sizeof(T)>;
    if (kind == BlockKind::kOr) return block_bits<OrOp, sizeof(T)>;
    if (kind == BlockKind::kXor) return block_bits<XorOp, sizeof(T)>;
  }
  return nullptr;
}

template <class T>
BlockFn complex_block(BlockKind kind) {
  if (kind == BlockKind::kSum) return block_arithmetic<T, AddOp, 2>;
  if (kind == BlockKind::kProd) return block_product_plain<std::complex<T>>;
  return nullptr;
}

BlockFn find_block(BlockKind kind, DType dtype) {
  switch (dtype) {
    case DType::kI8: return real_block<int8_t>(kind);
    case DType::kU8: return real_block<uint8_t>(kind);
    case DType::kI16: return real_block<int16_t>(kind);
    case DType::kU16: return real_block<uint16_t>(kind);
    case DType::kI32: return real_block<int32_t>(kind);
    case DType::kU32: return real_block<uint32_t>(kind);
    case DType::kI64: return real_block<int64_t>(kind);
    case DType::kU64: return real_block<uint64_t>(kind);
    case DType::kF32: return real_block<float>(kind);
    case DType::kF64: return real_block<double>(kind);
    case DType::kC64: return complex_block<float>(kind);
    case DType::kC128: return complex_block<double>(kind);
    case DType::kBool:
      if (kind == BlockKind::kSum || kind == BlockKind::kProd) return nullptr;
      return real_block<uint8_t>(kind);
    default: return nullptr;
  }
}

MomentsFn find_moments(DType dtype) { return dtype == DType::kF32 ? block_moments<float> : block_moments<double>; }
ColumnMomentsFn find_column_moments(DType dtype) {
  return dtype == DType::kF32 ? column_moments<float> : column_moments<double>;
}

}  // namespace crossarray::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace crossarray::cpu {
namespace {
HWY_EXPORT(find_block);
HWY_EXPORT(find_segments);
HWY_EXPORT(find_moments);
HWY_EXPORT(find_column_moments);
}  // namespace

BlockFn block_kernel(BlockKind kind, DType dtype) { return HWY_DYNAMIC_DISPATCH(find_block)(kind, dtype); }
SegmentsFn segments_kernel(BlockKind kind, DType dtype) { return HWY_DYNAMIC_DISPATCH(find_segments)(kind, dtype); }
MomentsFn moments_kernel(DType dtype) { return HWY_DYNAMIC_DISPATCH(find_moments)(dtype); }
ColumnMomentsFn column_moments_kernel(DType dtype) { return HWY_DYNAMIC_DISPATCH(find_column_moments)(dtype); }

}  // namespace crossarray::cpu
#endif
