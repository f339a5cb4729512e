// Work on several threads (oneTBB): when it pays, how many.
//
//   parallel_for(rows, us_per_row, [&](int64_t first, int64_t last) { ... });
//
// The caller works too and never waits for a worker that has not started. Exceptions of the body reach the caller.
#pragma once

#include <cstdint>
#include <functional>

namespace crossarray::cpu {

/// Threads a parallel region may use: config().threads, else CROSSARRAY_THREADS, else the cores this process may use.
int thread_count();

/// Estimated work below which one thread is faster, in microseconds (evidence/cpu-engine.md section 5: waking a
/// sleeping worker takes 40-70).
inline constexpr double kParallelUs = 30.0;

/// Runs body(first, last) on pieces of [0, count) of at least `grain` items, on thread_count() threads.
void run_parallel(int64_t count, int64_t grain, const std::function<void(int64_t, int64_t)>& body);

/// The same, in the caller when the estimate is below kParallelUs; pieces of at least 10 us.
template <class Body>
void parallel_for(int64_t count, double us_per_item, const Body& body) {
  const double us = us_per_item * static_cast<double>(count);
  if (us < kParallelUs || count < 2 || thread_count() < 2) return body(int64_t{0}, count);
  const double items = 10.0 / us_per_item;
  run_parallel(count, items < 1 ? 1 : static_cast<int64_t>(items), body);
}

}  // namespace crossarray::cpu
