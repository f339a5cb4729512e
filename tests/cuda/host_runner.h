// Runs kernels compiled for the host: a grid block by block, the threads of a block as fibers that switch at barriers.
#pragma once

#include <cstdint>

#include "cuda/device/host_thread.h"

namespace crossarray::cuda::test {

/// In which order the threads of a block run from one barrier to the next. Each runs up to its barrier before another
/// starts: as unfair as can be, which is what shows a missing barrier.
enum class Schedule : uint8_t { kInOrder, kReversed, kShuffled };

/// Throws Error(kRuntime) when some threads of a block finish while others wait. Shared memory starts as 0xFF bytes.
void run_fibers(device::HostEntry entry, unsigned grid, unsigned block, const void* arguments, Schedule schedule);

/// One std::thread per CUDA thread, for ThreadSanitizer. The text must be compiled with -DXA_HOST_THREADS.
void run_threads(device::HostEntry entry, unsigned grid, unsigned block, const void* arguments);

}  // namespace crossarray::cuda::test
