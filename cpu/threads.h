// Work on several threads (oneTBB): when it pays, how many.
//
//   parallel_for(rows, us_per_row, [&](int64_t first, int64_t last) {
//     for (int64_t i = first; i < last; ++i) { ...; poll_interrupt(); }
//   });
//
// The caller works too and never waits for a worker that has not started (a sleeping worker takes 40-70 us to wake, and
// milliseconds on a busy machine). What an item computes must not depend on the pieces: then results do not depend on
// the number of threads.
#pragma once

#include <cstdint>
#include <functional>

namespace crossarray::cpu {

/// Threads a parallel region may use: config().threads, else CROSSARRAY_THREADS, else the cores this process may use.
/// 1 inside a piece of another region: regions do not nest.
int thread_count();

/// Estimated work below which one thread is faster, and the least work of one piece, in microseconds.
inline constexpr double kParallelUs = 30, kGrainUs = 10;

/// Runs body(first, last) on pieces of [0, count) of at least `grain` items, on thread_count() threads. Exceptions of
/// the body reach the caller.
void run_parallel(int64_t count, int64_t grain, const std::function<void(int64_t, int64_t)>& body);

/// The same, in the caller when the estimate is below kParallelUs; pieces of at least kGrainUs.
template <class Body> void parallel_for(int64_t count, double us_per_item, const Body& body) {
  const double us = us_per_item * static_cast<double>(count);
  if (us < kParallelUs || count < 2 || thread_count() < 2) return body(int64_t{0}, count);
  const double items = kGrainUs / us_per_item;
  run_parallel(count, items < 1 ? 1 : static_cast<int64_t>(items), body);
}

/// Call it between tiles (every few microseconds or more): asks interrupt_poll() every few ms, on the thread that
/// started the work only. Throws kInterrupted.
void poll_interrupt();

}  // namespace crossarray::cpu
