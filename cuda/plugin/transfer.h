// Copies between host and device through pinned memory: asynchronous, on streams of their own, beside the compute stream.
#pragma once

#include <array>
#include <mutex>

#include "cuda/plugin/device.h"
#include "cuda/plugin/memory.h"

namespace crossarray::cuda {

/// A ring of pinned blocks. Pageable memory is what arrays are made of, and the driver would copy it at a third of the
/// speed and without overlap.
class StagingRing {
 public:
  static constexpr size_t kBlocks = 4, kBlockBytes = size_t{4} << 20;

  /// The next block, waiting until the copy that used it last is over. Null if there is no pinned memory to be had.
  std::byte* take(Device& device);
  /// The block taken last is in use until `fence`.
  void keep_until(Fence fence) { fences_[(next_ + kBlocks - 1) % kBlocks] = fence; }

 private:
  std::array<std::byte*, kBlocks> blocks_{};
  std::array<Fence, kBlocks> fences_{};
  size_t next_ = 0;
  bool refused_ = false;
};

class Transfer {
 public:
  Transfer(Device& device, Pool& pool) : device_(device), pool_(pool) {}

  /// Host to device, not before `after`. Pageable host bytes have been read when it returns, pinned ones at the fence.
  Fence upload(void* to, const void* host_from, size_t bytes, Fence after);
  /// Device to host, not before `after`. Pageable host bytes are there when it returns, pinned ones at the fence; compute
  /// goes on meanwhile.
  Fence download(void* host_to, const void* from, size_t bytes, Fence after);

  /// Page-locked memory for arrays; null if there is none to be had.
  void* allocate_pinned(size_t bytes);
  void deallocate_pinned(void* host) noexcept;

 private:
  // Whoever allocated it: also memory of other libraries.
  bool is_pinned(const void* host) const { return device_.kind_of(host) == MemoryKind::kPinned; }
  Fence stage_up(std::byte* to, const std::byte* from, size_t bytes);
  Fence stage_down(std::byte* to, const std::byte* from, size_t bytes);

  Device& device_;
  Pool& pool_;
  std::mutex up_mutex_, down_mutex_;  // one thread at a time in each direction
  StagingRing up_, down_;
};

}  // namespace crossarray::cuda
