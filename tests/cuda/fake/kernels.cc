// The fake _cuda_kernels.so: the standard library's algorithms in place of CUB's.
#include "cuda/kernels/kernels.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "tests/cuda/fake/state.h"

namespace crossarray::cuda::fake {
namespace {

constexpr size_t kScratch = 256;

/// The size query, and whether the scratch memory is what was asked for.
bool only_asks(void* scratch, size_t* bytes) {
  if (scratch && is_device_memory(scratch, kScratch)) return false;
  *bytes = kScratch;
  return true;
}

/// Calls `f(T{})` with the number type.
template <class F> int for_number(int32_t type, F f) {
  switch (type) {
    case kXaI32: return f(int32_t{});
    case kXaI64: return f(int64_t{});
    case kXaF32: return f(float{});
    case kXaF64: return f(double{});
    default: return kInvalidValue;
  }
}

template <class T> bool is_nan(T x) { return x != x; }

template <class T> T add_wrapped(T a, T b) {
  if constexpr (std::is_integral_v<T>)
    return static_cast<T>(static_cast<std::make_unsigned_t<T>>(a) + static_cast<std::make_unsigned_t<T>>(b));
  else
    return a + b;
}
template <class T> T multiply_wrapped(T a, T b) {
  if constexpr (std::is_integral_v<T>)
    return static_cast<T>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
  else
    return a * b;
}

template <class T> T fold(int32_t kind, T a, T b) {
  switch (kind) {
    case kXaSum: return add_wrapped(a, b);
    case kXaProd: return multiply_wrapped(a, b);
    case kXaMin: return is_nan(a) || !(is_nan(b) || b < a) ? a : b;
    default: return is_nan(a) || !(is_nan(b) || b > a) ? a : b;
  }
}

template <class T> int64_t position(int32_t kind, const T* in, int64_t n) {
  int64_t best = 0;
  for (int64_t i = 1; i < n && !is_nan(in[best]); ++i)
    if (is_nan(in[i]) || (kind == kXaArgMin ? in[i] < in[best] : in[i] > in[best])) best = i;
  return best;
}

template <class T> int reduce(int32_t kind, const T* in, void* out, int64_t n) {
  using Wide = std::conditional_t<std::is_same_v<T, int32_t>, int64_t, T>;
  if (kind >= kXaArgMin) {
    *static_cast<int64_t*>(out) = position(kind, in, n);
  } else if (kind >= kXaMin) {
    T result = in[0];
    for (int64_t i = 1; i < n; ++i) result = fold(kind, result, in[i]);
    *static_cast<T*>(out) = result;
  } else {
    // Sums of floats as CUB is asked to make them: wider inside.
    using Sum = std::conditional_t<std::is_same_v<T, float>, double,
                                   std::conditional_t<std::is_same_v<T, double>, long double, Wide>>;
    Wide result = in[0];
    Sum total = in[0];
    for (int64_t i = 1; i < n; ++i) {
      if (kind == kXaSum)
        total = fold<Sum>(kind, total, in[i]);
      else
        result = fold<Wide>(kind, result, in[i]);
    }
    *static_cast<Wide*>(out) = kind == kXaSum ? static_cast<Wide>(total) : result;
  }
  return kSuccess;
}

/// Whether a's key comes before b's; NaN last.
template <class T> bool before(T a, T b) { return is_nan(b) ? !is_nan(a) : a < b; }

struct SortCall {
  const void* in;
  void* out;
  int64_t* positions;
  int64_t rows, columns;
};

template <class T> int sort_rows(const SortCall& call) {
  for (int64_t row = 0; row < call.rows; ++row) {
    const T* in = static_cast<const T*>(call.in) + row * call.columns;
    std::vector<int64_t> order(static_cast<size_t>(call.columns));
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [in](int64_t a, int64_t b) { return before(in[a], in[b]); });
    std::vector<T> sorted;
    for (int64_t i : order) sorted.push_back(in[i]);
    if (call.positions) std::copy(order.begin(), order.end(), call.positions + row * call.columns);
    if (call.out) std::copy(sorted.begin(), sorted.end(), static_cast<T*>(call.out) + row * call.columns);
  }
  return kSuccess;
}

int sort(int32_t order, int32_t width, const SortCall& call) {
  if (order == kXaFloat && width == 4) return sort_rows<float>(call);
  if (order == kXaFloat && width == 8) return sort_rows<double>(call);
  switch (order == kXaSigned ? -width : width) {
    case 1: return sort_rows<uint8_t>(call);
    case 2: return sort_rows<uint16_t>(call);
    case 4: return sort_rows<uint32_t>(call);
    case 8: return sort_rows<uint64_t>(call);
    case -1: return sort_rows<int8_t>(call);
    case -2: return sort_rows<int16_t>(call);
    case -4: return sort_rows<int32_t>(call);
    case -8: return sort_rows<int64_t>(call);
    default: return kInvalidValue;
  }
}

int enqueue_sort(int32_t order, int32_t width, void* scratch, size_t* bytes, const SortCall& call, void* stream) {
  if (only_asks(scratch, bytes)) return kSuccess;
  enqueue(static_cast<Stream>(stream), [=] { return sort(order, width, call); });
  return kSuccess;
}

}  // namespace

