// Reductions of small matrices along one axis.
#include <cstring>
#include <optional>

#include "cpu/engine/code.h"
#include "cpu/engine/column_reducer.h"
#include "cpu/engine/eager.h"
#include "cpu/engine/frame.h"

namespace crossarray::cpu {
namespace {

/// The most elements per result row or column whose states and results fit on the stack.
constexpr int64_t kMostResults = 64;

/// An accumulator as this thread last made it for a kind: making one costs more than a 4 x 4 matrix.
template <class Reducer> struct Made {
  TileFn target = nullptr;  // a kernel of the SIMD target it was made for
  DType in{}, accumulate{};
  std::optional<Reducer> reducer;
};

template <class Reducer, class Make> const Reducer& reducer_of(const ReduceCall& call, const Make& make) {
  thread_local Made<Reducer> made[static_cast<size_t>(ReduceKind::kStd) + 1];
  Made<Reducer>& m = made[static_cast<size_t>(call.kind)];
  const TileFn target = tile_kernel(Op::add, DType::kF64);
  if (m.target != target || m.in != call.in_dtype || m.accumulate != call.accumulate)
    m = {target, call.in_dtype, call.accumulate,
         make(effective_kind(call.kind, call.accumulate), reduce_types(call.kind, call.in_dtype, call.accumulate))};
  return *m.reducer;
}

void store(const ReduceCall& call, DType natural, const std::byte* results, int64_t n) {
  if (natural == call.out_dtype) {
    std::memcpy(call.out, results, static_cast<size_t>(n) * itemsize(natural));
    return;
  }
  const void* in[3] = {results, nullptr, nullptr};
  cast_kernel(natural, call.out_dtype)(in, 0, call.out, static_cast<size_t>(n));
}

/// Down the columns of a rows x n matrix.
bool reduce_columns(const ReduceCall& call, int64_t rows, int64_t n) {
  if (n > kMostResults) return false;
  const auto& r = reducer_of<ColumnReducer>(
      call, [](ReduceKind kind, const ReduceTypes& types) { return ColumnReducer(kind, types, false); });
  if (r.types().input != call.in_dtype) return false;
  alignas(64) std::byte state[64 + 2 * kMostResults * kMaxItemSize], natural[kMostResults * kMaxItemSize];
  alignas(64) std::byte work[2 * kMaxTile * kMaxItemSize];
  XA_ASSERT(r.state_bytes(n) <= sizeof state && ColumnReducer::work_bytes() <= sizeof work);
  r.start(state, n);
  r.add(state, {call.in, nullptr, rows, 0, n}, work);
  r.end_rows(state, rows, work);
  r.finish(state, call.ddof, natural, work);
  store(call, r.types().natural, natural, n);
  return true;
}

/// Along the rows of an n x depth matrix.
bool reduce_rows(const ReduceCall& call, int64_t n, int64_t depth) {
  if (n > kMostResults) return false;
  const auto& r = reducer_of<RowReducer>(call, row_reducer);
  if (r.types.input != call.in_dtype) return false;
  alignas(64) std::byte state[1024], natural[kMostResults * kMaxItemSize];
  XA_ASSERT(r.state_bytes <= sizeof state);
  if (r.segments && depth <= r.segments_limit) {
    r.segments(call.in, static_cast<size_t>(n), static_cast<size_t>(depth), natural);
    store(call, r.segments_dtype, natural, n);
    return true;
  }
  const size_t row_bytes = static_cast<size_t>(depth) * itemsize(call.in_dtype);
  for (int64_t i = 0; i < n; ++i) {
    r.start(state);
    r.add(r, state, call.in + static_cast<size_t>(i) * row_bytes, depth);
    r.finish(r, state, call.ddof, natural + static_cast<size_t>(i) * itemsize(r.types.natural));
  }
  store(call, r.types.natural, natural, n);
  return true;
}

}  // namespace

bool reduce_small_matrix(const ReduceCall& call) {
  if (call.shape->size() != 2 || (call.reduced != 1 && call.reduced != 2)) return false;
  const int64_t rows = (*call.shape)[0], columns = (*call.shape)[1];
  const auto item = static_cast<int64_t>(itemsize(call.in_dtype));
  const bool dense = (*call.in_strides)[1] == item && (*call.in_strides)[0] == columns * item;
  // One row or one column is not a matrix to the engine, and long rows are not packed into one tile.
  if (!dense || rows < 2 || columns < 2 || rows * columns > kTile || columns > kTile / 2) return false;
  const int kept = call.reduced == 1 ? 1 : 0;
  if ((*call.out_strides)[kept] != static_cast<int64_t>(itemsize(call.out_dtype))) return false;
  return call.reduced == 1 ? reduce_columns(call, rows, columns) : reduce_rows(call, rows, columns);
}

}  // namespace crossarray::cpu
