#include "cpu/engine/column_reducer.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstring>

#include "cpu/engine/code.h"
#include "cpu/engine/frame.h"
#include "cpu/engine/order.h"

namespace crossarray::cpu {
namespace {

/// Sweeps (of up to eight rows) added in the input's precision before they are added to the wide accumulators.
constexpr int64_t kSweeps = 16;
constexpr size_t kWorkTile = static_cast<size_t>(kMaxTile) * kMaxItemSize;

Op fold_op(ReduceKind kind) {
  switch (kind) {
    case ReduceKind::kProd: return Op::multiply;
    case ReduceKind::kMin: return Op::minimum;
    case ReduceKind::kMax: return Op::maximum;
    case ReduceKind::kFMin: return Op::fmin;
    case ReduceKind::kFMax: return Op::fmax;
    case ReduceKind::kAll: return Op::logical_and;
    case ReduceKind::kAny: return Op::logical_or;
    case ReduceKind::kBitAnd: return Op::bitwise_and;
    case ReduceKind::kBitOr: return Op::bitwise_or;
    case ReduceKind::kBitXor: return Op::bitwise_xor;
    default: return Op::add;
  }
}

/// As arg_rows_kernel, for dtypes that have none; rows are dense.
template <class T, bool max>
void arg_rows(const std::byte* first, int64_t stride, size_t rows, size_t n, int64_t first_row, bool fresh,
              void* best_at, int64_t* index) {
  T* best = static_cast<T*>(best_at);
  for (size_t r = 0; r < rows; ++r, first += stride) {
    const T* row = reinterpret_cast<const T*>(first);
    for (size_t j = 0; j < n; ++j) {
      if (!(fresh && r == 0) && !better<T, max>(row[j], best[j])) continue;
      best[j] = row[j];
      index[j] = first_row + static_cast<int64_t>(r);
    }
  }
}

template <class T, bool max>
void merge_args(int64_t columns, int64_t rows, void* best_at, int64_t* index, const void* other_at,
                const int64_t* other_index) {
  T* best = static_cast<T*>(best_at);
  const T* other = static_cast<const T*>(other_at);
  for (int64_t j = 0; j < columns; ++j) {
    if (!better<T, max>(other[j], best[j])) continue;
    best[j] = other[j];
    index[j] = rows + other_index[j];
  }
}

void apply2(TileFn fn, const void* a, const void* b, unsigned scalar_mask, void* out, int64_t n) {
  const void* in[3] = {a, b, nullptr};
  fn(in, scalar_mask, out, static_cast<size_t>(n));
}

/// One row from several: halves are folded onto each other, so all work is on long runs whatever the row's length.
const std::byte* fold_rows(TileFn fold, size_t item, const ColumnTile& tile, const std::byte* values, std::byte* work) {
  const size_t row_bytes = static_cast<size_t>(tile.n) * item;
  const std::byte* from = values;
  for (int64_t rows = tile.rows; rows > 1;) {
    const int64_t keep = (rows + 1) / 2, gone = rows - keep;
    apply2(fold, from, from + static_cast<size_t>(keep) * row_bytes, 0, work, gone * tile.n);
    if (keep > gone && from != work)
      std::memcpy(work + static_cast<size_t>(gone) * row_bytes, from + static_cast<size_t>(gone) * row_bytes,
                  row_bytes);
    from = work;
    rows = keep;
  }
  return from;
}

}  // namespace

/// Where the parts of a state lie.
struct ColumnReducer::Arrays {
  Header* header;
  std::byte* main;   // kFold: wide accumulators; kMoments: means; kArg: best values
  std::byte* block;  // kFold: accumulators of the input's dtype; kMoments: sums of squares; kArg: rows of the best
  int64_t* count;    // with a mask: elements that took part, per column
};

namespace {
constexpr size_t padded(size_t bytes) { return (bytes + 63) / 64 * 64; }
}  // namespace

ColumnReducer::ColumnReducer(ReduceKind kind, const ReduceTypes& types, bool masked)
    : kind_(kind), types_(types), family_(Family::kFold), masked_(masked), mask_(kind, types.input) {
  if (kind == ReduceKind::kArgMin || kind == ReduceKind::kArgMax) {
    family_ = Family::kArg;
    visit(types.input, [&](auto t) {
      using T = dtype_t<t()>;
      if constexpr (!is_half(t())) {
        const bool max = kind == ReduceKind::kArgMax;
        arg_rows_ = arg_rows_kernel(max, types.input);
        arg_ = arg_rows_ ? arg_rows_ : max ? arg_rows<T, true> : arg_rows<T, false>;
        arg_merge_ = max ? merge_args<T, true> : merge_args<T, false>;
      }
    });
  } else if (kind == ReduceKind::kVar || kind == ReduceKind::kStd) {
    family_ = Family::kMoments;
    moments_ = column_moments_kernel(real_of(types.input));
  } else {
    two_level_ = is_float(types.natural) || is_complex(types.natural);
    two_level_ = two_level_ && (kind == ReduceKind::kSum || kind == ReduceKind::kProd || kind == ReduceKind::kMean);
    fold_ = tile_kernel(fold_op(kind), types.input);
    main_fold_ = tile_kernel(fold_op(kind), types.natural);
    widen_ = cast_kernel(types.input, types.natural);
    fold_in_place_ = fold_rows_kernel(block_kind(kind), types.input);
  }
}

size_t ColumnReducer::work_bytes() { return 2 * kWorkTile; }

size_t ColumnReducer::state_bytes(int64_t columns) const {
  const size_t n = static_cast<size_t>(columns) * kMaxItemSize;
  return padded(sizeof(Header)) + 2 * padded(n) + (masked_ ? padded(n) : 0);
}

ColumnReducer::Arrays ColumnReducer::arrays(std::byte* state) const {
  auto* header = reinterpret_cast<Header*>(state);
  const size_t n = padded(static_cast<size_t>(header->columns) * kMaxItemSize);
  std::byte* main = state + padded(sizeof(Header));
  return {header, main, main + n, reinterpret_cast<int64_t*>(main + 2 * n)};
}

void ColumnReducer::start(std::byte* state, int64_t columns) const {
  *reinterpret_cast<Header*>(state) = {columns, 0, 0};
  const Arrays a = arrays(state);
  const size_t n = static_cast<size_t>(columns);
  if (masked_) std::fill_n(a.count, n, int64_t{0});
  if (family_ == Family::kMoments) {
    std::memset(a.main, 0, n * kMaxItemSize);
    std::memset(a.block, 0, n * kMaxItemSize);
  } else if (family_ == Family::kFold) {
    const Scalar wide = neutral_of(kind_, types_.natural);
    fill_repeated(wide.bits, a.main, n, itemsize(types_.natural));
    fill_repeated(mask_.neutral().bits, a.block, n, itemsize(types_.input));
  }
}

void ColumnReducer::add_initial(std::byte* state, const Scalar& initial, std::byte* work) const {
  const Arrays a = arrays(state);
  const size_t n = static_cast<size_t>(a.header->columns);
  if (!two_level_) {
    fill_repeated(initial.bits, a.block, n, itemsize(types_.input));
    a.header->sweeps = 1;
    return;
  }
  const void* in[3] = {initial.bits, nullptr, nullptr};
  widen_(in, 1, work, 1);
  fill_repeated(work, a.main, n, itemsize(types_.natural));
}

/// Adds to each column's count the elements that its mask lets take part.
void ColumnReducer::count_chosen(int64_t* count, const ColumnTile& tile, std::byte* work) const {
  const void* in[3] = {tile.mask, nullptr, nullptr};
  std::byte* ones = work + kWorkTile;
  cast_kernel(DType::kBool, DType::kI64)(in, 0, ones, static_cast<size_t>(tile.rows * tile.n));
  const TileFn add = tile_kernel(Op::add, DType::kI64);
  apply2(add, count, fold_rows(add, sizeof(int64_t), tile, ones, work), 0, count, tile.n);
}

void ColumnReducer::add_fold(std::byte* state, const ColumnTile& tile, std::byte* work) const {
  const Arrays a = arrays(state);
  const std::byte* values = tile.values;
  if (masked_) {
    if (kind_ == ReduceKind::kMean) count_chosen(a.count + tile.at, tile, work);
    mask_.fill(values, tile.mask, tile.rows * tile.n, work + kWorkTile);
    values = work + kWorkTile;
  }
  const std::byte* row = fold_rows(fold_, itemsize(types_.input), tile, values, work);
  std::byte* block = a.block + static_cast<size_t>(tile.at) * itemsize(types_.input);
  if (a.header->sweeps == 0) {
    std::memcpy(block, row, static_cast<size_t>(tile.n) * itemsize(types_.input));
  } else {
    apply2(fold_, block, row, 0, block, tile.n);
  }
}

void ColumnReducer::add_moments(std::byte* state, const ColumnTile& tile) const {
  const Arrays a = arrays(state);
  const int64_t parts = is_complex(types_.input) ? 2 : 1;  // real and imaginary parts are columns of their own
  auto* mean = reinterpret_cast<double*>(a.main);
  auto* m2 = reinterpret_cast<double*>(a.block);
  const size_t row_bytes = static_cast<size_t>(tile.n) * itemsize(types_.input);
  for (int64_t r = 0; r < tile.rows; ++r) {
    const std::byte* row = tile.values + static_cast<size_t>(r) * row_bytes;
    if (!masked_) {
      moments_(row, static_cast<size_t>(tile.n * parts), static_cast<double>(a.header->rows + r),
               mean + tile.at * parts, m2 + tile.at * parts);
      continue;
    }
    for (int64_t j = 0; j < tile.n; ++j) {
      if (!tile.mask[r * tile.n + j]) continue;
      const int64_t at = tile.at + j;
      moments_(row + static_cast<size_t>(j) * itemsize(types_.input), static_cast<size_t>(parts),
               static_cast<double>(a.count[at]++), mean + at * parts, m2 + at * parts);
    }
  }
}

void ColumnReducer::add(std::byte* state, const ColumnTile& tile, std::byte* work) const {
  switch (family_) {
    case Family::kFold: return add_fold(state, tile, work);
    case Family::kMoments: return add_moments(state, tile);
    case Family::kArg:
      return add_arg(state, tile.values, tile.n * static_cast<int64_t>(itemsize(types_.input)), tile.rows, tile.at,
                     tile.n);
  }
}

void ColumnReducer::add_arg(std::byte* state, const std::byte* first, int64_t stride, int64_t rows, int64_t at,
                            int64_t n) const {
  const Arrays a = arrays(state);
  arg_(first, stride, static_cast<size_t>(rows), static_cast<size_t>(n), a.header->rows, a.header->rows == 0,
       a.main + static_cast<size_t>(at) * itemsize(types_.input), reinterpret_cast<int64_t*>(a.block) + at);
}

void ColumnReducer::add_in_place(std::byte* state, const std::byte* first, int64_t stride, int64_t rows, int64_t at,
                                 int64_t n) const {
  if (family_ == Family::kArg) return add_arg(state, first, stride, rows, at, n);
  const Arrays a = arrays(state);
  fold_in_place_(first, stride, static_cast<size_t>(rows), static_cast<size_t>(n), a.header->sweeps == 0,
                 a.block + static_cast<size_t>(at) * itemsize(types_.input));
}

void ColumnReducer::end_rows(std::byte* state, int64_t rows, std::byte* work) const {
  Header& header = *reinterpret_cast<Header*>(state);
  header.rows += rows;
  if (family_ != Family::kFold) return;
  ++header.sweeps;
  if (two_level_ && header.sweeps >= kSweeps) flush(state, work);
}

/// Adds the block accumulators to the wide ones.
void ColumnReducer::flush(std::byte* state, std::byte* work) const {
  const Arrays a = arrays(state);
  const size_t narrow = itemsize(types_.input), wide = itemsize(types_.natural);
  for (int64_t at = 0; a.header->sweeps > 0 && at < a.header->columns; at += kTile) {
    const int64_t n = std::min(kTile, a.header->columns - at);
    const void* in[3] = {a.block + static_cast<size_t>(at) * narrow, nullptr, nullptr};
    widen_(in, 0, work, static_cast<size_t>(n));
    std::byte* main = a.main + static_cast<size_t>(at) * wide;
    apply2(main_fold_, main, work, 0, main, n);
  }
  a.header->sweeps = 0;
}

void ColumnReducer::merge_moments(std::byte* into, const std::byte* from) const {
  const Arrays a = arrays(into), b = arrays(const_cast<std::byte*>(from));
  auto *mean = reinterpret_cast<double*>(a.main), *m2 = reinterpret_cast<double*>(a.block);
  const auto *other = reinterpret_cast<double*>(b.main), *other_m2 = reinterpret_cast<double*>(b.block);
  const int64_t parts = is_complex(types_.input) ? 2 : 1;
  for (int64_t i = 0; i < a.header->columns * parts; ++i) {
    const double n = static_cast<double>(masked_ ? a.count[i / parts] : a.header->rows);
    const double m = static_cast<double>(masked_ ? b.count[i / parts] : b.header->rows);
    if (m == 0) continue;
    const double delta = other[i] - mean[i];
    mean[i] += delta * (m / (n + m));
    m2[i] += other_m2[i] + delta * delta * (n * m / (n + m));
  }
}

void ColumnReducer::merge(std::byte* into, const std::byte* from, std::byte* work) const {
  const Arrays a = arrays(into), b = arrays(const_cast<std::byte*>(from));
  const int64_t columns = a.header->columns;
  if (family_ == Family::kMoments) {
    merge_moments(into, from);
  } else if (family_ == Family::kArg) {
    arg_merge_(columns, a.header->rows, a.main, reinterpret_cast<int64_t*>(a.block), b.main,
               reinterpret_cast<const int64_t*>(b.block));
  } else if (two_level_) {
    flush(into, work);
    flush(const_cast<std::byte*>(from), work);
    apply2(main_fold_, a.main, b.main, 0, a.main, columns);
  } else {
    apply2(fold_, a.block, b.block, 0, a.block, columns);
  }
  a.header->rows += b.header->rows;
  if (masked_)
    for (int64_t j = 0; j < columns; ++j) a.count[j] += b.count[j];
}

void ColumnReducer::finish_fold(std::byte* state, std::byte* natural, std::byte* work) const {
  if (two_level_) flush(state, work);
  const Arrays a = arrays(state);
  const int64_t columns = a.header->columns;
  std::memcpy(natural, two_level_ ? a.main : a.block, static_cast<size_t>(columns) * itemsize(types_.natural));
  if (kind_ != ReduceKind::kMean) return;
  const int64_t parts = is_complex(types_.natural) ? 2 : 1;
  auto* mean = reinterpret_cast<double*>(natural);
  for (int64_t i = 0; i < columns * parts; ++i)
    mean[i] /= static_cast<double>(masked_ ? a.count[i / parts] : a.header->rows);
}

void ColumnReducer::finish_moments(std::byte* state, double ddof, std::byte* natural) const {
  const Arrays a = arrays(state);
  const auto* m2 = reinterpret_cast<const double*>(a.block);
  auto* out = reinterpret_cast<double*>(natural);
  const int64_t parts = is_complex(types_.input) ? 2 : 1;
  for (int64_t j = 0; j < a.header->columns; ++j) {
    const double n = static_cast<double>(masked_ ? a.count[j] : a.header->rows);
    const double sum = parts == 2 ? m2[2 * j] + m2[2 * j + 1] : m2[j];
    const double variance = sum / std::max(n - ddof, 0.0);
    out[j] = kind_ == ReduceKind::kStd ? std::sqrt(variance) : variance;
  }
}

void ColumnReducer::finish(std::byte* state, double ddof, std::byte* natural, std::byte* work) const {
  const Arrays a = arrays(state);
  switch (family_) {
    case Family::kFold: return finish_fold(state, natural, work);
    case Family::kMoments: return finish_moments(state, ddof, natural);
    case Family::kArg: std::memcpy(natural, a.block, static_cast<size_t>(a.header->columns) * sizeof(int64_t)); return;
  }
}

}  // namespace crossarray::cpu
