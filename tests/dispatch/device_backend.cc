#include "tests/dispatch/device_backend.h"

#include <sys/mman.h>

#include <algorithm>

namespace crossarray::test {
namespace {

constexpr size_t kPage = 4096;
size_t pages(size_t bytes) { return (std::max<size_t>(bytes, 1) + kPage - 1) / kPage * kPage; }

// Fires once, at the k-th call.
bool fires(int64_t& k) { return k > 0 && --k == 0; }

}  // namespace

Seen DeviceBackend::seen() const {
  std::lock_guard lock(mutex_);
  return seen_;
}

void DeviceBackend::forget() {
  std::lock_guard lock(mutex_);
  Seen fresh;
  fresh.blocks = seen_.blocks;
  fresh.bytes = seen_.bytes;
  seen_ = fresh;
  cache_calls = 0;
}

void DeviceBackend::resurrect() {
  std::lock_guard lock(mutex_);
  faults = {};
  if (!lost_) return;
  lost_ = false;
  for (Stream stream : {kCompute, kCopies}) {
    queue_[stream].clear();
    done_[stream] = enqueued_[stream];
  }
}

void DeviceBackend::check() const {
  if (lost_) raise(ErrorKind::kDevice, name_ + " is lost");
}

void* DeviceBackend::allocate(size_t bytes) {
  std::lock_guard lock(mutex_);
  check();
  ++seen_.allocations;
  if (fires(faults.allocation) || (faults.capacity && seen_.bytes + bytes > faults.capacity))
    raise(ErrorKind::kMemory, name_ + " is full");
  void* data = mmap(nullptr, pages(bytes), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  std::memset(data, 0xFF, pages(bytes));
  mprotect(data, pages(bytes), PROT_NONE);
  blocks_[data] = bytes;
  ++seen_.blocks;
  seen_.bytes += bytes;
  peak_ = std::max(peak_, seen_.bytes);
  return data;
}

void DeviceBackend::deallocate(void* data, size_t bytes) noexcept {
  std::lock_guard lock(mutex_);
  --seen_.blocks;
  seen_.bytes -= bytes;
  auto free = [this, data, bytes] {
    blocks_.erase(data);
    munmap(data, pages(bytes));
  };
  if (lost_) return free();
  Fence copies{enqueued_[kCopies] << 1 | kCopies};
  enqueue(kCompute, free, copies);
}

void DeviceBackend::open_memory(bool open) const {
  for (auto [data, bytes] : blocks_) mprotect(data, pages(bytes), open ? PROT_READ | PROT_WRITE : PROT_NONE);
}

Fence DeviceBackend::enqueue(Stream stream, std::function<void()> work, Fence after) {
  queue_[stream].push_back({std::move(work), after});
  return {++enqueued_[stream] << 1 | static_cast<uint64_t>(stream)};
}

void DeviceBackend::run_one(Stream stream) {
  Operation operation = std::move(queue_[stream].front());
  queue_[stream].pop_front();
  if (operation.after.ticket) run_until(static_cast<Stream>(operation.after.ticket & 1), operation.after.ticket >> 1);
  if (operation.work && fires(faults.sticky)) lost_ = true;
  check();
  if (operation.work) {
    open_memory(true);
    operation.work();
    open_memory(false);
  }
  ++done_[stream];
}

// Runs what the fence needs and nothing else: work that was not told to wait for something finds it undone.
void DeviceBackend::run_until(Stream stream, uint64_t index) {
  while (done_[stream] < index) run_one(stream);
}

void DeviceBackend::wait_locked(Fence fence) {
  check();
  if (fence.ticket) run_until(static_cast<Stream>(fence.ticket & 1), fence.ticket >> 1);
}

MemoryKind DeviceBackend::kind_of(const void* data) const {
  std::lock_guard lock(mutex_);
  auto after = blocks_.upper_bound(const_cast<void*>(data));
  if (after != blocks_.begin()) {
    const auto& [start, bytes] = *--after;
    if (data < static_cast<const std::byte*>(start) + bytes) return MemoryKind::kOwn;
  }
  return data && data == pinned ? MemoryKind::kPinned : MemoryKind::kPageable;
}

Fence DeviceBackend::record() {
  std::lock_guard lock(mutex_);
  check();
  return {enqueued_[kCompute] << 1 | kCompute};
}

void DeviceBackend::order_after(Fence fence) {
  std::lock_guard lock(mutex_);
  check();
  if (fence.ticket) enqueue(kCompute, nullptr, fence);
}

bool DeviceBackend::reached(Fence fence) {
  std::lock_guard lock(mutex_);
  check();
  return done_[fence.ticket & 1] >= fence.ticket >> 1;
}

void DeviceBackend::wait(Fence fence) {
  std::lock_guard lock(mutex_);
  wait_locked(fence);
}

void DeviceBackend::synchronize() {
  std::lock_guard lock(mutex_);
  check();
  run_until(kCompute, enqueued_[kCompute]);
  run_until(kCopies, enqueued_[kCopies]);
}

Fence DeviceBackend::copy_from_host(void* to, const void* host_from, size_t bytes, Fence after) {
  std::lock_guard lock(mutex_);
  check();
  if (done_[kCompute] < last_run_ && after.ticket >> 1 < last_run_) seen_.upload_beside_run = true;
  ++seen_.ups;
  seen_.up_bytes += bytes;
  return enqueue(
      kCopies, [=] { std::memcpy(to, host_from, bytes); }, after);
}

Fence DeviceBackend::copy_to_host(void* host_to, const void* from, size_t bytes, Fence after) {
  std::lock_guard lock(mutex_);
  check();
  ++seen_.downs;
  seen_.down_bytes += bytes;
  return enqueue(
      kCopies, [=] { std::memcpy(host_to, from, bytes); }, after);
}

void DeviceBackend::copy_within(void* to, const void* from, size_t bytes) {
  std::lock_guard lock(mutex_);
  check();
  enqueue(kCompute, [=] { std::memcpy(to, from, bytes); });
}

bool DeviceBackend::copy_from_peer(void* to, Backend& source, const void* from, size_t bytes, Fence after) {
  std::lock_guard lock(mutex_);
  check();
  auto* other = dynamic_cast<DeviceBackend*>(&source);
  if (!peers || !other) return false;
  ++seen_.peers;
  enqueue(kCompute, [=] {
    std::lock_guard theirs(other->mutex_);
    other->wait_locked(after);
    other->open_memory(true);
    std::memcpy(to, from, bytes);
    other->open_memory(false);
  });
  return true;
}

std::unique_ptr<Program> DeviceBackend::compile(const Kernel& kernel, const CompileOptions& options) {
  return cpu_backend().compile(kernel, options);
}

void DeviceBackend::run(const Program& program, const Launch& launch) {
  std::lock_guard lock(mutex_);
  check();
  if (fires(faults.launch)) raise(ErrorKind::kDevice, name_ + ": launch failed");
  ++seen_.runs;
  enqueue(kCompute, [&program, launch] { cpu_backend().run(program, launch); });
  last_run_ = enqueued_[kCompute];
}

void DeviceBackend::scan(const ScanCall& call) {
  std::lock_guard lock(mutex_);
  check();
  enqueue(kCompute, [call] { cpu_backend().scan(call); });
}

void DeviceBackend::matmul(const MatmulCall& call) {
  std::lock_guard lock(mutex_);
  check();
  enqueue(kCompute, [call] { cpu_backend().matmul(call); });
}

void DeviceBackend::take(const IndexCall& call) {
  std::lock_guard lock(mutex_);
  check();
  enqueue(kCompute, [call] { cpu_backend().take(call); });
}

void DeviceBackend::put(const IndexCall& call) {
  std::lock_guard lock(mutex_);
  check();
  enqueue(kCompute, [call] { cpu_backend().put(call); });
}

int64_t DeviceBackend::count_true(const MaskCall& call) {
  std::lock_guard lock(mutex_);
  int64_t count = 0;
  wait_locked(enqueue(kCompute, [&] { count = cpu_backend().count_true(call); }));
  return count;
}

void DeviceBackend::nonzero(const MaskCall& call, int64_t* positions) {
  std::lock_guard lock(mutex_);
  check();
  enqueue(kCompute, [call, positions] { cpu_backend().nonzero(call, positions); });
}

}  // namespace crossarray::test
