// bincount and what histogram counts with.
#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <type_traits>

#include "dispatch/graph/record.h"
#include "dispatch/plan/executor.h"
#include "python/src/native.h"
#include "python/src/quick_reduce.h"

namespace crossarray::python {
namespace {

/// Tables of at most this many counters are kept fourfold: counting the same number again need not wait for the last time.
constexpr int64_t kFewCounters = 4096;
constexpr double kMicrosecondsEach = 1.5e-3;

/// Counters of `size` numbers for n additions, several tables of them while they are few beside those.
class Counters {
 public:
  Counters(int64_t* counts, int64_t size, int64_t n) : counts_(counts), size_(size) {
    std::fill_n(counts, size, int64_t{0});
    if (size <= std::min(kFewCounters, n / 16)) more_ = std::make_unique<int64_t[]>(static_cast<size_t>(3 * size));
    for (int k = 0; k < 4; ++k) table_[k] = k == 0 || !more_ ? counts : more_.get() + (k - 1) * size;
  }
  /// Table number i % 4 of them.
  int64_t* operator[](int64_t i) const { return table_[i & 3]; }
  void add_up() {
    for (int64_t i = 0; more_ && i < size_; ++i) counts_[i] += table_[1][i] + table_[2][i] + table_[3][i];
  }

