// Which device, and a copy of a value's bytes on one.
#pragma once

#include <cstddef>
#include <cstdint>

namespace crossarray {

class Backend;
class Value;

/// 0 is the CPU; other devices count up in the order they were added (plan/devices.h).
using Device = uint8_t;
inline constexpr Device kCpu = 0;
inline constexpr Device kAuto = 0xFF;  // no device asked for: the router decides
inline constexpr int kMaxDevices = 32;

/// Named by somebody and not the host: what is pinned there is worked on there.
constexpr bool is_remote(Device d) { return d != kCpu && d != kAuto; }

/// A point in a backend's work (plan/backend.h). 0: reached long ago. Free to copy.
struct Fence {
  uint64_t ticket = 0;
};

/// Bytes on one device. `keep` owns memory that is not ours (a NumPy array, a DLPack tensor) until dropped.
struct Buffer {
  void* data = nullptr;
  size_t bytes = 0;
  Backend* owner = nullptr;            // frees `data`; null: inline, or kept alive by `keep`
  void (*drop)(void* keep) = nullptr;  // called once when the buffer goes
  void* keep = nullptr;
};

/// The bytes of a value on a device other than the CPU. Lives as long as the value keeps it.
struct DeviceCopy {
  Value* of = nullptr;
  Device device = kCpu;
  bool valid = false;  // its bytes are the value's
  bool fresh = false;  // of Backend::allocate_for_upload(), and nothing has been copied there yet
  bool uploading =
      false;     // `written` is a copy from the host: compute work must be ordered after it, host bytes must stay
  int held = 0;  // steps work on it: not to be freed
  int lent = 0;  // somebody outside has the address, and may write there
  Buffer buffer;
  Backend* backend = nullptr;
  Fence written;                                   // its bytes are there
  uint64_t touched = 0;                            // time of the last use, for choosing cold ones
  DeviceCopy* next = nullptr;                      // of the same value
  DeviceCopy *before = nullptr, *after = nullptr;  // among the device's copies
};

/// Every copy on one device: where memory is to be found when it runs out. A list through the copies themselves: publishing
/// a result must not need memory.
class DeviceCopies {
 public:
  void add(DeviceCopy* copy) noexcept;
  void remove(DeviceCopy* copy) noexcept;
  /// The first; DeviceCopy::after leads on.
  DeviceCopy* first() const { return first_; }

 private:
  DeviceCopy* first_ = nullptr;
};
DeviceCopies& device_copies(Device device);

}  // namespace crossarray
