// Run-time settings (xp.config).
#pragma once

#include <cstddef>

#include "dispatch/core/device.h"

namespace crossarray {

struct Config {
  bool lazy = true;            // false: every op runs when called
  int threads = 0;             // 0: all cores, or CROSSARRAY_THREADS
  bool fast_math = false;      // allows FMA contraction and reassociation
  size_t eager_bytes = 16384;  // iteration spaces below this run at once (measured: one op loses 3-25 % if recorded)
  int max_height = 512;        // a pending tree of more operations is evaluated before it grows
  size_t max_held_bytes = size_t{4} << 30;  // bytes of inputs a pending graph may keep alive
  size_t max_parameter_bytes = 32000;       // of one kernel's addresses, strides and scalars: CUDA takes 32764
  size_t memory_limit = 0;                  // most bytes in use on each device; 0: what the device has
};

/// The process-wide settings; changed under the graph lock.
Config& config();

/// The device that this thread's work is given to (`with xp.device(...)`), kAuto if the router decides. While any thread
/// has named a device other than the CPU nothing takes the eager lane, whose results are the host's.
Device current_device();
void set_current_device(Device device);

}  // namespace crossarray