 private:
  int64_t* counts_;
  int64_t size_;
  std::unique_ptr<int64_t[]> more_;
  int64_t* table_[4];
};

/// Calls `f` with a null pointer of an integer dtype's C++ type. False for other dtypes.
template <class F> bool with_integers(DType dtype, const F& f) {
  switch (dtype) {
    case DType::kBool:
    case DType::kU8: return f(static_cast<const uint8_t*>(nullptr)), true;
    case DType::kI8: return f(static_cast<const int8_t*>(nullptr)), true;
    case DType::kI16: return f(static_cast<const int16_t*>(nullptr)), true;
    case DType::kU16: return f(static_cast<const uint16_t*>(nullptr)), true;
    case DType::kI32: return f(static_cast<const int32_t*>(nullptr)), true;
    case DType::kU32: return f(static_cast<const uint32_t*>(nullptr)), true;
    case DType::kI64: return f(static_cast<const int64_t*>(nullptr)), true;
    default: return false;
  }
}

/// The largest of x, which is not empty; -1 if one is negative, or if these are no integers.
int64_t largest_of(const Array& x) {
  if (!with_integers(x.dtype(), [](auto) {})) return -1;
  const Array low = reduce(ReduceKind::kMin, x, kAllAxes), high = reduce(ReduceKind::kMax, x, kAllAxes);
  evaluate(std::array{&low, &high});
  const std::byte *least = read_host(low), *most = read_host(high);
  int64_t largest = -1;
  with_integers(x.dtype(), [&](auto type) {
    using Data = decltype(type);
    if (*reinterpret_cast<Data>(least) >= 0) largest = static_cast<int64_t>(*reinterpret_cast<Data>(most));
  });
  return largest;
}

/// Where a value that is not negative is counted.
template <class T> int64_t bin(T value) { return static_cast<int64_t>(static_cast<std::make_unsigned_t<T>>(value)); }

template <class T> void count_values(const T* x, int64_t n, Counters& counters) {
  int64_t *a = counters[0], *b = counters[1], *c = counters[2], *d = counters[3];
  int64_t i = 0;
  for (; i + 4 <= n; i += 4) {
    const int64_t first = bin(x[i]), second = bin(x[i + 1]), third = bin(x[i + 2]), fourth = bin(x[i + 3]);
    ++a[first];
    ++b[second];
    ++c[third];
    ++d[fourth];
  }
  for (; i < n; ++i) ++a[bin(x[i])];
  counters.add_up();
}

template <class T> void sum_weights(const T* x, const double* weights, int64_t n, double* sums) {
  for (int64_t i = 0; i < n; ++i) sums[bin(x[i])] += weights[i];
}

bool is_native_bincount(const Call& call) {
  if (!is_ndarray(call[0]) || array_of(call[0]).rank() != 1 || array_of(call[0]).size() == 0) return false;
  if (call[2] && !PyLong_CheckExact(call[2])) return false;
  if (absent(call[1])) return true;
  return is_ndarray(call[1]) && array_of(call[1]).shape() == array_of(call[0]).shape() &&
         can_cast(array_of(call[1]).dtype(), DType::kF64, Casting::kSafe);
}

constexpr Signature<3> kBincount{"bincount", 3, 1, {"x", "weights", "minlength"}};
/// What is not plain (and every error) is left to NumPy.
PyObject* bincount(const Call& call) {
  const int64_t least = call[2] && PyLong_CheckExact(call[2]) ? integer(call[2]) : 0;
  if (!is_native_bincount(call) || least < 0) return call.to_numpy();
  const Array x = as_contiguous(array_of(call[0]));
  const std::byte* data = read_host(x);
  const int64_t n = x.size();
  const int64_t high = largest_of(x);
  if (high < 0) return call.to_numpy();
  const int64_t size = std::max(high + 1, least);
  const bool weighted = !absent(call[1]);
  Array weights, out = Array::empty(Dims{size}, weighted ? DType::kF64 : DType::kI64);
  if (weighted) weights = as_contiguous(cast(array_of(call[1]), DType::kF64));
  const auto* weight = weighted ? reinterpret_cast<const double*>(read_host(weights)) : nullptr;
  const Ref<Value> keep = x.storage()->value();  // another thread's write makes a copy while we read
  run_unlocked(kMicrosecondsEach * static_cast<double>(n), [&] {
    with_integers(x.dtype(), [&](auto type) {
      const auto* values = reinterpret_cast<decltype(type)>(data);
      if (weighted) {
        std::memset(out.host(), 0, static_cast<size_t>(size) * sizeof(double));
        return sum_weights(values, weight, n, reinterpret_cast<double*>(out.host()));
      }
      Counters counters(reinterpret_cast<int64_t*>(out.host()), size, n);
      count_values(values, n, counters);
    });
  });
  return wrap(std::move(out));
}

/// The bin of a value between the outer edges: a guess by the width of the bins, put right by the edges themselves.
template <class T> int64_t bin_of(T x, const T* edges, int64_t bins, double scale) {
  auto bin = static_cast<int64_t>((static_cast<double>(x) - static_cast<double>(edges[0])) * scale);
  bin = std::min(std::max<int64_t>(bin, 0), bins - 1);
  bin -= x < edges[bin];
  return bin + (bin + 1 < bins && x >= edges[bin + 1]);
}

template <class T> void count_in_bins(const T* x, int64_t n, const T* edges, int64_t bins, int64_t* out) {
  Counters counters(out, bins, n);
  const double scale = static_cast<double>(bins) / (static_cast<double>(edges[bins]) - static_cast<double>(edges[0]));
  for (int64_t i = 0; i < n; ++i)
    if (x[i] >= edges[0] && x[i] <= edges[bins]) ++counters[i][bin_of(x[i], edges, bins, scale)];
  counters.add_up();
}

constexpr Signature<2> kCountInBins{"count_in_bins", 2, 2, {"a", "edges"}};
PyObject* count_in_bins(const Call& call) {
  const Array x = as_contiguous(array_argument(call[0])), edges = as_contiguous(array_argument(call[1]));
  if (x.dtype() != edges.dtype() || (x.dtype() != DType::kF32 && x.dtype() != DType::kF64) || edges.size() < 2)
    type_error("count_in_bins: a and edges must both be float32 or float64, with two edges or more");
  const std::byte *data = read_host(x), *edge = read_host(edges);
  const int64_t n = x.size(), bins = edges.size() - 1;
  Array out = Array::empty(Dims{bins}, DType::kI64);
  auto* counts = reinterpret_cast<int64_t*>(out.host());
  const Ref<Value> keep = x.storage()->value();  // another thread's write makes a copy while we read
  run_unlocked(2 * kMicrosecondsEach * static_cast<double>(n), [&] {
    if (x.dtype() == DType::kF32)
      count_in_bins(reinterpret_cast<const float*>(data), n, reinterpret_cast<const float*>(edge), bins, counts);
    else
      count_in_bins(reinterpret_cast<const double*>(data), n, reinterpret_cast<const double*>(edge), bins, counts);
  });
  return wrap(std::move(out));
}

}  // namespace

PyMethodDef count_functions[] = {native<kBincount, bincount>(
                                     R"(bincount(x, /, weights=None, minlength=0)
--

How often each number from 0 to max(x) occurs in x, or the sum of its weights.

x: (n,) integers, none negative.  Returns int64 (float64 with weights) of length max(max(x) + 1, minlength).
Raises ValueError for negative numbers.  Same as numpy.bincount.
>>> xp.bincount(xp.array([0, 2, 2]))
array([1, 0, 2]))"),
                                 native<kCountInBins, count_in_bins>(
                                     R"(count_in_bins(a, edges)
--

How many elements of `a` lie in each of the bins of equal width between `edges`; the last bin has its right edge too.)"),
                                 {}};

}  // namespace crossarray::python
