// Running results along lines of memory, for one element type.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dispatch/op.h"
#include "dispatch/scalar_fn.h"

namespace crossarray::cpu {

/// Lines computed at once: as many independent additions as hide the latency of one.
inline constexpr int kLinesAbreast = 4;

/// out[l][i] = op(out[l][i-1], in[l][i]) for the first 1 or kLinesAbreast lines; steps in bytes, n > 0.
struct LineScan {
  using Fn = void (*)(const std::byte* const* in, int64_t in_step, std::byte* const* out, int64_t out_step, int64_t n);
  Fn one = nullptr, several = nullptr;
};

/// Compiled line scans exist for the ops people accumulate with and for cheap ones; else null.
const LineScan* line_scan(Op op, DType loop);

/// Any binary op, any loop dtype (halves: computed in f32 and rounded each step), element by element.
class StepScan {
 public:
  StepScan(Op op, DType loop);
  /// Dense elements of the loop dtype, in place. `first`: the line starts here, else `accumulator` carries on.
  void run(std::byte* elements, std::byte* accumulator, bool first, int64_t n) const;

 private:
  ScalarFn apply_;
  ScalarFn widen_ = nullptr, narrow_ = nullptr;  // halves: to f32 and back; Bool results: back to the loop dtype
  DType loop_;
};

}  // namespace crossarray::cpu
