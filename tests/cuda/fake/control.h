// The fake CUDA driver's controls: what it shall fail at, and what it has seen. C functions, so that Python reaches them
// through ctypes in _cuda_fake.so too.
//
// Settings (0 unless said otherwise; `*_at` count calls from now on and fire once):
//   devices (1), sm (90), driver_version (13000), init_code, total_bytes (8 GiB), capacity (bytes; 0: total_bytes)
//   oom_at, pinned_oom_at, blas_oom_at (cublasCreate), launch_fail_at (that launch gives error 701, which is not sticky)
//   sticky_at (that enqueued operation fails with error 700 when it runs; every later call fails too)
//   compile_fail (every compilation), corrupt_image (the next image does not load)
//   missing_compiler, missing_blas, missing_fft, missing_solver, missing_kernels, missing_driver
// Counts: the name of any driver or library function; h2d_bytes, d2h_bytes, d2d_bytes, live_bytes, live_blocks,
//   cached_bytes, host_compilations, pending (operations enqueued and not run)
#pragma once

#include <cstdint>

extern "C" {
__attribute__((visibility("default"))) void fake_cuda_set(const char* setting, int64_t value);
__attribute__((visibility("default"))) int64_t fake_cuda_count(const char* name);
/// What another library does: enqueues a copy of `bytes` from the host to device memory, or from there to the host, on a
/// stream of the first device, by number (1: the legacy default one). The host's bytes must stay.
__attribute__((visibility("default"))) void fake_cuda_foreign_copy(uintptr_t stream, void* to, const void* from,
                                                                   int64_t bytes, int to_device);
/// Settings to their defaults, counters to 0. After a sticky error all device memory goes; else memory stays, as streams do.
__attribute__((visibility("default"))) void fake_cuda_reset();
}
