// Accumulators of reductions over rows that lie side by side: one accumulator per column, swept row by row.
#pragma once

#include <cstdint>

#include "cpu/engine/masked.h"
#include "cpu/engine/reducer.h"

namespace crossarray::cpu {

/// Rows of one tile: `rows` dense rows of `n` values, columns at, at+1, ...; mask null or one bool per value.
struct ColumnTile {
  const std::byte* values;
  const bool* mask;
  int64_t rows, at, n;
};

/// A state is `state_bytes(columns)` bytes: start; for each stretch of rows: add for every part of the columns, then
/// end_rows once; merge with the state of the rows that follow; finish.
class ColumnReducer {
 public:
  ColumnReducer(ReduceKind kind, const ReduceTypes& types, bool masked);

  const ReduceTypes& types() const { return types_; }
  size_t state_bytes(int64_t columns) const;
  /// Bytes of working memory that add, end_rows and merge need.
  static size_t work_bytes();

  void start(std::byte* state, int64_t columns) const;
  /// Takes `initial` (of the input dtype) part as a row before all others.
  void add_initial(std::byte* state, const Scalar& initial, std::byte* work) const;
  void add(std::byte* state, const ColumnTile& tile, std::byte* work) const;
  void end_rows(std::byte* state, int64_t rows, std::byte* work) const;
  /// Can rows be taken from where they are, several at once? Then add_in_place is an add of `rows` rows `stride` bytes apart.
  bool takes_in_place() const { return (fold_in_place_ || arg_rows_) && !masked_; }
  void add_in_place(std::byte* state, const std::byte* first, int64_t stride, int64_t rows, int64_t at,
                    int64_t n) const;
  void merge(std::byte* into, const std::byte* from, std::byte* work) const;
  /// Writes one element of types().natural per column.
  void finish(std::byte* state, double ddof, std::byte* natural, std::byte* work) const;

 private:
  enum class Family : uint8_t { kFold, kArg, kMoments };
  struct Header {
    int64_t columns, rows, sweeps;  // sweeps: additions to `block` since it was last emptied
  };
  struct Arrays;
  using ArgMergeFn = void (*)(int64_t columns, int64_t rows, void* best, int64_t* index, const void* other,
                              const int64_t* other_index);

  Arrays arrays(std::byte* state) const;
  void count_chosen(int64_t* count, const ColumnTile& tile, std::byte* work) const;
  void add_fold(std::byte* state, const ColumnTile& tile, std::byte* work) const;
  void add_moments(std::byte* state, const ColumnTile& tile) const;
  void add_arg(std::byte* state, const std::byte* first, int64_t stride, int64_t rows, int64_t at, int64_t n) const;
  void flush(std::byte* state, std::byte* work) const;
  void merge_moments(std::byte* into, const std::byte* from) const;
  void finish_fold(std::byte* state, std::byte* natural, std::byte* work) const;
  void finish_moments(std::byte* state, double ddof, std::byte* natural) const;

  ReduceKind kind_;
  ReduceTypes types_;
  Family family_;
  bool masked_, two_level_ = false;
  Masked mask_;
  TileFn fold_ = nullptr, main_fold_ = nullptr, widen_ = nullptr;
  FoldRowsFn fold_in_place_ = nullptr;
  ColumnMomentsFn moments_ = nullptr;
  ArgRowsFn arg_rows_ = nullptr;  // in place
  ArgRowsFn arg_ = nullptr;
  ArgMergeFn arg_merge_ = nullptr;
};

}  // namespace crossarray::cpu
