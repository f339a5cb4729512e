// The fake driver: device memory on the host, poisoned, tracked, bounded.
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "tests/cuda/fake/control.h"
#include "tests/cuda/fake/state.h"

namespace crossarray::cuda {

struct MemoryPoolHandle {
  int device;
};

namespace fake {
namespace {

size_t capacity() {
  const int64_t chosen = setting("capacity");
  return static_cast<size_t>(chosen ? chosen : setting("total_bytes"));
}

void* poisoned(size_t bytes) {
  void* data = std::aligned_alloc(512, (bytes + 511) & ~size_t{511});
  std::memset(data, 0xFF, bytes);
  return data;
}

void note_live(int64_t bytes, int64_t blocks) {
  add("live_bytes", bytes);
  add("live_blocks", blocks);
}

int free_block(uintptr_t data) {
  const auto at = state().blocks.find(data);
  if (at == state().blocks.end() || !at->second.allocated()) return fault("a free of what is not allocated");
  const Block block = at->second;
  state().used[block.device] -= block.bytes;
  state().cached[block.device] += block.bytes;  // as a pool does: kept until trimmed
  add("cached_bytes", static_cast<int64_t>(block.bytes));
  note_live(-static_cast<int64_t>(block.bytes), -1);
  state().blocks.erase(at);
  std::free(reinterpret_cast<void*>(data));
  return kSuccess;
}

bool is_pinned(const void* data, size_t bytes) {
  const auto at = reinterpret_cast<uintptr_t>(data);
  auto after = state().pinned.upper_bound(at);
  if (after == state().pinned.begin()) return false;
  const auto& [start, size] = *--after;
  return at + bytes <= start + size;
}

const Block* block_at(DevicePointer data) {
  auto after = state().blocks.upper_bound(data);
  if (after == state().blocks.begin()) return nullptr;
  const auto& [start, block] = *--after;
  return data < start + block.bytes ? &block : nullptr;
}

}  // namespace

FAKE(kDriver, cuMemPoolCreate, (MemoryPool * pool, const PoolProperties* properties)) {
  FAKE_ENTER;
  *pool = keep(new MemoryPoolHandle{properties->location});
  return kSuccess;
}
FAKE(kDriver, cuMemPoolSetAttribute, (MemoryPool, int, void*)) {
  FAKE_ENTER;
  return kSuccess;
}
FAKE(kDriver, cuMemPoolGetAttribute, (MemoryPool pool, int attribute, void* value)) {
  FAKE_ENTER;
  const size_t used = state().used[pool->device], cached = state().cached[pool->device];
  const uint64_t answer = attribute == kUsedCurrent ? used : used + cached;
  std::memcpy(value, &answer, sizeof answer);
  return kSuccess;
}
FAKE(kDriver, cuMemPoolTrimTo, (MemoryPool pool, size_t)) {
  FAKE_ENTER;
  add("cached_bytes", -static_cast<int64_t>(state().cached[pool->device]));
  state().cached[pool->device] = 0;
  return kSuccess;
}
FAKE(kDriver, cuMemAllocFromPoolAsync, (DevicePointer * data, size_t bytes, MemoryPool pool, Stream stream)) {
  FAKE_ENTER;
  if (due("oom_at")) return kOutOfMemory;
  size_t &used = state().used[pool->device], &cached = state().cached[pool->device];
  // Cached memory serves what fits in it; it does not make room for more until it is trimmed.
  const size_t reused = cached >= bytes ? bytes : 0;
  if (used + cached - reused + bytes > capacity()) return kOutOfMemory;
  cached -= reused;
  add("cached_bytes", -static_cast<int64_t>(reused));
  used += bytes;
  void* block = poisoned(bytes);
  state().blocks[reinterpret_cast<uintptr_t>(block)] = {bytes, pool->device, stream, stream->enqueued};
  note_live(static_cast<int64_t>(bytes), 1);
  *data = reinterpret_cast<DevicePointer>(block);
  return kSuccess;
}
FAKE(kDriver, cuMemFreeAsync, (DevicePointer data, Stream stream)) {
  FAKE_ENTER;
  enqueue(stream, [data] { return free_block(static_cast<uintptr_t>(data)); });
  return kSuccess;
}
FAKE(kDriver, cuMemHostAlloc, (void** data, size_t bytes, unsigned)) {
  FAKE_ENTER;
  if (current_device() < 0) return kInvalidContext;
  if (due("pinned_oom_at")) return kOutOfMemory;
  *data = poisoned(bytes);
  state().pinned[reinterpret_cast<uintptr_t>(*data)] = bytes;
  return kSuccess;
}

FAKE(kDriver, cuMemFreeHost, (void* data)) {
  FAKE_ENTER;
  if (state().pinned.erase(reinterpret_cast<uintptr_t>(data)) == 0) return kInvalidValue;
  std::free(data);
  return kSuccess;
}

FAKE(kDriver, cuPointerGetAttribute, (void* value, int attribute, DevicePointer data)) {
  FAKE_ENTER;
  const Block* block = block_at(data);
  if (!block && !is_pinned(reinterpret_cast<const void*>(data), 1)) return kInvalidValue;
  const unsigned type = block ? kMemoryOfDevice : kMemoryOfHost;
  const int device = block ? block->device : 0;
  std::memcpy(value, attribute == kPointerMemoryType ? static_cast<const void*>(&type) : &device, sizeof type);
  return kSuccess;
}

namespace {

/// Ten bytes a nanosecond.
double copy_us(size_t bytes) { return 10 + 1e-4 * static_cast<double>(bytes); }

int copy(void* to, const void* from, size_t bytes) {
  std::memcpy(to, from, bytes);
  return kSuccess;
}

}  // namespace

FAKE(kDriver, cuMemcpyHtoDAsync, (DevicePointer to, const void* from, size_t bytes, Stream stream)) {
  FAKE_ENTER;
  add("h2d_bytes", static_cast<int64_t>(bytes));
  void* target = reinterpret_cast<void*>(to);
  // Pageable memory is read before the call returns, pinned memory when the copy runs.
  std::shared_ptr<std::vector<std::byte>> early;
  if (!is_pinned(from, bytes)) {
    const auto* bytes_from = static_cast<const std::byte*>(from);
    early = std::make_shared<std::vector<std::byte>>(bytes_from, bytes_from + bytes);
  }
  const auto run = [=] {
    if (!is_allocated(target, bytes)) return fault("a copy from the host outside every block that is allocated");
    return copy(target, early ? early->data() : from, bytes);
  };
  enqueue(stream, run, copy_us(bytes));
  return kSuccess;
}
FAKE(kDriver, cuMemcpyDtoHAsync, (void* to, DevicePointer from, size_t bytes, Stream stream)) {
  FAKE_ENTER;
  add("d2h_bytes", static_cast<int64_t>(bytes));
  const void* source = reinterpret_cast<const void*>(from);
  const auto run = [=] {
    return is_allocated(source, bytes) ? copy(to, source, bytes) : fault("a copy to the host outside every block");
  };
  enqueue(stream, run, copy_us(bytes));
  return kSuccess;
}

namespace {

int copy_on_device(DevicePointer to, DevicePointer from, size_t bytes, Stream stream) {
  add("d2d_bytes", static_cast<int64_t>(bytes));
  void* target = reinterpret_cast<void*>(to);
  const void* source = reinterpret_cast<const void*>(from);
  enqueue(stream, [=] {
    if (!is_allocated(target, bytes) || !is_allocated(source, bytes))
      return fault("a copy on the device outside every block");
    return copy(target, source, bytes);
  });
  return kSuccess;
}

}  // namespace

FAKE(kDriver, cuMemcpyDtoDAsync, (DevicePointer to, DevicePointer from, size_t bytes, Stream stream)) {
  FAKE_ENTER;
  return copy_on_device(to, from, bytes, stream);
}
FAKE(kDriver, cuMemcpyPeerAsync,
     (DevicePointer to, Context, DevicePointer from, Context, size_t bytes, Stream stream)) {
  FAKE_ENTER;
  return copy_on_device(to, from, bytes, stream);
}

}  // namespace fake
}  // namespace crossarray::cuda

extern "C" void fake_cuda_foreign_copy(uintptr_t stream, void* to, const void* from, int64_t bytes, int to_device) {
  using namespace crossarray::cuda::fake;
  std::lock_guard<std::recursive_mutex> hold(state().mutex);
  const auto size = static_cast<size_t>(bytes);
  enqueue(made_or_default(reinterpret_cast<crossarray::cuda::Stream>(stream), 0), [=] {
    if (!is_allocated(to_device ? to : from, size)) return fault("another library's copy outside every block");
    return copy(to, from, size);
  });
}
