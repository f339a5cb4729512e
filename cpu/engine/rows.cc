// Reductions whose innermost axis is reduced.
#include <cstring>
#include <optional>

#include "cpu/engine/engine.h"
#include "cpu/engine/tiling.h"
#include "cpu/threads.h"

namespace crossarray::cpu {
namespace {

/// An output of more elements than this is cut into chunks of kChunkTiles tiles, unless there are kManyOutputs of them.
constexpr int64_t kSplitFrom = 128 * 1024, kChunkTiles = 64, kManyOutputs = 32;
constexpr int64_t kPollElements = 64 * 1024;
/// Values that are reduced where they lie are handed on this many at a time: the reduction itself cuts them into blocks.
constexpr int64_t kInPlace = 8 * kTile;

/// The reductions of one run: their states lie one after the other.
class RowStates {
 public:
  explicit RowStates(const Run& run)
      : run_(run),
        reducers_(run.program.row_reducers()),
        at_(run.program.state_at()),
        bytes_(run.program.state_bytes()) {}
  size_t bytes() const { return bytes_; }
  size_t count() const { return reducers_.size(); }
  const RowReducer& operator[](size_t i) const { return reducers_[i]; }

  /// first: no other state takes the elements before, so initial= belongs here.
  void start(std::byte* states, bool first) const {
    for (size_t i = 0; i < count(); ++i) start(states, i, first);
  }
  void start(std::byte* states, size_t i, bool first) const {
    reducers_[i].start(states + at_[i]);
    if (first) add_initial(states, i);
  }
  /// initial= takes part as one more element.
  void add_initial(std::byte* states, size_t i) const {
    const ReduceStmt& r = run_.kernel().reduces[i];
    if (!r.has_initial) return;
    const Scalar initial = cast_scalar(run_.launch.scalars[r.initial], reducers_[i].types.input);
    reducers_[i].add(reducers_[i], states + at_[i], initial.bits, 1);
  }
  /// mask: only elements whose bool is set take part; `work` holds n elements.
  void add(std::byte* states, size_t i, const std::byte* values, const bool* mask, int64_t n, std::byte* work) const {
    const RowReducer& r = reducers_[i];
    if (!mask) return r.add(r, states + at_[i], values, n);
    const Masked& masked = run_.program.masked()[i];
    if (!masked.fills()) return r.add(r, states + at_[i], work, masked.drop(values, mask, n, work));
    masked.fill(values, mask, n, work);
    r.add(r, states + at_[i], work, n);
    if (r.uncount) r.uncount(states + at_[i], n - count_true(mask, n));
  }
  void merge(std::byte* into, const std::byte* from) const {
    for (size_t i = 0; i < count(); ++i) reducers_[i].merge(reducers_[i], into + at_[i], from + at_[i]);
  }
  void finish(const std::byte* states, size_t i, std::byte* natural) const {
    const double ddof = i < run_.launch.params.size() ? run_.launch.params[i] : 0;
    reducers_[i].finish(reducers_[i], states + at_[i], ddof, natural);
  }
  void store(const std::byte* states, int64_t output) const {
    for (size_t i = 0; i < count(); ++i) {
      alignas(16) std::byte natural[kMaxItemSize];
      finish(states, i, natural);
      run_.store_outputs(run_.kernel().reduces[i].slot, reducers_[i].types.natural, natural, output, 1);
    }
  }

 private:
  const Run& run_;
  const std::vector<RowReducer>& reducers_;
  const std::vector<size_t>& at_;
  const size_t bytes_;
};

constexpr size_t kWorkBytes = static_cast<size_t>(kMaxTile) * kMaxItemSize;

/// Short outputs: several to a tile.
void run_segments(const Run& run, const RowStates& states) {
  const Space& space = run.space;
  const int64_t depth = space.depth, rows_each = depth / space.row();
  const int64_t per_tile = std::max<int64_t>(1, kTile / depth), tiles = (space.outputs + per_tile - 1) / per_tile;
  const TileCode& code = run.code(false, 0);
  const double us_per_tile = run.us(static_cast<double>(per_tile * depth));
  parallel_for(tiles, us_per_tile, [&](int64_t first, int64_t last) {
    Frame frame(run.launch, space, code);
    Scratch memory(states.bytes() + 2 * kWorkBytes);
    std::byte *work = memory.data(), *natural = work + kWorkBytes, *state = natural + kWorkBytes;
    for (int64_t t = first; t < last; ++t) {
      const int64_t output = t * per_tile, count = std::min(per_tile, space.outputs - output);
      const Tile tile{output * rows_each, count * rows_each, 0, space.row()};
      frame.run(tile, [&](uint16_t i, const std::byte* values, const bool* mask) {
        const ReduceTypes& types = states[i].types;
        const ReduceStmt& stmt = run.kernel().reduces[i];
        const RowReducer& r = states[i];
        if (mask && run.program.masked()[i].fills() && !r.uncount) {
          run.program.masked()[i].fill(values, mask, count * depth, work);
          values = work;
          mask = nullptr;
        }
        if (r.segments && depth <= r.segments_limit && !mask && !stmt.has_initial) {
          r.segments(values, static_cast<size_t>(count), static_cast<size_t>(depth), natural);
          return run.store_outputs(stmt.slot, r.segments_dtype, natural, output, count);
        }
        for (int64_t k = 0; k < count; ++k) {
          states.start(state, i, true);
          states.add(state, i, values + static_cast<size_t>(k * depth) * itemsize(types.input),
                     mask ? mask + k * depth : nullptr, depth, work);
          states.finish(state, i, natural + static_cast<size_t>(k) * itemsize(types.natural));
        }
        run.store_outputs(stmt.slot, types.natural, natural, output, count);
      });
      if (t % 64 == 0) poll_interrupt();
    }
  });
}

/// Long outputs, possibly cut into chunks whose states are merged pairwise afterwards.
class LongRows {
 public:
  LongRows(const Run& run, const RowStates& states)
      : run_(run),
        states_(states),
        tiling_(run.space.row(), run.space.depth / run.space.row()),
        code_(run.code(tiling_.row_mode, run.space.output_axes)),
        longest_(in_place(run.kernel(), code_) ? kInPlace : 0),
        chunks_(cut(run.space, tiling_)) {}

