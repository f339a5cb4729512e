#include "cpu/kernels/scan_lines.h"

#include <array>
#include <cstring>
#include <utility>

namespace crossarray::cpu {
namespace {

template <class T> T load(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}
template <class T> void store(std::byte* to, T value) { std::memcpy(to, &value, sizeof value); }

template <class T, class Expression>
inline void scan_one(const std::byte* const* lines, int64_t in_step, std::byte* const* results, int64_t out_step,
                     int64_t n, Expression expression) {
  const std::byte* in = lines[0];
  std::byte* out = results[0];
  T sum = load<T>(in);
  store(out, sum);
  for (int64_t i = 1; i < n; ++i) {
    sum = expression(sum, load<T>(in += in_step));
    store(out += out_step, sum);
  }
}

template <class T, class Expression>
inline void scan_four(const std::byte* const* in, int64_t in_step, std::byte* const* out, int64_t out_step, int64_t n,
                      Expression expression) {
  static_assert(kLinesAbreast == 4);
  const std::byte *a = in[0], *b = in[1], *c = in[2], *d = in[3];
  std::byte *w = out[0], *x = out[1], *y = out[2], *z = out[3];
  T p = load<T>(a), q = load<T>(b), r = load<T>(c), s = load<T>(d);
  store(w, p), store(x, q), store(y, r), store(z, s);
  int64_t from = in_step, to = out_step;
  for (int64_t i = 1; i < n; ++i, from += in_step, to += out_step) {
    // Loaded before anything is stored: the compiler cannot know that the lines are apart.
    const T e = load<T>(a + from), f = load<T>(b + from), g = load<T>(c + from), h = load<T>(d + from);
    p = expression(p, e), q = expression(q, f), r = expression(r, g), s = expression(s, h);
    store(w + to, p), store(x + to, q), store(y + to, r), store(z + to, s);
  }
}

// The ops with a compiled scan. An op's result must have its loop's dtype: logic is for bool only.
template <DTypeSet loops, DType t, class Expression> constexpr LineScan make(Expression) {
  if constexpr (has_expression(loops, t) && !is_half(t)) {
    using T = scalar_t<t>;
    constexpr int64_t item = sizeof(T);
    // Dense lines get their own loop: constant steps are addressing modes.
    return {[](const std::byte* const* in, int64_t in_step, std::byte* const* out, int64_t out_step, int64_t n) {
              if (in_step == item && out_step == item) return scan_one<T>(in, item, out, item, n, Expression());
              scan_one<T>(in, in_step, out, out_step, n, Expression());
            },
            [](const std::byte* const* in, int64_t in_step, std::byte* const* out, int64_t out_step, int64_t n) {
              if (in_step == item && out_step == item) return scan_four<T>(in, item, out, item, n, Expression());
              scan_four<T>(in, in_step, out, out_step, n, Expression());
            }};
  } else {
    return {};
  }
}

using Row = std::array<LineScan, kDTypeCount>;
template <DTypeSet loops, class Expression, size_t... t>
constexpr Row make_row(Expression expression, std::index_sequence<t...>) {
  return {make<loops, static_cast<DType>(t)>(expression)...};
}

#define XA_SCAN(op, loops)                                                                                         \
  case Op::op: {                                                                                                   \
    static constexpr Row compiled =                                                                                \
        make_row<loops>([](auto a, auto b) { return scalar::op(a, b); }, std::make_index_sequence<kDTypeCount>()); \
    return &compiled;                                                                                              \
  }
const Row* scan_row(Op op) {
  switch (op) {
    XA_SCAN(add, loops::All)
    XA_SCAN(multiply, loops::All)
    XA_SCAN(subtract, loops::Numbers)
    XA_SCAN(divide, loops::Inexact)
    XA_SCAN(hypot, loops::Floats)
    XA_SCAN(copysign, loops::Floats)
    XA_SCAN(left_shift, loops::Ints)
    XA_SCAN(right_shift, loops::Ints)
    XA_SCAN(maximum, loops::All)
    XA_SCAN(minimum, loops::All)
    XA_SCAN(fmax, loops::All)
    XA_SCAN(fmin, loops::All)
    XA_SCAN(logical_and, loops::Bool)
    XA_SCAN(logical_or, loops::Bool)
    XA_SCAN(logical_xor, loops::Bool)
    XA_SCAN(bitwise_and, loops::BoolInts)
    XA_SCAN(bitwise_or, loops::BoolInts)
    XA_SCAN(bitwise_xor, loops::BoolInts)
    default: return nullptr;
  }
}
#undef XA_SCAN

DType compute_dtype(Op op, DType loop) { return is_half(loop) && !scalar_fn(op, loop) ? DType::kF32 : loop; }

}  // namespace

const LineScan* line_scan(Op op, DType loop) {
  const Row* row = scan_row(op);
  if (!row) return nullptr;
  const LineScan& scan = (*row)[static_cast<size_t>(loop)];
  return scan.one ? &scan : nullptr;
}

StepScan::StepScan(Op op, DType loop) : apply_(scalar_fn(op, compute_dtype(op, loop))), loop_(loop) {
  const DType compute = compute_dtype(op, loop);
  const DType result = row(op).result == Result::Bool ? DType::kBool : compute;
  if (compute != loop) widen_ = scalar_cast_fn(loop, compute);
  if (result != loop) narrow_ = scalar_cast_fn(result, loop);
}

void StepScan::run(std::byte* elements, std::byte* accumulator, bool first, int64_t n) const {
  const size_t item = itemsize(loop_);
  if (first) std::memcpy(accumulator, elements, item);
  alignas(16) std::byte a[kMaxItemSize], b[kMaxItemSize], result[kMaxItemSize];
  for (int64_t i = first ? 1 : 0; i < n; ++i) {
    std::byte* element = elements + static_cast<size_t>(i) * item;
    const void *left = accumulator, *right = element;
    if (widen_) {
      widen_(&left, a);
      widen_(&right, b);
      left = a, right = b;
    }
    const void* const operands[] = {left, right};
    apply_(operands, result);
    const void* value = result;
    if (narrow_)
      narrow_(&value, accumulator);
    else
      std::memcpy(accumulator, result, item);
    std::memcpy(element, accumulator, item);
  }
}

}  // namespace crossarray::cpu