FAKE(kKernels, xa_reduce,
     (int32_t kind, int32_t type, void* scratch, size_t* bytes, const void* in, void* out, int64_t n, void* stream)) {
  FAKE_ENTER;
  if (only_asks(scratch, bytes)) return kSuccess;
  enqueue(static_cast<Stream>(stream), [=] {
    return for_number(type, [&](auto t) { return reduce(kind, static_cast<const decltype(t)*>(in), out, n); });
  });
  return kSuccess;
}
FAKE(kKernels, xa_scan,
     (int32_t kind, int32_t type, void* scratch, size_t* bytes, const void* in, void* out, int64_t n, void* stream)) {
  FAKE_ENTER;
  if (only_asks(scratch, bytes)) return kSuccess;
  enqueue(static_cast<Stream>(stream), [=] {
    return for_number(type, [&](auto t) {
      using T = decltype(t);
      const T* from = static_cast<const T*>(in);
      T* to = static_cast<T*>(out);
      T total{};
      for (int64_t i = 0; i < n; ++i) to[i] = total = i == 0 ? from[i] : fold(kind, total, from[i]);
      return static_cast<int>(kSuccess);
    });
  });
  return kSuccess;
}
FAKE(kKernels, xa_sort_keys,
     (int32_t order, int32_t width, void* scratch, size_t* bytes, const void* in, void* out, int64_t n, void* stream)) {
  FAKE_ENTER;
  return enqueue_sort(order, width, scratch, bytes, {in, out, nullptr, 1, n}, stream);
}
FAKE(kKernels, xa_sort_positions,
     (int32_t order, int32_t width, void* scratch, size_t* bytes, const void* in, int64_t* positions, int64_t n,
      void* stream)) {
  FAKE_ENTER;
  return enqueue_sort(order, width, scratch, bytes, {in, nullptr, positions, 1, n}, stream);
}
FAKE(kKernels, xa_sort_rows,
     (int32_t order, int32_t width, void* scratch, size_t* bytes, const void* in, void* out, int64_t rows,
      int64_t columns, void* stream)) {
  FAKE_ENTER;
  return enqueue_sort(order, width, scratch, bytes, {in, out, nullptr, rows, columns}, stream);
}
FAKE(kKernels, xa_sort_rows_positions,
     (int32_t order, int32_t width, void* scratch, size_t* bytes, const void* in, int64_t* positions, int64_t rows,
      int64_t columns, void* stream)) {
  FAKE_ENTER;
  return enqueue_sort(order, width, scratch, bytes, {in, nullptr, positions, rows, columns}, stream);
}
FAKE(kKernels, xa_select,
     (int32_t width, void* scratch, size_t* bytes, const void* in, const uint8_t* flags, void* out, int64_t* count,
      int64_t n, void* stream)) {
  FAKE_ENTER;
  if (only_asks(scratch, bytes)) return kSuccess;
  enqueue(static_cast<Stream>(stream), [=] {
    auto* to = static_cast<std::byte*>(out);
    *count = 0;
    for (int64_t i = 0; i < n; ++i)
      if (flags[i]) std::copy_n(static_cast<const std::byte*>(in) + i * width, width, to + (*count)++ * width);
    return static_cast<int>(kSuccess);
  });
  return kSuccess;
}
FAKE(kKernels, xa_select_positions,
     (void* scratch, size_t* bytes, const uint8_t* flags, int64_t* positions, int64_t* count, int64_t n,
      void* stream)) {
  FAKE_ENTER;
  if (only_asks(scratch, bytes)) return kSuccess;
  enqueue(static_cast<Stream>(stream), [=] {
    *count = 0;
    for (int64_t i = 0; i < n; ++i)
      if (flags[i]) positions[(*count)++] = i;
    return static_cast<int>(kSuccess);
  });
  return kSuccess;
}

}  // namespace crossarray::cuda::fake
