#include "tests/cuda/host_runner.h"

#include <pthread.h>
#include <ucontext.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <numeric>
#include <random>
#include <thread>
#include <vector>

#include "dispatch/core/error.h"

namespace crossarray::cuda::test {
namespace {

constexpr size_t kStack = 64 << 10, kShared = 48 << 10;

struct alignas(16) SharedMemory {
  unsigned char bytes[kShared];
  void poison() { std::memset(bytes, 0xFF, sizeof bytes); }
};

/// The fibers of one block; made once for a grid.
class FiberBlock {
 public:
  FiberBlock(device::HostEntry entry, unsigned grid, unsigned block, const void* arguments, Schedule schedule)
      : entry_(entry),
        arguments_(arguments),
        schedule_(schedule),
        fibers_(block),
        order_(block),
        shared_(new SharedMemory) {
    stacks_.reset(new char[kStack * block]);
    for (unsigned i = 0; i < block; ++i) {
      Fiber& f = fibers_[i];
      f.thread.thread = i;
      f.thread.block_size = block;
      f.thread.grid_size = grid;
      f.thread.shared = shared_->bytes;
      f.thread.wait = wait;
      f.thread.owner = this;
    }
    std::iota(order_.begin(), order_.end(), 0u);
    if (schedule == Schedule::kReversed) std::reverse(order_.begin(), order_.end());
  }

  void run(unsigned block) {
    shared_->poison();
    for (unsigned i = 0; i < fibers_.size(); ++i) start(i, block);
    for (size_t live = fibers_.size(); live > 0;) {
      if (schedule_ == Schedule::kShuffled) std::shuffle(order_.begin(), order_.end(), random_);
      for (unsigned i : order_) {
        running_ = i;
        swapcontext(&scheduler_, &fibers_[i].context);
      }
      const size_t finished =
          static_cast<size_t>(std::count_if(fibers_.begin(), fibers_.end(), [](const Fiber& f) { return f.finished; }));
      if (finished != 0 && finished != fibers_.size())
        raise(ErrorKind::kRuntime, "some threads of a block finished while others wait at a barrier");
      live = fibers_.size() - finished;
    }
  }

 private:
  struct Fiber {
    ucontext_t context;
    device::HostThread thread;
    bool finished = false;
  };

  void start(unsigned i, unsigned block) {
    Fiber& f = fibers_[i];
    f.thread.block = block;
    f.finished = false;
    getcontext(&f.context);
    f.context.uc_stack.ss_sp = stacks_.get() + kStack * i;
    f.context.uc_stack.ss_size = kStack;
    f.context.uc_link = &scheduler_;
    const auto self = reinterpret_cast<uintptr_t>(this);
    makecontext(&f.context, reinterpret_cast<void (*)()>(body), 2, static_cast<unsigned>(self >> 32),
                static_cast<unsigned>(self));
  }
  static void body(unsigned high, unsigned low) {
    auto* self = reinterpret_cast<FiberBlock*>(static_cast<uintptr_t>(high) << 32 | low);
    Fiber& f = self->fibers_[self->running_];
    self->entry_(&f.thread, self->arguments_);
    f.finished = true;
  }
  static void wait(device::HostThread* thread) {
    auto* self = static_cast<FiberBlock*>(thread->owner);
    swapcontext(&self->fibers_[thread->thread].context, &self->scheduler_);
  }

  device::HostEntry entry_;
  const void* arguments_;
  Schedule schedule_;
  std::vector<Fiber> fibers_;
  std::vector<unsigned> order_;
  std::unique_ptr<SharedMemory> shared_;
  std::unique_ptr<char[]> stacks_;
  ucontext_t scheduler_;
  unsigned running_ = 0;
  std::mt19937 random_{7};
};

}  // namespace

void run_fibers(device::HostEntry entry, unsigned grid, unsigned block, const void* arguments, Schedule schedule) {
  FiberBlock fibers(entry, grid, block, arguments, schedule);
  for (unsigned i = 0; i < grid; ++i) fibers.run(schedule == Schedule::kReversed ? grid - 1 - i : i);
}

namespace {

/// A thread's way through the block barrier. Two barriers in turn: a late thread that leaves one cannot see what an early
/// one did before it reached the next, which ThreadSanitizer would take for an order and miss races by.
struct BarrierTurns {
  pthread_barrier_t* barriers;
  unsigned turn = 0;

  static void wait(device::HostThread* thread) {
    auto* self = static_cast<BarrierTurns*>(thread->owner);
    pthread_barrier_wait(&self->barriers[self->turn++ & 1]);
  }
};

}  // namespace

void run_threads(device::HostEntry entry, unsigned grid, unsigned block, const void* arguments) {
  const std::unique_ptr<SharedMemory> shared(new SharedMemory);
  for (unsigned b = 0; b < grid; ++b) {
    shared->poison();
    pthread_barrier_t barriers[2];  // std::barrier orders more than a block barrier does
    for (pthread_barrier_t& each : barriers) pthread_barrier_init(&each, nullptr, block);
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < block; ++i)
      threads.emplace_back([&, i] {
        BarrierTurns turns{barriers};
        device::HostThread self{i, b, block, grid, shared->bytes, BarrierTurns::wait, &turns};
        entry(&self, arguments);
      });
    for (std::thread& each : threads) each.join();
    for (pthread_barrier_t& each : barriers) pthread_barrier_destroy(&each);
  }
}

}  // namespace crossarray::cuda::test
