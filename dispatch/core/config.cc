#include "dispatch/core/config.h"

#include <utility>

namespace crossarray {

Config& config() {
  static Config settings;
  return settings;
}

namespace {

thread_local Device device_of_this_thread = kAuto;
int remote_threads = 0;  // that have named a device other than the CPU
size_t eager_bytes_before = 0;

}  // namespace

Device current_device() { return device_of_this_thread; }

void set_current_device(Device device) {
  int change = is_remote(device) - is_remote(device_of_this_thread);
  device_of_this_thread = device;
  if (change == 1 && remote_threads++ == 0) eager_bytes_before = std::exchange(config().eager_bytes, 0);
  if (change == -1 && --remote_threads == 0) config().eager_bytes = eager_bytes_before;
}

}  // namespace crossarray
