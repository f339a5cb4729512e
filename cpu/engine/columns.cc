// Reductions whose innermost axis is kept: rows are swept into one accumulator per column.
#include <algorithm>
#include <optional>

#include "cpu/engine/column_reducer.h"
#include "cpu/engine/engine.h"
#include "cpu/engine/tiling.h"
#include "cpu/threads.h"

namespace crossarray::cpu {
namespace {

/// Columns swept together: their accumulators stay in the second-level cache.
constexpr int64_t kColumns = 4096;
/// Fewer work items than this are cut along the rows, into chunks of at least kChunkElements.
constexpr int64_t kFewItems = 16, kChunkElements = 64 * 1024, kMaxChunks = 64;
/// Rows taken from where they are at once.
constexpr int64_t kRowsInPlace = 8;

class Columns {
 public:
  explicit Columns(const Run& run)
      : run_(run),
        width_(std::min(run.space.width, kColumns)),
        parts_((run.space.width + width_ - 1) / width_),
        packed_(run.space.width <= kTile / 2 && run.space.depth > 1),
        code_(run.code(!packed_, run.space.output_axes)) {
    const auto& reduces = run.kernel().reduces;
    for (size_t i = 0; i < reduces.size(); ++i) {
      const ReduceStmt& r = reduces[i];
      reducers_.emplace_back(effective_kind(r.kind, r.accumulate), run.program.reduce_types()[i], r.mask != kNoReg);
      at_.push_back(state_bytes_);
      state_bytes_ += reducers_.back().state_bytes(width_);
    }
    in_place_ = !packed_ && run.kernel().stores.empty() && run.space.depth_axes == 1;
    for (size_t i = 0; i < reduces.size(); ++i) in_place_ = in_place_ && is_plain_load(i);
    cut_rows();
  }

  void run() {
    const int64_t items = run_.space.outputs * parts_ * chunks_;
    const double elements = static_cast<double>(run_.space.outputs) * static_cast<double>(run_.space.depth) *
                            static_cast<double>(run_.space.width);
    std::optional<Scratch> slots;
    if (chunks_ > 1) slots.emplace(static_cast<size_t>(items) * state_bytes_);
    parallel_for(items, run_.us(elements) / static_cast<double>(items), [&](int64_t first, int64_t last) {
      Frame frame(run_.launch, run_.space, code_);
      Scratch memory(state_bytes_ + ColumnReducer::work_bytes());
      std::byte* work = memory.data() + state_bytes_;
      for (int64_t item = first; item < last; ++item) {
        std::byte* state = slots ? slots->data() + static_cast<size_t>(item) * state_bytes_ : memory.data();
        run_item(frame, item, state, work);
        if (!slots) store(item, state, work);
      }
    });
    if (slots) merge_chunks(slots->data());
  }

 private:
  /// True if reduction i takes a slot's elements as they are, rows dense.
  bool is_plain_load(size_t i) const {
    const Ssa& value = run_.kernel().values[run_.kernel().reduces[i].value];
    return value.kind == ValueKind::kLoad && value.dtype == reducers_[i].types().input &&
           reducers_[i].takes_in_place() &&
           run_.space.stride(value.index, run_.space.rank() - 1) == static_cast<int64_t>(itemsize(value.dtype));
  }

  void cut_rows() {
    const int64_t depth = run_.space.depth;
    rows_per_tile_ = in_place_ ? kRowsInPlace : packed_ ? std::max<int64_t>(1, kTile / run_.space.width) : 1;
    rows_per_chunk_ = std::max<int64_t>(depth, 1);
    if (run_.space.outputs * parts_ < kFewItems && depth * width_ >= 2 * kChunkElements)
      rows_per_chunk_ = std::max(kChunkElements / width_ + 1, depth / kMaxChunks + 1);
    rows_per_chunk_ = (rows_per_chunk_ + rows_per_tile_ - 1) / rows_per_tile_ * rows_per_tile_;
    chunks_ = std::max<int64_t>(1, (depth + rows_per_chunk_ - 1) / rows_per_chunk_);
  }

  void start(std::byte* state, int64_t columns, bool first_chunk, std::byte* work) const {
    for (size_t i = 0; i < reducers_.size(); ++i) {
      reducers_[i].start(state + at_[i], columns);
      const ReduceStmt& r = run_.kernel().reduces[i];
      if (!first_chunk || !r.has_initial) continue;
      const Scalar initial = cast_scalar(run_.launch.scalars[r.initial], reducers_[i].types().input);
      reducers_[i].add_initial(state + at_[i], initial, work);
    }
  }

