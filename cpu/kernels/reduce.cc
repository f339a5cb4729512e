#include "cpu/kernels/reduce.h"

#include <complex>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/kernels/reduce.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
// Per target, hence after foreach_target.h:
#include "cpu/kernels/fold-inl.h"

HWY_BEFORE_NAMESPACE();
namespace crossarray::cpu::HWY_NAMESPACE {

/// Few elements: one after the other.
constexpr size_t kShort = 8;

template <class T, class Op, size_t keep = 1> void block_arithmetic(const void* in, size_t n, void* out) {
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

/// A vector minimum drops NaNs: this map, which changes nothing, watches for them. What it looks at is v * 0: NaN for NaN and
/// for infinities, else a zero; ORed together, since mask registers take one test a cycle and arithmetic is free here.
template <class T> struct NanWatch {
  using D = hn::ScalableTag<T>;
  using V = hn::Vec<D>;
  V products;

  // An implicit constructor would be compiled without the target's instructions.
  HWY_INLINE NanWatch() : products(hn::Zero(D())) {}
  HWY_INLINE V operator()(V v) {
    products = hn::Or(products, hn::Mul(v, hn::Zero(D())));
    return v;
  }
  HWY_INLINE void both(V& a, V& b) {
    // g++ 12 would load them once for each use, and loads are what this is bound by.
    keep_in_register(a);
    keep_in_register(b);
    const V zero = hn::Zero(D());
    products = hn::Or(products, hn::MulAdd(b, zero, hn::Mul(a, zero)));
  }
  HWY_INLINE bool all_finite() const { return hn::AllFalse(D(), hn::IsNaN(products)); }
};

template <class T> bool any_nan(const T* p, size_t n) {
  bool found = false;
  for (size_t i = 0; i < n; ++i) found |= p[i] != p[i];
  return found;
}

template <class T, class Op> void block_extremum(const void* in, size_t n, void* out) {
  const T* p = static_cast<const T*>(in);
  if constexpr (!hwy::IsFloat<T>()) {
    fold<1>(p, n, p[0], Op(), Same(), static_cast<T*>(out));
  } else {
    NanWatch<T> watch;
    T best;
    fold<1>(p, n, p[0], Op(), watch, &best);
    if (!watch.all_finite() && any_nan(p, n)) best = std::numeric_limits<T>::quiet_NaN();
    *static_cast<T*>(out) = best;
  }
}

template <class T, class Op> void block_fextremum(const void* in, size_t n, void* out) {
  const T* p = static_cast<const T*>(in);
  const T worst = (std::is_same_v<Op, MinOp> ? T(1) : T(-1)) * std::numeric_limits<T>::infinity();
  const hn::ScalableTag<T> d;
  T best;
  fold<1>(
      p, n, worst, Op(), [&](auto v) HWY_ATTR { return hn::IfThenElse(hn::IsNaN(v), hn::Set(d, worst), v); }, &best);
  if (best == worst) {
    bool all_nan = true;
    for (size_t i = 0; i < n && all_nan; ++i) all_nan = p[i] != p[i];
    if (all_nan) best = std::numeric_limits<T>::quiet_NaN();
  }
  *static_cast<T*>(out) = best;
}

template <class Op, size_t item> void block_bits(const void* in, size_t n, void* out) {
  const uint8_t pad = std::is_same_v<Op, AndOp> ? 0xFF : 0;
  fold<item>(static_cast<const uint8_t*>(in), n * item, pad, Op(), Same(), static_cast<uint8_t*>(out));
}

/// Four running products hide the multiplication's latency; integers wrap whatever the order.
template <class T> void block_product_plain(const void* in, size_t n, void* out) {
  const T* p = static_cast<const T*>(in);
  T acc[4] = {T(1), T(1), T(1), T(1)};
  size_t i = 0;
  for (; i + 4 <= n; i += 4)
    for (size_t k = 0; k < 4; ++k) acc[k] = acc[k] * p[i + k];
  for (; i < n; ++i) acc[0] = acc[0] * p[i];
  *static_cast<T*>(out) = (acc[0] * acc[1]) * (acc[2] * acc[3]);
}

/// Stretches of two, three or four: a vector of first elements, one of second elements and so on.
template <class T, class Op> HWY_INLINE size_t interleaved_segments(const T* in, size_t count, size_t n, T* out) {
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

template <class T, class Op> void segments(const void* values, size_t count, size_t n, void* result) {
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

template <class T> SegmentsFn real_segments(BlockKind kind) {
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

template <class T> BlockFn real_block(BlockKind kind) {
  constexpr bool is_float = hwy::IsFloat<T>();
  switch (kind) {
    case BlockKind::kSum: return block_arithmetic<T, AddOp>;
    case BlockKind::kProd:
      if constexpr (is_float)
        return block_arithmetic<T, MulOp>;
      else
        return block_product_plain<std::make_unsigned_t<T>>;
    case BlockKind::kMin: return block_extremum<T, MinOp>;
    case BlockKind::kMax: return block_extremum<T, MaxOp>;
    case BlockKind::kFMin:
      if constexpr (is_float)
        return block_fextremum<T, MinOp>;
      else
        return block_extremum<T, MinOp>;
    case BlockKind::kFMax:
      if constexpr (is_float)
        return block_fextremum<T, MaxOp>;
      else
        return block_extremum<T, MaxOp>;
    default: break;
  }
  if constexpr (!is_float) {
    if (kind == BlockKind::kAnd) return block_bits<AndOp, sizeof(T)>;
    if (kind == BlockKind::kOr) return block_bits<OrOp, sizeof(T)>;
    if (kind == BlockKind::kXor) return block_bits<XorOp, sizeof(T)>;
  }
  return nullptr;
}

template <class T> BlockFn complex_block(BlockKind kind) {
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

}  // namespace crossarray::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace crossarray::cpu {
namespace {
HWY_EXPORT(find_block);
HWY_EXPORT(find_segments);
}  // namespace

BlockFn block_kernel(BlockKind kind, DType dtype) { return HWY_DYNAMIC_DISPATCH(find_block)(kind, dtype); }
SegmentsFn segments_kernel(BlockKind kind, DType dtype) { return HWY_DYNAMIC_DISPATCH(find_segments)(kind, dtype); }

}  // namespace crossarray::cpu
#endif
