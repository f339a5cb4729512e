#include "cuda/plugin/memory.h"

#include <algorithm>
#include <cstdio>

#include "cuda/plugin/probe.h"

namespace crossarray::cuda {
namespace {

DevicePointer address(void* data) { return reinterpret_cast<DevicePointer>(data); }

/// "1,234,567".
std::string with_commas(size_t number) {
  std::string text = std::to_string(number);
  for (size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string gibibytes(size_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f GiB", static_cast<double>(bytes) / (1 << 30));
  return text;
}

}  // namespace

Pool::Pool(Device& device) : device_(device) {
  ContextScope scope(device.context());
  PoolProperties properties;
  properties.location = device.ordinal();
  device.check(driver().cuMemPoolCreate(&pool_, &properties), "cuMemPoolCreate");
  // The default threshold of 0 would return all cached memory at every synchronisation, at 20 ms a gigabyte.
  uint64_t keep_all = UINT64_MAX;
  device.check(driver().cuMemPoolSetAttribute(pool_, kReleaseThreshold, &keep_all), "cuMemPoolSetAttribute");
}

void* Pool::try_allocate(Stream stream, size_t bytes) {
  if (fail_ > 0 && --fail_ == 0) return nullptr;
  DevicePointer data = 0;
  const int code = driver().cuMemAllocFromPoolAsync(&data, std::max<size_t>(bytes, 1), pool_, stream);
  if (code == kOutOfMemory) return nullptr;
  device_.check(code, "cuMemAllocFromPoolAsync");
  return reinterpret_cast<void*>(data);
}

void* Pool::allocate(size_t bytes) {
  std::lock_guard<std::mutex> hold(mutex_);
  return allocate_on(device_.compute(), bytes);
}

void* Pool::allocate_for_upload(size_t bytes) {
  std::lock_guard<std::mutex> hold(mutex_);
  void* data = allocate_on(device_.upload(), bytes);
  // Freed on the compute stream, which knows nothing of this allocation: not before it has happened.
  copies_.upload = device_.record(device_.upload());
  return data;
}

void* Pool::allocate_on(Stream stream, size_t bytes) {
  const bool injected = fail_ == 1;
  sweep();
  // Room for every block to be put off at its end, which must not need memory.
  if (deferred_.capacity() <= blocks_) deferred_.reserve(2 * blocks_ + 16);
  void* data = try_allocate(stream, bytes);
  if (!data && !injected) {
    // The room may be there, only cached or waiting for work in flight.
    device_.synchronize();
    sweep();
    device_.check(driver().cuMemPoolTrimTo(pool_, 0), "cuMemPoolTrimTo");
    data = try_allocate(stream, bytes);
  }
  if (!data) refuse(bytes);
  ++blocks_;
  in_use_ += bytes;
  peak_ = std::max(peak_, in_use_);
  return data;
}

void Pool::refuse(size_t bytes) const {
  raise(ErrorKind::kMemory, "Out of memory on " + device_.name() + ": asked " + with_commas(bytes) + " bytes, in use " +
                                gibibytes(in_use_) + " of " + gibibytes(device_.total_bytes()) +
                                ". Free arrays or call crossarray.free_cached().");
}

void Pool::give_back(DevicePointer data) noexcept { driver().cuMemFreeAsync(data, device_.compute()); }

void Pool::deallocate(void* data, size_t bytes) noexcept {
  std::lock_guard<std::mutex> hold(mutex_);
  in_use_ -= bytes;
  if (device_.lost()) return;
  try {
    if (over(copies_)) {
      copies_ = {};  // asked once, not at every free
      --blocks_;
      give_back(address(data));
    } else {
      deferred_.push_back({address(data), copies_});
    }
  } catch (...) {
    // The error shows at the next call that may throw; the block stays with the pool.
  }
}

void Pool::note_upload(Fence fence) {
  std::lock_guard<std::mutex> hold(mutex_);
  copies_.upload = fence;
}

void Pool::note_download(Fence fence) {
  std::lock_guard<std::mutex> hold(mutex_);
  copies_.download = fence;
}

bool Pool::over(const Copies& copies) { return device_.reached(copies.upload) && device_.reached(copies.download); }

void Pool::sweep() {
  size_t done = 0;
  while (done < deferred_.size() && over(deferred_[done].copies)) give_back(deferred_[done++].data);
  blocks_ -= done;
  deferred_.erase(deferred_.begin(), deferred_.begin() + static_cast<std::ptrdiff_t>(done));
}

void Pool::free_cached() {
  std::lock_guard<std::mutex> hold(mutex_);
  device_.synchronize();
  sweep();
  device_.check(driver().cuStreamSynchronize(device_.compute()), "cuStreamSynchronize");
  device_.check(driver().cuMemPoolTrimTo(pool_, 0), "cuMemPoolTrimTo");
}

MemoryInfo Pool::info() const {
  if (is_forked_child()) return {0, 0, 0, device_.total_bytes()};  // the parent's; a lock may be held for ever
  std::lock_guard<std::mutex> hold(mutex_);
  uint64_t reserved = 0, used = 0;
  if (!device_.lost()) {
    driver().cuMemPoolGetAttribute(pool_, kReservedCurrent, &reserved);
    driver().cuMemPoolGetAttribute(pool_, kUsedCurrent, &used);
  }
  return {in_use_, reserved > used ? static_cast<size_t>(reserved - used) : 0, peak_, device_.total_bytes()};
}

}  // namespace crossarray::cuda
