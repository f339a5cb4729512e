// Device memory: the driver's stream-ordered pool, kept by the process until it is asked to give it back.
#pragma once

#include <atomic>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "cuda/plugin/device.h"
#include "dispatch/plan/backend.h"

namespace crossarray::cuda {

/// Allocations are ordered by the device's compute stream or by its upload stream. Threads may share a pool.
class Pool {
 public:
  explicit Pool(Device& device);

  /// At least 256-byte aligned (the driver's granularity). When there is no room: waits for the device, returns cached
  /// memory, tries once more, then throws kMemory with what was asked and what is in use. 0 bytes give a block too.
  void* allocate(size_t bytes);
  /// The same, to be used on the upload stream first. The driver makes that stream wait for what used the memory last, if
  /// that is still under way, and for nothing else.
  void* allocate_for_upload(size_t bytes);
  /// Takes effect after everything enqueued so far on any of the device's streams. A no-op once the device is lost.
  void deallocate(void* data, size_t bytes) noexcept;
  /// A copy from or to the host may outlive the arrays it works on: memory freed from now on is kept until `fence`.
  void note_upload(Fence fence);
  void note_download(Fence fence);
  void free_cached();
  MemoryInfo info() const;
  void fail_allocation(int64_t k) { fail_ = k; }

 private:
  struct Copies {
    Fence upload, download;  // the last of each; the two streams know no order between them
  };
  struct Deferred {
    DevicePointer data;
    Copies copies;
  };
  bool over(const Copies& copies);
  void* allocate_on(Stream stream, size_t bytes);  // under mutex_, as the next
  void* try_allocate(Stream stream, size_t bytes);
  void give_back(DevicePointer data) noexcept;
  void sweep();  // frees what waited for copies that are over
  [[noreturn]] void refuse(size_t bytes) const;

  Device& device_;
  MemoryPool pool_ = nullptr;
  mutable std::mutex mutex_;
  std::vector<Deferred> deferred_;  // under mutex_, oldest first
  Copies copies_;                   // under mutex_
  size_t blocks_ = 0;               // not given back to the driver; under mutex_
  size_t in_use_ = 0, peak_ = 0;    // under mutex_
  std::atomic<int64_t> fail_ = 0;
};

/// A block freed at the end of the scope: kernel scratch. Stream order keeps it valid for what was enqueued before.
class Scratch {
 public:
  Scratch(Pool& pool, size_t bytes) : pool_(pool), bytes_(bytes), data_(bytes ? pool.allocate(bytes) : nullptr) {}
  ~Scratch() {
    if (data_) pool_.deallocate(data_, bytes_);
  }
  Scratch(const Scratch&) = delete;
  void* data() const { return data_; }
  size_t bytes() const { return bytes_; }

 private:
  Pool& pool_;
  size_t bytes_;
  void* data_;
};

}  // namespace crossarray::cuda