  /// Items are numbered [output][part][chunk].
  void run_item(Frame& frame, int64_t item, std::byte* state, std::byte* work) const {
    const int64_t chunk = item % chunks_, part = item / chunks_ % parts_, output = item / chunks_ / parts_;
    const int64_t column = part * width_, columns = std::min(width_, run_.space.width - column);
    const int64_t end = std::min(run_.space.depth, (chunk + 1) * rows_per_chunk_);
    frame.enter(run_.space.output_axes, output);
    start(state, columns, chunk == 0, work);
    int64_t since_poll = 0;
    for (int64_t row = chunk * rows_per_chunk_; row < end; row += rows_per_tile_) {
      const int64_t rows = std::min(rows_per_tile_, end - row);
      for (int64_t at = 0; at < columns; at += kTile) {
        if (in_place_) {
          add_in_place(state, output, row, rows, column, at, std::min(kTile, columns - at));
          continue;
        }
        const Tile tile{row, rows, column + at, std::min(kTile, columns - at)};
        frame.run(tile, [&](uint16_t i, const std::byte* values, const bool* mask) {
          reducers_[i].add(state + at_[i], {values, mask, rows, at, tile.n}, work);
        });
      }
      for (size_t i = 0; i < reducers_.size(); ++i) reducers_[i].end_rows(state + at_[i], rows, work);
      since_poll += rows * columns;
      if (since_poll > kChunkElements) {
        since_poll = 0;
        poll_interrupt();
      }
    }
  }

  void add_in_place(std::byte* state, int64_t output, int64_t row, int64_t rows, int64_t column, int64_t at,
                    int64_t n) const {
    const Space& space = run_.space;
    const int depth_axis = space.output_axes, last = space.rank() - 1;
    for (size_t i = 0; i < reducers_.size(); ++i) {
      const int slot = run_.kernel().values[run_.kernel().reduces[i].value].index;
      const std::byte* first = run_.launch.slots[static_cast<size_t>(slot)].data +
                               space.offset(slot, 0, space.output_axes, output) + row * space.stride(slot, depth_axis) +
                               (column + at) * space.stride(slot, last);
      reducers_[i].add_in_place(state + at_[i], first, space.stride(slot, depth_axis), rows, at, n);
    }
  }

  void store(int64_t item, std::byte* state, std::byte* work) const {
    const int64_t part = item / chunks_ % parts_, output = item / chunks_ / parts_;
    const int64_t column = part * width_, columns = std::min(width_, run_.space.width - column);
    Scratch natural(static_cast<size_t>(width_) * kMaxItemSize);
    for (size_t i = 0; i < reducers_.size(); ++i) {
      const double ddof = i < run_.launch.params.size() ? run_.launch.params[i] : 0;
      reducers_[i].finish(state + at_[i], ddof, natural.data(), work);
      run_.store_columns(run_.kernel().reduces[i].slot, reducers_[i].types().natural, natural.data(), output, column,
                         columns);
    }
  }

  void merge_chunks(std::byte* slots) const {
    Scratch work(ColumnReducer::work_bytes());
    for (int64_t item = 0; item < run_.space.outputs * parts_ * chunks_; item += chunks_) {
      const auto state = [&](int64_t chunk) { return slots + static_cast<size_t>(item + chunk) * state_bytes_; };
      for (int64_t step = 1; step < chunks_; step *= 2)
        for (int64_t chunk = 0; chunk + step < chunks_; chunk += 2 * step)
          for (size_t i = 0; i < reducers_.size(); ++i)
            reducers_[i].merge(state(chunk) + at_[i], state(chunk + step) + at_[i], work.data());
      store(item, state(0), work.data());
    }
  }

  const Run& run_;
  const int64_t width_, parts_;
  const bool packed_;
  const TileCode& code_;
  std::vector<ColumnReducer> reducers_;
  std::vector<size_t> at_;
  size_t state_bytes_ = 0;
  bool in_place_ = false;  // rows are read where they are, several at once
  int64_t rows_per_tile_ = 1, rows_per_chunk_ = 1, chunks_ = 1;
};

}  // namespace

void run_columns(const Run& run) {
  if (run.space.outputs == 0 || run.space.width == 0) return;
  Columns(run).run();
}

}  // namespace crossarray::cpu
