#include "cpu/threads.h"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <future>
#include <memory>
#include <mutex>
#include <vector>

#include "dispatch/core/config.h"
#include "dispatch/core/error.h"
#include "dispatch/plan/backend.h"

namespace crossarray::cpu {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kPollEvery = std::chrono::milliseconds(2);

/// True in a thread of the pool while it runs a piece for another thread; inside: in any thread that runs a piece.
thread_local bool is_worker = false, inside = false;

/// A forked child has none of its parent's workers: it runs alone.
bool forked = false;

int default_threads() {
  pthread_atfork(nullptr, nullptr, [] { forked = true; });
  if (const char* text = std::getenv("CROSSARRAY_THREADS"); text && *text) {
    int threads = -1;
    const char* end = text + std::strlen(text);
    const auto [stop, failure] = std::from_chars(text, end, threads);
    if (failure != std::errc() || stop != end || threads < 0 || threads > 4096)
      raise(ErrorKind::kValue,
            std::string("CROSSARRAY_THREADS must be 0 (all cores) or a count up to 4096, got '") + text + "'");
    if (threads > 0) return threads;
  }
  return oneapi::tbb::info::default_concurrency();
}

/// oneTBB starts no more workers than cores unless told so, and prints a warning when an arena asks for more.
void allow_threads(int threads) {
  using oneapi::tbb::global_control;
  static std::mutex mutex;
  static std::unique_ptr<global_control> raised;
  static int allowed = oneapi::tbb::info::default_concurrency();
  std::lock_guard lock(mutex);
  if (threads <= allowed) return;
  raised = std::make_unique<global_control>(global_control::max_allowed_parallelism, static_cast<size_t>(threads));
  allowed = threads;
}

/// One arena per calling thread: two Python threads that compute at once never queue behind each other.
oneapi::tbb::task_arena& arena(int threads) {
  thread_local std::unique_ptr<oneapi::tbb::task_arena> current;
  if (!current || current->max_concurrency() != threads) {
    allow_threads(threads);
    current = std::make_unique<oneapi::tbb::task_arena>(threads);
  }
  return *current;
}

/// Marks a thread for the length of one piece.
class Piece {
 public:
  explicit Piece(bool worker) : was_worker_(is_worker), was_inside_(inside) {
    is_worker = was_worker_ || worker;
    inside = true;
  }
  ~Piece() {
    is_worker = was_worker_;
    inside = was_inside_;
  }

 private:
  bool was_worker_, was_inside_;
};

}  // namespace

int thread_count() {
  static const int fallback = default_threads();
  if (forked || inside) return 1;
  return config().threads > 0 ? config().threads : fallback;
}

#ifdef __SANITIZE_THREAD__
// TBB's shared library is not instrumented, so the order it establishes would not be seen: plain threads take its place.
void run_parallel(int64_t count, int64_t grain, const std::function<void(int64_t, int64_t)>& body) {
  std::atomic<int64_t> next = 0;
  const auto work = [&](bool worker) {
    Piece piece(worker);
    for (int64_t first; (first = next.fetch_add(grain)) < count;) body(first, std::min(first + grain, count));
  };
  std::vector<std::future<void>> workers;
  for (int i = 1; i < thread_count(); ++i) workers.push_back(std::async(std::launch::async, work, true));
  work(false);
  for (auto& worker : workers) worker.get();
}
#else
void run_parallel(int64_t count, int64_t grain, const std::function<void(int64_t, int64_t)>& body) {
  using Range = oneapi::tbb::blocked_range<int64_t>;
  const pthread_t caller = pthread_self();
  arena(thread_count()).execute([&] {
    oneapi::tbb::parallel_for(Range(0, count, static_cast<size_t>(grain)), [&](const Range& r) {
      Piece piece(!pthread_equal(pthread_self(), caller));
      body(r.begin(), r.end());
    });
  });
}
#endif

void poll_interrupt() {
  thread_local Clock::time_point last = Clock::now();
  if (is_worker) return;
  const auto now = Clock::now();
  if (now - last < kPollEvery) return;
  last = now;
  if (interrupt_poll() && interrupt_poll()()) raise(ErrorKind::kInterrupted, "evaluation interrupted");
}

}  // namespace crossarray::cpu
