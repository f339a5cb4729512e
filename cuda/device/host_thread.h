// What a CUDA thread knows of itself when kernels are compiled for the host: the shim's side of cuda/device/platform.h.
// A runner (tests/cuda) fills one per thread and calls the entry; `wait` is the block barrier.
#pragma once

namespace crossarray::device {

struct HostThread {
  unsigned thread = 0, block = 0, block_size = 1, grid_size = 1;
  unsigned char* shared = nullptr;      // of the block, 48 KiB, 16-byte aligned
  void (*wait)(HostThread*) = nullptr;  // returns when every thread of the block has called it
  void* owner = nullptr;                // the runner's
};

/// Every entry `NAME` of a kernel compiled for the host: one thread's work. `NAME_loop` (exported beside it) runs a whole
/// grid of threads that never wait, one after the other.
using HostEntry = void (*)(HostThread* thread, const void* arguments);
using HostLoop = void (*)(unsigned grid, unsigned block, const void* arguments);

}  // namespace crossarray::device
