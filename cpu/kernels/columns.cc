// Kernels of column reductions and of variance: see reduce.h.
#include "cpu/kernels/reduce.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/kernels/columns.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
// Per target, hence after foreach_target.h:
#include "cpu/kernels/fold-inl.h"

HWY_BEFORE_NAMESPACE();
namespace crossarray::cpu::HWY_NAMESPACE {

template <class T, class Op>
void fold_rows(const std::byte* first, int64_t stride, size_t rows, size_t n, bool fresh, void* out) {
  T* acc = static_cast<T*>(out);
  const hn::ScalableTag<T> d;
  const size_t kN = hn::Lanes(d);
  const auto row = [&](size_t r) { return reinterpret_cast<const T*>(first + static_cast<int64_t>(r) * stride); };
  const size_t start = fresh ? 1 : 0;
  size_t j = 0;
  for (; j + 4 * kN <= n; j += 4 * kN) {
    const T* from = (fresh ? row(0) : acc) + j;
    auto a = hn::LoadU(d, from), b = hn::LoadU(d, from + kN);
    auto c = hn::LoadU(d, from + 2 * kN), e = hn::LoadU(d, from + 3 * kN);
    for (size_t r = start; r < rows; ++r) {
      from = row(r) + j;
      a = join<Op>(d, a, hn::LoadU(d, from));
      b = join<Op>(d, b, hn::LoadU(d, from + kN));
      c = join<Op>(d, c, hn::LoadU(d, from + 2 * kN));
      e = join<Op>(d, e, hn::LoadU(d, from + 3 * kN));
    }
    hn::StoreU(a, d, acc + j);
    hn::StoreU(b, d, acc + j + kN);
    hn::StoreU(c, d, acc + j + 2 * kN);
    hn::StoreU(e, d, acc + j + 3 * kN);
  }
  for (; j + kN <= n; j += kN) {
    auto a = hn::LoadU(d, (fresh ? row(0) : acc) + j);
    for (size_t r = start; r < rows; ++r) a = join<Op>(d, a, hn::LoadU(d, row(r) + j));
    hn::StoreU(a, d, acc + j);
  }
  const hn::CappedTag<T, 1> one;
  for (; j < n; ++j) {
    auto a = hn::LoadU(one, (fresh ? row(0) : acc) + j);
    for (size_t r = start; r < rows; ++r) a = join<Op>(one, a, hn::LoadU(one, row(r) + j));
    hn::StoreU(a, one, acc + j);
  }
}

template <class T> FoldRowsFn real_fold_rows(BlockKind kind) {
  switch (kind) {
    case BlockKind::kSum: return fold_rows<T, AddOp>;
    case BlockKind::kMin: return fold_rows<T, MinOp>;
    case BlockKind::kMax: return fold_rows<T, MaxOp>;
    default: return nullptr;
  }
}

FoldRowsFn find_fold_rows(BlockKind kind, DType dtype) {
  switch (dtype) {
    case DType::kF32: return real_fold_rows<float>(kind);
    case DType::kF64: return real_fold_rows<double>(kind);
    case DType::kI64: return real_fold_rows<int64_t>(kind);
    default: return nullptr;
  }
}

/// The second pass finds the block in the cache and leaves memory idle, unless the next block is on its way by then: 1.2x
/// at 10M float64 (Zen 5).
constexpr size_t kMomentsAhead = 4096;
template <class T> BlockMoments block_moments(const void* in, size_t n, double pivot) {
  const T* p = static_cast<const T*>(in);
  const hn::ScalableTag<T> d;
  const T origin = static_cast<T>(pivot);
  T sum, m2;
  fold<1, kMomentsAhead>(
      p, n, origin, AddOp(), [&](auto v) HWY_ATTR { return hn::Sub(v, hn::Set(d, origin)); }, &sum);
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

MomentsFn find_moments(DType dtype) { return dtype == DType::kF32 ? block_moments<float> : block_moments<double>; }
ColumnMomentsFn find_column_moments(DType dtype) {
  return dtype == DType::kF32 ? column_moments<float> : column_moments<double>;
}

}  // namespace crossarray::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace crossarray::cpu {
namespace {
HWY_EXPORT(find_fold_rows);
HWY_EXPORT(find_moments);
HWY_EXPORT(find_column_moments);
}  // namespace

FoldRowsFn fold_rows_kernel(BlockKind kind, DType dtype) { return HWY_DYNAMIC_DISPATCH(find_fold_rows)(kind, dtype); }
MomentsFn moments_kernel(DType dtype) { return HWY_DYNAMIC_DISPATCH(find_moments)(dtype); }
ColumnMomentsFn column_moments_kernel(DType dtype) { return HWY_DYNAMIC_DISPATCH(find_column_moments)(dtype); }

}  // namespace crossarray::cpu
#endif
