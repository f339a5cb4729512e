#include "cpu/threads.h"

#include <oneapi/tbb/info.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include <cstdlib>
#include <mutex>

#include "dispatch/core/config.h"

namespace crossarray::cpu {
namespace {

int default_threads() {
  if (const char* text = std::getenv("CROSSARRAY_THREADS"))
    if (const int threads = std::atoi(text); threads > 0) return threads;
  return oneapi::tbb::info::default_concurrency();
}

/// The arena of `threads` slots; made anew when the setting changes.
oneapi::tbb::task_arena& arena(int threads) {
  static std::mutex mutex;
  static oneapi::tbb::task_arena current(oneapi::tbb::task_arena::attach{});
  static int slots = 0;
  std::lock_guard lock(mutex);
  if (slots != threads) {
    current.terminate();
    current.initialize(threads);
    slots = threads;
  }
  return current;
}

}  // namespace

int thread_count() {
  static const int fallback = default_threads();
  const int wanted = config().threads;
  return wanted > 0 ? wanted : fallback;
}

void run_parallel(int64_t count, int64_t grain, const std::function<void(int64_t, int64_t)>& body) {
  using Range = oneapi::tbb::blocked_range<int64_t>;
  arena(thread_count()).execute([&] {
    oneapi::tbb::parallel_for(Range(0, count, grain), [&](const Range& r) { body(r.begin(), r.end()); });
  });
}

}  // namespace crossarray::cpu
