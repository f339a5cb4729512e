// Running results along lines of memory, for one op and element type.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dispatch/op.h"
#include "dispatch/scalar_fn.h"

namespace crossarray::cpu {

/// Lines computed at once: as many independent additions as hide the latency of one.
inline constexpr int kLinesAbreast = 4;

/// Loops of a binary op whose result has its loop's dtype; halves are computed in f32 and rounded at each step, but for
/// rows with half loops. Steps in bytes, n > 0.
struct LineScan {
  /// out[l][i] = op(out[l][i-1], in[l][i]) for the first 1 or kLinesAbreast lines.
  using Fn = void (*)(const std::byte* const* in, int64_t in_step, std::byte* const* out, int64_t out_step, int64_t n);
  Fn one = nullptr;
  Fn several = nullptr;  // null where a step costs more than what it waits for
};

/// Null if the table has no such loop.
const LineScan* line_scan(Op op, DType loop);

}  // namespace crossarray::cpu
