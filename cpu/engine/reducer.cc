#include "cpu/engine/reducer.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <complex>
#include <cstring>
#include <limits>

#include "cpu/engine/order.h"

namespace crossarray::cpu {
namespace {

/// Up to so many elements per output, plain reductions go through `segments`.
constexpr int64_t kShortSegment = 16;

bool is_arg(ReduceKind kind) { return kind == ReduceKind::kArgMin || kind == ReduceKind::kArgMax; }
bool is_moments(ReduceKind kind) { return kind == ReduceKind::kVar || kind == ReduceKind::kStd; }
bool is_product(ReduceKind kind) { return kind == ReduceKind::kProd; }

DType widened(DType t) { return is_half(t) ? DType::kF32 : t; }
DType sum_natural(DType input) {
  if (is_complex(input)) return DType::kC128;
  return is_float(input) ? DType::kF64 : input;
}

// -- sums, products, means: block partials combined pairwise in a wider type

template <class T> struct Pairwise {
  int64_t count, blocks;
  T stack[40];  // stack[k]: a finished subtree per set bit of `blocks`
};

template <class T, bool product> T combine(T a, T b) {
  if constexpr (product)
    return a * b;
  else
    return a + b;
}

template <class T> void start_pairwise(void* state) {
  auto* s = static_cast<Pairwise<T>*>(state);
  s->count = s->blocks = 0;
}

template <class In, class T, bool product>
void add_pairwise(const RowReducer& r, void* state, const void* values, int64_t n) {
  auto* s = static_cast<Pairwise<T>*>(state);
  const In* in = static_cast<const In*>(values);
  s->count += n;
  const int64_t block = sum_block(r.types.input);
  for (int64_t i = 0; i < n; i += block) {
    In partial;
    r.block(in + i, static_cast<size_t>(std::min(block, n - i)), &partial);
    T sum = static_cast<T>(partial);
    int top = std::popcount(static_cast<uint64_t>(s->blocks));
    for (int64_t b = s->blocks; b & 1; b >>= 1) sum = combine<T, product>(s->stack[--top], sum);
    s->stack[top] = sum;
    ++s->blocks;
  }
}

template <class T, bool product> T total(const Pairwise<T>& s) {
  int top = std::popcount(static_cast<uint64_t>(s.blocks));
  if (top == 0) return T(product ? 1 : 0);
  T sum = s.stack[--top];
  while (top > 0) sum = combine<T, product>(s.stack[--top], sum);
  return sum;
}

template <class T, bool product> void merge_pairwise(const RowReducer&, void* into, const void* from) {
  auto* a = static_cast<Pairwise<T>*>(into);
  const auto* b = static_cast<const Pairwise<T>*>(from);
  const T sum = combine<T, product>(total<T, product>(*a), total<T, product>(*b));
  a->count += b->count;
  a->blocks = 1;
  a->stack[0] = sum;
}

template <class T, bool product> void finish_pairwise(const RowReducer& r, const void* state, double, void* natural) {
  const auto& s = *static_cast<const Pairwise<T>*>(state);
  T result = total<T, product>(s);
  if constexpr (!product) result += T(0);  // a sum starts at zero: of negative zeros it is +0
  if constexpr (!std::is_integral_v<T>)
    if (r.kind == ReduceKind::kMean) result /= static_cast<double>(s.count);
  std::memcpy(natural, &result, sizeof(T));
}

template <class T> void uncount_pairwise(void* state, int64_t n) { static_cast<Pairwise<T>*>(state)->count -= n; }

template <class In, class T, bool product> void use_pairwise(RowReducer& r) {
  r.state_bytes = sizeof(Pairwise<T>);
  r.start = start_pairwise<T>;
  r.add = add_pairwise<In, T, product>;
  if (r.kind == ReduceKind::kMean) r.uncount = uncount_pairwise<T>;
  r.merge = merge_pairwise<T, product>;
  r.finish = finish_pairwise<T, product>;
}

template <bool product> void use_sum(RowReducer& r) {
  switch (r.types.input) {
    case DType::kF32: return use_pairwise<float, double, product>(r);
    case DType::kF64: return use_pairwise<double, double, product>(r);
    case DType::kC64: return use_pairwise<std::complex<float>, std::complex<double>, product>(r);
    case DType::kC128: return use_pairwise<std::complex<double>, std::complex<double>, product>(r);
    default: return use_pairwise<uint64_t, uint64_t, product>(r);
  }
}

// -- extrema, all, any, bit operations: a pair is combined by the block kernel itself

struct Extremum {
  int64_t count;
  alignas(16) std::byte best[kMaxItemSize];
};

void start_extremum(void* state) { static_cast<Extremum*>(state)->count = 0; }

void join_extremum(const RowReducer& r, Extremum& s, const std::byte* value) {
  const size_t item = itemsize(r.types.input);
  alignas(16) std::byte pair[2 * kMaxItemSize];
  std::memcpy(pair, s.best, item);
  std::memcpy(pair + item, value, item);
  r.block(pair, 2, s.best);
}

void add_extremum(const RowReducer& r, void* state, const void* values, int64_t n) {
  auto& s = *static_cast<Extremum*>(state);
  if (n == 0) return;
  alignas(16) std::byte best[kMaxItemSize];
  r.block(values, static_cast<size_t>(n), s.count == 0 ? s.best : best);
  if (s.count > 0) join_extremum(r, s, best);
  s.count += n;
}

void merge_extremum(const RowReducer& r, void* into, const void* from) {
  auto& a = *static_cast<Extremum*>(into);
  const auto& b = *static_cast<const Extremum*>(from);
  if (b.count == 0) return;
  if (a.count == 0) {
    a = b;
    return;
  }
  join_extremum(r, a, b.best);
  a.count += b.count;
}

/// Nothing was added: the neutral element (only all, any and bit operations have one; others never get here).
void finish_extremum(const RowReducer& r, const void* state, double, void* natural) {
  const auto& s = *static_cast<const Extremum*>(state);
  const size_t item = itemsize(r.types.natural);
  if (s.count > 0) {
    std::memcpy(natural, s.best, item);
  } else {
    std::memset(natural, r.kind == ReduceKind::kBitAnd ? 0xFF : 0, item);
    if (r.types.natural == DType::kBool) *static_cast<bool*>(natural) = r.kind == ReduceKind::kAll;
  }
}

template <class T, bool max, bool ignore_nan> void complex_extremum(const void* in, size_t n, void* out) {
  const T* p = static_cast<const T*>(in);
  T best = p[0];
  for (size_t i = 1; i < n; ++i)
    if (ignore_nan ? !is_nan(p[i]) && (is_nan(best) || better<T, max>(p[i], best)) : better<T, max>(p[i], best))
      best = p[i];
  std::memcpy(out, &best, sizeof(T));
}

template <class T> BlockFn complex_extremum_of(ReduceKind kind) {
  if (kind == ReduceKind::kFMax) return complex_extremum<T, true, true>;
  if (kind == ReduceKind::kFMin) return complex_extremum<T, false, true>;
  return kind == ReduceKind::kMax ? complex_extremum<T, true, false> : complex_extremum<T, false, false>;
}

BlockFn extremum_block(ReduceKind kind, DType input) {
  if (!is_complex(input)) return block_kernel(block_kind(kind), input);
  return input == DType::kC64 ? complex_extremum_of<std::complex<float>>(kind)
                              : complex_extremum_of<std::complex<double>>(kind);
}

// -- argmin, argmax

template <class T> struct Arg {
  int64_t count, index;
  T best;
};

template <class T> void start_arg(void* state) {
  auto* s = static_cast<Arg<T>*>(state);
  s->count = s->index = 0;
}

template <class T, bool max> void add_arg(const RowReducer& r, void* state, const void* values, int64_t n) {
  auto& s = *static_cast<Arg<T>*>(state);
  const T* p = static_cast<const T*>(values);
  if (n > 0 && (s.count == 0 || !is_nan(s.best))) {
    const auto i = static_cast<int64_t>(r.arg(values, static_cast<size_t>(n), s.count == 0 ? nullptr : &s.best));
    if (i < n) {
      s.best = p[i];
      s.index = s.count + i;
    }
  }
  s.count += n;
}

template <class T, bool max> void merge_arg(const RowReducer&, void* into, const void* from) {
  auto& a = *static_cast<Arg<T>*>(into);
  const auto& b = *static_cast<const Arg<T>*>(from);
  if (b.count > 0 && (a.count == 0 || better<T, max>(b.best, a.best))) {
    a.best = b.best;
    a.index = a.count + b.index;
  }
  a.count += b.count;
}

template <class T> void finish_arg(const RowReducer&, const void* state, double, void* natural) {
  std::memcpy(natural, &static_cast<const Arg<T>*>(state)->index, sizeof(int64_t));
}

template <class T, bool max> void use_arg_of(RowReducer& r) {
  r.state_bytes = sizeof(Arg<T>);
  r.start = start_arg<T>;
  r.add = add_arg<T, max>;
  r.merge = merge_arg<T, max>;
  r.finish = finish_arg<T>;
  if constexpr (!std::is_arithmetic_v<T>) r.arg = plain_arg<T, max>;
}

void use_arg(RowReducer& r) {
  const bool max = r.kind == ReduceKind::kArgMax;
  r.arg = arg_kernel(max, r.types.input);
  r.segments = arg_segments_kernel(max, r.types.input);
  r.segments_dtype = DType::kI64;
  r.segments_limit = std::numeric_limits<int64_t>::max();
  visit(r.types.input, [&](auto t) {
    using T = dtype_t<t()>;
    if constexpr (!is_half(t())) {
      max ? use_arg_of<T, true>(r) : use_arg_of<T, false>(r);
    }
  });
}

// -- variance: block moments merged by Chan's formula

struct Moments {
  double count, pivot, mean, m2;  // mean is relative to the pivot
};

void join_moments(Moments& a, const Moments& b) {
  if (b.count == 0) return;
  if (a.count == 0) {
    a = b;
    return;
  }
  const double count = a.count + b.count;
  const double delta = (b.pivot - a.pivot) + (b.mean - a.mean);
  a.mean += delta * (b.count / count);
  a.m2 += b.m2 + delta * delta * (a.count * b.count / count);
  a.count = count;
}

template <class T> void add_moments(const RowReducer& r, Moments& s, const T* in, int64_t n) {
  if (n > 0 && s.count == 0) s.pivot = static_cast<double>(in[0]);
  const int64_t block = sum_block(r.types.input);
  for (int64_t i = 0; i < n; i += block) {
    const int64_t length = std::min(block, n - i);
    const BlockMoments b = r.moments(in + i, static_cast<size_t>(length), s.pivot);
    join_moments(s, {static_cast<double>(length), s.pivot, b.mean, b.m2});
  }
}

/// Real and imaginary parts have a state each; real input uses the first only.
void start_moments(void* state) { std::memset(state, 0, 2 * sizeof(Moments)); }

template <class T> void add_real_moments(const RowReducer& r, void* state, const void* values, int64_t n) {
  add_moments(r, *static_cast<Moments*>(state), static_cast<const T*>(values), n);
}

template <class T> void add_complex_moments(const RowReducer& r, void* state, const void* values, int64_t n) {
  auto* parts = static_cast<Moments*>(state);
  const auto* in = static_cast<const std::complex<T>*>(values);
  constexpr int64_t kBlock = 512;
  T real[kBlock], imag[kBlock];
  for (int64_t i = 0; i < n; i += kBlock) {
    const int64_t length = std::min(kBlock, n - i);
    for (int64_t j = 0; j < length; ++j) {
      real[j] = in[i + j].real();
      imag[j] = in[i + j].imag();
    }
    add_moments(r, parts[0], real, length);
    add_moments(r, parts[1], imag, length);
  }
}

void merge_moments(const RowReducer&, void* into, const void* from) {
  for (int part : {0, 1}) join_moments(static_cast<Moments*>(into)[part], static_cast<const Moments*>(from)[part]);
}

void finish_moments(const RowReducer& r, const void* state, double ddof, void* natural) {
  const auto* parts = static_cast<const Moments*>(state);
  const double variance = (parts[0].m2 + parts[1].m2) / std::max(parts[0].count - ddof, 0.0);
  const double result = r.kind == ReduceKind::kStd ? std::sqrt(variance) : variance;
  std::memcpy(natural, &result, sizeof(result));
}

void use_moments(RowReducer& r) {
  r.state_bytes = 2 * sizeof(Moments);
  r.moments = moments_kernel(real_of(r.types.input));
  r.start = start_moments;
  r.merge = merge_moments;
  r.finish = finish_moments;
  switch (r.types.input) {
    case DType::kF32: r.add = add_real_moments<float>; break;
    case DType::kF64: r.add = add_real_moments<double>; break;
    case DType::kC64: r.add = add_complex_moments<float>; break;
    default: r.add = add_complex_moments<double>; break;
  }
}

}  // namespace

BlockKind block_kind(ReduceKind kind) {
  switch (kind) {
    case ReduceKind::kProd: return BlockKind::kProd;
    case ReduceKind::kMin: return BlockKind::kMin;
    case ReduceKind::kMax: return BlockKind::kMax;
    case ReduceKind::kFMin: return BlockKind::kFMin;
    case ReduceKind::kFMax: return BlockKind::kFMax;
    case ReduceKind::kAll:
    case ReduceKind::kBitAnd: return BlockKind::kAnd;
    case ReduceKind::kAny:
    case ReduceKind::kBitOr: return BlockKind::kOr;
    case ReduceKind::kBitXor: return BlockKind::kXor;
    default: return BlockKind::kSum;
  }
}

ReduceKind effective_kind(ReduceKind kind, DType accumulate) {
  if (accumulate != DType::kBool) return kind;
  if (kind == ReduceKind::kSum) return ReduceKind::kAny;
  if (kind == ReduceKind::kProd) return ReduceKind::kAll;
  return kind;
}

ReduceTypes reduce_types(ReduceKind kind, DType value, DType accumulate) {
  kind = effective_kind(kind, accumulate);
  if (kind == ReduceKind::kAll || kind == ReduceKind::kAny) return {DType::kBool, DType::kBool, DType::kBool};
  if (is_arg(kind)) return {widened(value), widened(value), DType::kI64};
  const DType wide = widened(accumulate);
  const bool integral = is_integer(wide) || wide == DType::kBool;
  if (kind == ReduceKind::kSum || is_product(kind)) {
    if (!integral) return {wide, wide, sum_natural(wide)};
    // Integers wrap alike at any width; only other numbers must be cut to the accumulator's width first.
    const bool from_integer = is_integer(value) || value == DType::kBool;
    return {from_integer ? DType::kI64 : wide, DType::kI64, DType::kI64};
  }
  if (kind == ReduceKind::kMean || is_moments(kind)) {
    const DType input = integral ? DType::kF64 : wide;
    return {input, input, is_moments(kind) ? DType::kF64 : sum_natural(input)};
  }
  return {wide, wide, wide};
}

RowReducer row_reducer(ReduceKind kind, const ReduceTypes& types) {
  RowReducer r;
  r.kind = kind;
  r.types = types;
  if (is_arg(kind)) {
    use_arg(r);
  } else if (is_moments(kind)) {
    use_moments(r);
  } else if (kind == ReduceKind::kSum || kind == ReduceKind::kMean || is_product(kind)) {
    r.block = block_kernel(block_kind(kind), types.input);
    is_product(kind) ? use_sum<true>(r) : use_sum<false>(r);
  } else {
    r.block = extremum_block(kind, types.input);
    r.state_bytes = sizeof(Extremum);
    r.start = start_extremum;
    r.add = add_extremum;
    r.merge = merge_extremum;
    r.finish = finish_extremum;
  }
  const bool plain = kind == ReduceKind::kSum || kind == ReduceKind::kMin || kind == ReduceKind::kMax;
  if (plain) {
    r.segments = segments_kernel(block_kind(kind), types.input);
    r.segments_dtype = types.input;
    r.segments_limit = kShortSegment;
  }
  return r;
}

}  // namespace crossarray::cpu
