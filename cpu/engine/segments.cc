// ufunc.reduceat along a line: every segment folded into one element.
#include <algorithm>

#include "cpu/engine/eager.h"
#include "cpu/engine/reducer.h"
#include "cpu/kernels/scan_lines.h"
#include "cpu/primitives.h"
#include "cpu/threads.h"

namespace crossarray::cpu {
namespace {

/// Segments from here on go to vector kernels; shorter ones are folded one element after the other.
constexpr int64_t kShortSegment = 12;
/// On average longer: the engine's reductions, whose threads and partial results outweigh a call for each.
constexpr double kLongSegment = 4096;

/// fold(in, n, out) for the segments first <= i < last.
template <class Fold> void for_segments(const SegmentsCall& call, int64_t first, int64_t last, const Fold& fold) {
  const int64_t item = static_cast<int64_t>(itemsize(call.loop));
  for (int64_t i = first; i < last; ++i) {
    const int64_t start = call.starts[i], stop = i + 1 < call.count ? call.starts[i + 1] : call.length;
    fold(call.in + start * item, std::max<int64_t>(stop - start, 1), call.out + i * item);
  }
}

void fold_long_segments(const SegmentsCall& call) {
  const Dims stride{static_cast<int64_t>(itemsize(call.loop))}, still{0};
  for_segments(call, 0, call.count, [&](const std::byte* in, int64_t n, std::byte* out) {
    const Dims length{n};
    run_reduce({*call.kind, call.loop, call.loop, call.loop, in, &stride, out, &still, &length, 1, 0});
  });
}

}  // namespace

void fold_segments(const SegmentsCall& call) {
  const double mean = static_cast<double>(call.length) / static_cast<double>(std::max<int64_t>(call.count, 1));
  if (call.kind && mean > kLongSegment) return fold_long_segments(call);
  const LineScan::Fn step = line_scan(call.op, call.loop)->one;
  const BlockFn block = call.kind ? block_kernel(block_kind(*call.kind), call.loop) : nullptr;
  const int64_t item = static_cast<int64_t>(itemsize(call.loop));
  parallel_for(call.count, 5e-3 + 1e-3 * mean * row(call.op).flops, [&](int64_t first, int64_t last) {
    for_segments(call, first, last, [&](const std::byte* in, int64_t n, std::byte* out) {
      block&& n >= kShortSegment ? block(in, static_cast<size_t>(n), out) : step(&in, item, &out, 0, n);
    });
  });
}

}  // namespace crossarray::cpu
