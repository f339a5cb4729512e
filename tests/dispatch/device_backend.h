// A device for tests of the core: memory of its own that host code cannot touch (a wrong access is a segmentation fault),
// work that runs only when somebody waits for it, and faults on request. Kernels run through the CPU backend.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <mutex>

#include "dispatch/plan/backend.h"

namespace crossarray::test {

/// What shall go wrong, and when. Counts are from now; 0: never.
struct Faults {
  int64_t allocation = 0;  // the k-th allocation: kMemory
  int64_t launch = 0;      // the k-th run(): kDevice, the device stays
  int64_t sticky = 0;      // the k-th enqueued operation that runs: the device is lost
  size_t capacity = 0;     // bytes; more than this: kMemory
};

struct Seen {
  int64_t allocations = 0, runs = 0, ups = 0, downs = 0, peers = 0;
  size_t up_bytes = 0, down_bytes = 0, blocks = 0, bytes = 0;  // blocks, bytes: alive now
  bool upload_beside_run = false;  // some upload waited for nothing of a run that had been enqueued and not done
};

class DeviceBackend final : public Backend {
 public:
  explicit DeviceBackend(std::string name) : name_(std::move(name)) {}

  Faults faults;
  std::function<bool(const Kernel&)> refuses = [](const Kernel&) { return false; };
  Seen seen() const;
  void forget();     // counters to 0
  void resurrect();  // no longer lost

  std::string name() const override { return name_; }
  std::string describe() const override { return "a device for tests"; }
  std::string software() const override { return "driver 1"; }
  bool host_accessible() const override { return false; }
  bool lost() const override { return lost_; }
  void* allocate(size_t bytes) override;
  void* allocate_for_upload(size_t bytes) override { return allocate(bytes); }  // never used before
  void deallocate(void* data, size_t bytes) noexcept override;
  void free_cached() override { ++cache_calls; }
  MemoryInfo memory() const override { return {seen_.bytes, 0, peak_, faults.capacity}; }
  void* allocate_pinned(size_t) override { return nullptr; }
  void deallocate_pinned(void*, size_t) noexcept override {}
  MemoryKind kind_of(const void* data) const override;
  void fail_allocation(int64_t k) override { faults.allocation = k; }
  Fence record() override;
  void order_after(Fence fence) override;
  bool reached(Fence fence) override;
  void wait(Fence fence) override;
  void synchronize() override;
  void stream_waits(uintptr_t, Fence fence) override { wait(fence); }
  void wait_for_stream(uintptr_t) override {}
  Fence copy_from_host(void* to, const void* host_from, size_t bytes, Fence after) override;
  Fence copy_to_host(void* host_to, const void* from, size_t bytes, Fence after) override;
  void copy_within(void* to, const void* from, size_t bytes) override;
  bool copy_from_peer(void* to, Backend& source, const void* from, size_t bytes, Fence after) override;
  bool supports(const Kernel& kernel) const override { return !refuses(kernel); }
  bool supports(const ScanCall&) const override { return true; }
  bool supports(const MatmulCall&) const override { return true; }
  bool supports(const IndexCall&) const override { return true; }
  bool supports(const MaskCall&) const override { return true; }
  bool supports(const FftCall&) const override { return true; }
  std::unique_ptr<Program> compile(const Kernel& kernel, const CompileOptions& options) override;
  void run(const Program& program, const Launch& launch) override;
  void scan(const ScanCall& call) override;
  void matmul(const MatmulCall& call) override;
  void take(const IndexCall& call) override;
  void put(const IndexCall& call) override;
  int64_t count_true(const MaskCall& call) override;
  void nonzero(const MaskCall& call, int64_t* positions) override;
  void fft(const FftCall&) override {}

  int cache_calls = 0;
  const void* pinned = nullptr;  // what it takes for page-locked memory
  bool peers = false;            // reaches other devices of this kind

 private:
  struct Operation {
    std::function<void()> work;
    Fence after;
  };
  enum Stream { kCompute, kCopies };
  Fence enqueue(Stream stream, std::function<void()> work, Fence after = {});
  void run_until(Stream stream, uint64_t index);
  void run_one(Stream stream);
  void wait_locked(Fence fence);
  void check() const;
  void open_memory(bool open) const;

  std::string name_;
  mutable std::recursive_mutex mutex_;
  std::map<void*, size_t> blocks_;
  std::deque<Operation> queue_[2];
  uint64_t enqueued_[2] = {}, done_[2] = {}, last_run_ = 0;
  Seen seen_;
  size_t peak_ = 0;
  bool lost_ = false;
};

}  // namespace crossarray::test
