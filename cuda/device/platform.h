// Where a kernel runs: on the device (NVRTC) or, compiled by the host's compiler, in the tests' emulation. All that differs
// between the two is here and in dispatch/scalar/math.h; generated text names neither threadIdx nor barriers nor shared
// memory itself.
#pragma once

#include "cuda/device/host_thread.h"

#ifdef __CUDACC_RTC__

#define XA_FN __device__ inline
// One block at least: every register it can have. Without the second number ptxas aims at more blocks and spills for it
// (a float64 variance on sm_100: 48 registers and 12 bytes spilled, now 62 and none).
#define XA_KERNEL(name, Args) extern "C" __global__ void __launch_bounds__(256, 1) name(const __grid_constant__ Args a)
#define XA_SHARED(name, bytes) __shared__ alignas(16) unsigned char name[bytes]

namespace crossarray::device {
XA_FN unsigned thread_in_block() { return threadIdx.x; }
XA_FN unsigned block_in_grid() { return blockIdx.x; }
XA_FN unsigned block_size() { return blockDim.x; }
XA_FN unsigned grid_size() { return gridDim.x; }
XA_FN void barrier() { __syncthreads(); }
XA_FN unsigned long long compare_and_swap(unsigned long long* at, unsigned long long expected,
                                          unsigned long long value) {
  return atomicCAS(at, expected, value);
}
XA_FN void raise_to(long long* at, long long value) { atomicMax(at, value); }
}  // namespace crossarray::device

#else

#define XA_FN inline
#define XA_EXPORT extern "C" __attribute__((visibility("default")))
/// The thread's state as a plain variable: kernels of one library run one at a time. XA_HOST_THREADS: one std::thread per
/// CUDA thread.
#ifdef XA_HOST_THREADS
#define XA_PER_THREAD thread_local
#else
#define XA_PER_THREAD
#endif
#define XA_KERNEL(name, Args)                                                          \
  static void name##_thread(const Args& a);                                            \
  XA_EXPORT void name(crossarray::device::HostThread* thread, const void* arguments) { \
    crossarray::device::current = thread;                                              \
    name##_thread(*static_cast<const Args*>(arguments));                               \
  }                                                                                    \
  XA_EXPORT void name##_loop(unsigned grid, unsigned block, const void* arguments) {   \
    crossarray::device::HostThread thread;                                             \
    thread.block_size = block, thread.grid_size = grid;                                \
    crossarray::device::current = &thread;                                             \
    for (thread.block = 0; thread.block < grid; ++thread.block)                        \
      for (thread.thread = 0; thread.thread < block; ++thread.thread)                  \
        name##_thread(*static_cast<const Args*>(arguments));                           \
  }                                                                                    \
  static void name##_thread(const Args& a)
#define XA_SHARED(name, bytes) unsigned char* const name = crossarray::device::current->shared

namespace crossarray::device {
static XA_PER_THREAD HostThread* current = nullptr;
inline unsigned thread_in_block() { return current->thread; }
inline unsigned block_in_grid() { return current->block; }
inline unsigned block_size() { return current->block_size; }
inline unsigned grid_size() { return current->grid_size; }
inline void barrier() {
  HostThread* const self = current;
  self->wait(self);
  current = self;
}
inline unsigned long long compare_and_swap(unsigned long long* at, unsigned long long expected,
                                           unsigned long long value) {
  __atomic_compare_exchange_n(at, &expected, value, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
  return expected;
}
inline void raise_to(long long* at, long long value) {
  long long seen = __atomic_load_n(at, __ATOMIC_RELAXED);
  while (seen < value && !__atomic_compare_exchange_n(at, &seen, value, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
  }
}
}  // namespace crossarray::device

#endif
