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

/// A row's expression as a step on values of T: halves without a loop of their own are widened and rounded.
template <bool widened, class T, class Expression> struct Steps {
  T operator()(T a, T b) const {
    if constexpr (widened)
      return scalar::convert<T>(Expression()(scalar::convert<float>(a), scalar::convert<float>(b)));
    else
      return Expression()(a, b);
  }
};

template <DTypeSet loops, Result result, int flops, DType t, class Expression> constexpr LineScan make() {
  constexpr bool keeps_dtype = result == Result::Same || t == DType::kBool;
  LineScan loop;
  if constexpr (contains(loops, t) && keeps_dtype) {
    using T = scalar_t<t>;
    using Step = Steps<!has_expression(loops, t), T, Expression>;
    constexpr int64_t item = sizeof(T);
    // Dense lines get their own loop: constant steps are addressing modes.
    loop.one = [](const std::byte* const* in, int64_t in_step, std::byte* const* out, int64_t out_step, int64_t n) {
      if (flops <= 4 && in_step == item && out_step == item) return scan_one<T>(in, item, out, item, n, Step());
      scan_one<T>(in, in_step, out, out_step, n, Step());
    };
    if constexpr (flops <= 10 && !is_half(t))
      loop.several = [](const std::byte* const* in, int64_t in_step, std::byte* const* out, int64_t out_step,
                        int64_t n) {
        if (flops <= 4 && in_step == item && out_step == item) return scan_four<T>(in, item, out, item, n, Step());
        scan_four<T>(in, in_step, out, out_step, n, Step());
      };
  }
  return loop;
}

using Row = std::array<LineScan, kDTypeCount>;

#define OP(name, ...)                                                                  \
  struct scalar_##name {                                                               \
    template <class... T> auto operator()(T... v) const { return scalar::name(v...); } \
  };
#include "dispatch/ops.def"

template <int arity, DTypeSet loops, Inputs inputs, Result result, int flops, class Expression, size_t... t>
constexpr Row make_row(std::index_sequence<t...>) {
  if constexpr (arity == 2 && inputs == Inputs::Same)
    return {make<loops, result, flops, static_cast<DType>(t), Expression>()...};
  else
    return {};
}

}  // namespace

const LineScan* line_scan(Op op, DType loop) {
  using DTypes = std::make_index_sequence<kDTypeCount>;
  static constexpr std::array<Row, kOpCount> compiled = {{
#define OP(name, arity, set, inputs, result, ufunc, flops, ...) \
  make_row<arity, loops::set, Inputs::inputs, Result::result, flops, scalar_##name>(DTypes()),
#include "dispatch/ops.def"
  }};
  const LineScan& scan = compiled[static_cast<size_t>(op)][static_cast<size_t>(loop)];
  return scan.one ? &scan : nullptr;
}

}  // namespace crossarray::cpu