  void run() {
    const int64_t items = run_.space.outputs * chunks_;
    const double us = run_.us(static_cast<double>(run_.space.outputs) * static_cast<double>(run_.space.depth));
    std::optional<Scratch> slots;
    if (chunks_ > 1) slots.emplace(static_cast<size_t>(items) * states_.bytes());
    parallel_for(items, us / static_cast<double>(items), [&](int64_t first, int64_t last) {
      Frame frame(run_.launch, run_.space, code_);
      Scratch memory(states_.bytes() + kWorkBytes);
      int64_t unpolled = 0;
      for (int64_t item = first; item < last; ++item) {
        std::byte* state = slots ? slots->data() + static_cast<size_t>(item) * states_.bytes() : memory.data();
        run_item(frame, item, state, memory.data() + states_.bytes(), unpolled);
        if (!slots) states_.store(state, item);
      }
    });
    if (slots) merge_chunks(slots->data());
  }

 private:
  static int64_t cut(const Space& space, const Tiling& tiling) {
    if (space.depth < kSplitFrom || space.outputs >= kManyOutputs) return 1;
    return (tiling.tiles + kChunkTiles - 1) / kChunkTiles;
  }

  static bool in_place(const Kernel& kernel, const TileCode& code) {
    bool masked = false;
    for (const ReduceStmt& r : kernel.reduces) masked |= r.mask != kNoReg;
    return code.buffers == 0 && !masked;
  }

  /// Tile number t, and those of its row that follow it, up to longest_ elements. Moves t behind them.
  Tile next_tile(int64_t& t, int64_t last) const {
    Tile tile = tiling_.at(t++);
    while (t < last && tile.n < longest_) {
      const Tile next = tiling_.at(t);
      if (!tiling_.row_mode || next.row != tile.row) break;
      tile.n += next.n;
      ++t;
    }
    return tile;
  }

  /// unpolled: elements since the last look for an interrupt.
  void run_item(Frame& frame, int64_t item, std::byte* state, std::byte* work, int64_t& unpolled) const {
    const int64_t output = item / chunks_, chunk = item - output * chunks_;
    const int64_t first = chunks_ == 1 ? 0 : chunk * kChunkTiles;
    const int64_t last = chunks_ == 1 ? tiling_.tiles : std::min(tiling_.tiles, first + kChunkTiles);
    frame.enter(run_.space.output_axes, output);
    states_.start(state, chunk == 0);
    for (int64_t t = first; t < last;) {
      const Tile tile = next_tile(t, last);
      frame.run(tile, [&](uint16_t i, const std::byte* values, const bool* mask) {
        states_.add(state, i, values, mask, tile.count(), work);
      });
      if ((unpolled += tile.count()) < kPollElements) continue;
      unpolled = 0;
      poll_interrupt();
    }
  }

  void merge_chunks(std::byte* slots) const {
    const auto state = [&](int64_t output, int64_t chunk) {
      return slots + static_cast<size_t>(output * chunks_ + chunk) * states_.bytes();
    };
    for (int64_t output = 0; output < run_.space.outputs; ++output) {
      for (int64_t step = 1; step < chunks_; step *= 2)
        for (int64_t chunk = 0; chunk + step < chunks_; chunk += 2 * step)
          states_.merge(state(output, chunk), state(output, chunk + step));
      states_.store(state(output, 0), output);
    }
  }

  const Run& run_;
  const RowStates& states_;
  const Tiling tiling_;
  const TileCode& code_;
  const int64_t longest_;
  const int64_t chunks_;
};

/// Nothing to reduce: every output is the neutral element, or initial.
void store_empty(const Run& run, const RowStates& states) {
  Scratch memory(states.bytes());
  for (int64_t output = 0; output < run.space.outputs; ++output) {
    states.start(memory.data(), true);
    states.store(memory.data(), output);
  }
}

}  // namespace

void run_rows(const Run& run) {
  if (run.space.outputs == 0) return;
  const RowStates states(run);
  if (run.space.depth == 0) return store_empty(run, states);
  if (run.space.outputs > 1 && run.space.depth <= kTile / 2) return run_segments(run, states);
  LongRows(run, states).run();
}

}  // namespace crossarray::cpu
