// Building register-threaded chains: a run of ops as links that keep the latest value in the accumulators.
#pragma once

#include <vector>

#include "cpu/kernels/chain.h"
#include "dispatch/core/small_vector.h"

namespace crossarray::cpu {

/// Where a value lies while a tile runs: an index into Frame::at.
using Place = uint16_t;
inline constexpr Place kNowhere = 0xFFFF;

/// One link before its memory is known: `place` gives it, or `temporary` (a block of its own), or neither.
struct ChainLink {
  void* run = nullptr;
  void* plain = nullptr;  // the same without streaming
  Step step = Step::kEnd;
  Op op = Op::copy;  // where `is_op`
  Operand operand = Operand::kVector;
  bool is_op = false;
  Place place = kNowhere;
  int16_t temporary = -1;
  bool advances = false;     // moves with the block
  bool stores = false;       // writes `place`
  bool every_other = false;  // reads every other element from `place` on
};

struct ChainCode {
  DType dtype;
  ChainRunner runner;
  std::vector<ChainLink> links;
  int temporaries = 0;
  bool streams = false;
};

/// Input of a chained op: the chain's own value number `value`, or what lies at `place`.
struct ChainSource {
  int value = -1;
  Place place = kNowhere;
  bool scalar = false;
  bool every_other = false;
};

class ChainBuilder {
 public:
  /// fast_math: products and sums may be contracted, and division by a scalar may multiply by its reciprocal.
  ChainBuilder(DType dtype, bool fast_math);

  /// Appends value number count(): op(a, b). `uses`: how many inputs of later values it will be. It is stored to each of
  /// `places`, streamed to those below `stream_below`.
  void add(Op op, bool binary, ChainSource a, ChainSource b, int uses, const SmallVector<Place, 4>& places,
           Place stream_below);
  /// Appends a copy of what lies at `from`.
  void copy(Place from, Place to);
  int count() const { return static_cast<int>(values_.size()); }
  /// Inputs at places below `far_below` come from beyond the caches: they are asked for ahead of time.
  ChainCode finish(Place far_below = 0);

 private:
  struct Value {
    int uses;
    Place place = kNowhere;  // stored here and readable
    int16_t temporary = -1;  // saved here
  };
  void emit(void* run, ChainLink where);
  void step(Step step, ChainLink where);
  void apply(Op op, Operand operand, ChainLink where);
  ChainLink location(const ChainSource& source) const;
  static Operand operand(const ChainSource& source, bool first);
  void save_accumulator();
  void load(const ChainSource& source);
  void used(const ChainSource& source);
  void store(Place place, bool stream);
  void prefetch(Place far_below);

  ChainCode code_;
  bool fast_math_;
  std::vector<Value> values_;
  std::vector<int16_t> free_;
  int accumulator_ = -1;  // the value in the registers
};

}  // namespace crossarray::cpu
