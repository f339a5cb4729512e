// Kernels of argmin and argmax: see arg.h.
#include "cpu/kernels/arg.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/kernels/arg.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
// Per target, hence after foreach_target.h:
#include "cpu/kernels/fold-inl.h"

HWY_BEFORE_NAMESPACE();
namespace crossarray::cpu::HWY_NAMESPACE {

/// Vectors between two looks at whether the best so far was beaten.
constexpr size_t kStretch = 32;

template <class D, bool max> struct Order {
  using V = hn::Vec<D>;
  using T = hn::TFromD<D>;
  static HWY_INLINE V best(V a, V b) {
    if constexpr (max)
      return hn::Max(a, b);
    else
      return hn::Min(a, b);
  }
  static HWY_INLINE auto before(V a, V b) {
    if constexpr (max)
      return hn::Gt(a, b);
    else
      return hn::Lt(a, b);
  }
  /// The best lane of a vector without NaNs.
  static HWY_INLINE T lane(D d, V v) {
    T found;
    fold_lanes<1, HWY_LANES(T)>(d, v, std::conditional_t<max, MaxOp, MinOp>(), &found);
    return found;
  }
};

/// The first of in[from..n) that equals `value`: there is one, and n is at least a vector.
template <class D, class T> size_t first_of(D d, const T* in, size_t from, size_t n, T value) {
  const size_t lanes = hn::Lanes(d);
  const auto v = hn::Set(d, value);
  for (size_t i = from;; i += lanes) {
    const size_t at = HWY_MIN(i, n - lanes);
    const auto here = hn::Eq(hn::LoadU(d, in + at), v);
    if (!hn::AllFalse(d, here)) return at + static_cast<size_t>(hn::FindFirstTrue(d, here));
  }
}

template <class T> size_t first_nan(const T* in, size_t from, size_t end) {
  while (from < end && in[from] == in[from]) ++from;
  return from;
}

/// The best of in[begin..end) and `best`; `doubtful`: there may be a NaN among them (or an infinity).
template <class D, bool max>
HWY_INLINE hn::Vec<D> best_of(D d, const hn::TFromD<D>* in, size_t begin, size_t end, hn::Vec<D> best, bool& doubtful) {
  using O = Order<D, max>;
  const size_t lanes = hn::Lanes(d);
  const auto zero = hn::Zero(d);
  // 0 * x is not 0 for NaN and infinity: one multiply-add per vector, where tests and their masks cost three.
  auto product = zero, other_product = zero, other = best;
  const auto load = [&](size_t at, auto& sum) HWY_ATTR {
    const auto x = hn::LoadU(d, in + at);
    if constexpr (hwy::IsFloat<hn::TFromD<D>>()) sum = hn::MulAdd(x, zero, sum);
    return x;
  };
  size_t i = begin;
  for (; i + 4 * lanes <= end; i += 4 * lanes) {
    best = O::best(best, O::best(load(i, product), load(i + lanes, other_product)));
    other = O::best(other, O::best(load(i + 2 * lanes, product), load(i + 3 * lanes, other_product)));
  }
  for (; i + lanes <= end; i += lanes) best = O::best(best, load(i, product));
  // The last vector ends with the last element: elements seen twice change nothing.
  if (i < end) other = O::best(other, load(end - lanes, other_product));
  doubtful = false;
  if constexpr (hwy::IsFloat<hn::TFromD<D>>())
    doubtful = !hn::AllTrue(d, hn::Eq(hn::Add(product, other_product), zero));
  return O::best(best, other);
}

/// As arg_from, for a few elements.
template <class T, bool max> HWY_INLINE size_t arg_short(const T* in, size_t n, T best, size_t at) {
  for (size_t i = 0; i < n; ++i) {
    if (in[i] != in[i]) return i;
    const bool takes = max ? in[i] > best : in[i] < best;
    best = takes ? in[i] : best;
    at = takes ? i : at;
  }
  return at;
}

/// Position of the first of the best elements that beat `best` (no NaN); `none` if none does.
template <class T, bool max> HWY_INLINE size_t arg_from(const T* in, size_t n, T best_value, size_t none) {
  const hn::ScalableTag<T> d;
  using O = Order<decltype(d), max>;
  const size_t lanes = hn::Lanes(d), stretch = kStretch * lanes;
  if (n < lanes || n <= 8) return arg_short<T, max>(in, n, best_value, none);
  size_t winner = n;  // where the stretch with the best begins
  auto best = hn::Set(d, best_value);
  bool doubtful;
  for (size_t begin = 0; begin < n; begin += stretch) {
    const size_t end = HWY_MIN(n, begin + stretch);
    const auto found = best_of<decltype(d), max>(d, in, begin, end, best, doubtful);
    if (HWY_UNLIKELY(doubtful))
      if (const size_t nan = first_nan(in, begin, end); nan != end) return nan;
    if (hn::AllFalse(d, O::before(found, best))) continue;
    winner = begin;
    best_value = O::lane(d, found);
    best = hn::Set(d, best_value);
  }
  return winner == n ? none : first_of(d, in, winner, n, best_value);
}

template <class T, bool max> size_t arg(const void* values, size_t n, const void* best) {
  const T* in = static_cast<const T*>(values);
  if (best) return arg_from<T, max>(in, n, *static_cast<const T*>(best), n);
  return in[0] != in[0] ? 0 : arg_from<T, max>(in, n, in[0], 0);
}

template <class T, bool max> void arg_segments(const void* values, size_t count, size_t n, void* result) {
  const T* in = static_cast<const T*>(values);
  int64_t* out = static_cast<int64_t*>(result);
  for (size_t k = 0; k < count; ++k, in += n) out[k] = static_cast<int64_t>(arg<T, max>(in, n, nullptr));
}

/// index = first_row + row where row >= 0.
template <class D> HWY_INLINE void store_rows(D d, hn::Vec<D> row, int64_t first_row, int64_t* index) {
  if constexpr (sizeof(hn::TFromD<D>) == 4) {
    const hn::Half<D> half;
    const hn::RepartitionToWide<D> wide;
    const size_t lanes = hn::Lanes(wide);
    store_rows(wide, hn::PromoteTo(wide, hn::LowerHalf(half, row)), first_row, index);
    store_rows(wide, hn::PromoteTo(wide, hn::UpperHalf(half, row)), first_row, index + lanes);
  } else {
    const auto taken = hn::Gt(row, hn::Set(d, -1));
    const auto number = hn::Add(row, hn::Set(d, first_row));
    hn::StoreU(hn::IfThenElse(taken, number, hn::LoadU(d, index)), d, index);
  }
}

/// One vector of columns.
template <class T, bool max>
HWY_INLINE void arg_columns(const std::byte* first, int64_t stride, size_t rows, int64_t first_row, bool fresh, T* best,
                            int64_t* index) {
  const hn::ScalableTag<T> d;
  const hn::RebindToSigned<decltype(d)> di;
  using O = Order<decltype(d), max>;
  const auto row = [&](size_t r) { return reinterpret_cast<const T*>(first + static_cast<int64_t>(r) * stride); };
  auto b = hn::LoadU(d, fresh ? row(0) : best);
  auto at = hn::Set(di, fresh ? 0 : -1);
  for (size_t r = fresh; r < rows; ++r) {
    const auto x = hn::LoadU(d, row(r));
    auto takes = O::before(x, b);
    if constexpr (hwy::IsFloat<T>()) takes = hn::AndNot(hn::IsNaN(b), hn::Or(takes, hn::IsNaN(x)));
    b = hn::IfThenElse(takes, x, b);
    at = hn::IfThenElse(hn::RebindMask(di, takes), hn::Set(di, static_cast<hn::TFromD<decltype(di)>>(r)), at);
  }
  if (hn::AllTrue(di, hn::Lt(at, hn::Zero(di)))) return;
  hn::StoreU(b, d, best);
  store_rows(di, at, first_row, index);
}

template <class T, bool max>
void arg_rows(const std::byte* first, int64_t stride, size_t rows, size_t n, int64_t first_row, bool fresh,
              void* best_at, int64_t* index) {
  T* best = static_cast<T*>(best_at);
  const size_t lanes = HWY_LANES(T);
  const auto columns = [&](size_t j) HWY_ATTR {
    arg_columns<T, max>(first + j * sizeof(T), stride, rows, first_row, fresh, best + j, index + j);
  };
  size_t j = 0;
  for (; j + lanes <= n; j += lanes) columns(j);
  if (j < n && n >= lanes) return columns(n - lanes);  // columns seen twice stay as they are
  for (; j < n; ++j)
    for (size_t r = 0; r < rows; ++r) {
      T x;
      std::memcpy(&x, first + static_cast<int64_t>(r) * stride + j * sizeof(T), sizeof(T));
      const bool takes = best[j] == best[j] && (x != x || (max ? x > best[j] : x < best[j]));
      if (!takes && !(fresh && r == 0)) continue;
      best[j] = x;
      index[j] = first_row + static_cast<int64_t>(r);
    }
}

/// Calls make(T()) for the lane type of a dtype; null for complex numbers and halves.
template <class Fn, class Make> Fn for_lanes(DType dtype, const Make& make) {
  return visit(dtype, [&](auto t) -> Fn {
    using T = dtype_t<t()>;
    if constexpr (t() == DType::kBool)
      return make(uint8_t());
    else if constexpr (std::is_arithmetic_v<T>)
      return make(T());
    else
      return nullptr;
  });
}

ArgFn find_arg(bool max, DType dtype) {
  return for_lanes<ArgFn>(dtype, [&](auto t) -> ArgFn {
    using T = decltype(t);
    return max ? arg<T, true> : arg<T, false>;
  });
}
ArgSegmentsFn find_arg_segments(bool max, DType dtype) {
  return for_lanes<ArgSegmentsFn>(dtype, [&](auto t) -> ArgSegmentsFn {
    using T = decltype(t);
    return max ? arg_segments<T, true> : arg_segments<T, false>;
  });
}
ArgRowsFn find_arg_rows(bool max, DType dtype) {
  return for_lanes<ArgRowsFn>(dtype, [&](auto t) -> ArgRowsFn {
    using T = decltype(t);
    if constexpr (sizeof(T) >= 4)
      return max ? arg_rows<T, true> : arg_rows<T, false>;
    else
      return nullptr;
  });
}

}  // namespace crossarray::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace crossarray::cpu {
namespace {
HWY_EXPORT(find_arg);
HWY_EXPORT(find_arg_segments);
HWY_EXPORT(find_arg_rows);
}  // namespace

ArgFn arg_kernel(bool max, DType dtype) { return HWY_DYNAMIC_DISPATCH(find_arg)(max, dtype); }
ArgSegmentsFn arg_segments_kernel(bool max, DType dtype) { return HWY_DYNAMIC_DISPATCH(find_arg_segments)(max, dtype); }
ArgRowsFn arg_rows_kernel(bool max, DType dtype) { return HWY_DYNAMIC_DISPATCH(find_arg_rows)(max, dtype); }

}  // namespace crossarray::cpu
#endif
