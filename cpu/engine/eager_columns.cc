// Sums down the columns of a small matrix, and its like.
#include <cstring>
#include <optional>

#include "cpu/engine/code.h"
#include "cpu/engine/column_reducer.h"
#include "cpu/engine/eager.h"
#include "cpu/engine/frame.h"

namespace crossarray::cpu {
namespace {

/// The most columns whose states and results fit on the stack.
constexpr int64_t kMostColumns = 64;

/// The accumulator of a kind as this thread last made it: making one costs more than a 4 x 4 matrix.
const ColumnReducer& reducer_of(const ReduceCall& call) {
  struct Made {
    TileFn target = nullptr;  // a kernel of the SIMD target it was made for
    DType in{}, accumulate{};
    std::optional<ColumnReducer> reducer;
  };
  thread_local Made made[static_cast<size_t>(ReduceKind::kStd) + 1];
  Made& m = made[static_cast<size_t>(call.kind)];
  const TileFn target = tile_kernel(Op::add, DType::kF64);
  if (m.target != target || m.in != call.in_dtype || m.accumulate != call.accumulate) {
    const ReduceTypes types = reduce_types(call.kind, call.in_dtype, call.accumulate);
    m = {target, call.in_dtype, call.accumulate,
         ColumnReducer(effective_kind(call.kind, call.accumulate), types, false)};
  }
  return *m.reducer;
}

/// A dense matrix that the engine would take as one tile of packed rows.
bool is_one_tile(const ReduceCall& call) {
  if (call.shape->size() != 2 || call.reduced != 1) return false;
  const int64_t rows = (*call.shape)[0], columns = (*call.shape)[1];
  const auto item = static_cast<int64_t>(itemsize(call.in_dtype));
  if ((*call.in_strides)[1] != item || (*call.in_strides)[0] != columns * item) return false;
  if ((*call.out_strides)[1] != static_cast<int64_t>(itemsize(call.out_dtype))) return false;
  return rows > 1 && columns > 1 && columns <= kMostColumns && rows * columns <= kTile;
}

}  // namespace

bool reduce_few_columns(const ReduceCall& call) {
  if (!is_one_tile(call)) return false;
  const ColumnReducer& r = reducer_of(call);
  if (r.types().input != call.in_dtype) return false;
  const int64_t rows = (*call.shape)[0], columns = (*call.shape)[1];
  alignas(64) std::byte state[64 + 2 * kMostColumns * kMaxItemSize], natural[kMostColumns * kMaxItemSize];
  alignas(64) std::byte work[2 * static_cast<size_t>(kMaxTile) * kMaxItemSize];
  XA_ASSERT(r.state_bytes(columns) <= sizeof state && ColumnReducer::work_bytes() <= sizeof work);
  r.start(state, columns);
  r.add(state, {call.in, nullptr, rows, 0, columns}, work);
  r.end_rows(state, rows, work);
  r.finish(state, call.ddof, natural, work);
  if (r.types().natural == call.out_dtype) {
    std::memcpy(call.out, natural, static_cast<size_t>(columns) * itemsize(call.out_dtype));
  } else {
    const void* in[3] = {natural, nullptr, nullptr};
    cast_kernel(r.types().natural, call.out_dtype)(in, 0, call.out, static_cast<size_t>(columns));
  }
  return true;
}

}  // namespace crossarray::cpu
