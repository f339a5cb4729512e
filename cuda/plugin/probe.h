// Can CUDA be used here? One sentence either way; starts the driver if there is one.
#pragma once

#include <string>

namespace crossarray::cuda {

inline constexpr int kOldestDriver = 13000;  // the driver's CUDA version: NVRTC 13 makes code for these
inline constexpr int kOldestCompute = 75;

struct Probe {
  int devices = 0;
  int code = 0;          // the driver's error code, where it gave one
  std::string sentence;  // what is there, or why nothing is
};

/// Looks, starting the driver (cuInit) unless CUDA is switched off or there is none. Under 1 ms without a driver.
Probe look_for_cuda();
/// look_for_cuda() once per process.
const Probe& probe();

/// True in a child of the process that started CUDA: nothing of it can be used there.
bool is_forked_child();
/// Throws kDevice in such a child.
void refuse_after_fork();

}  // namespace crossarray::cuda
