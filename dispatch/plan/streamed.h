// Running a step that does not fit on its device: in pieces that stream through a fixed budget.
#pragma once

#include <vector>

#include "dispatch/plan/backend.h"

namespace crossarray {

/// Where the bytes of one slot's value are: on the host (read and written in pieces) or whole on the device.
struct StreamedSlot {
  Value* value;
  int64_t offset;             // of the slot's first element
  std::byte* host = nullptr;  // the value's bytes; null: `device` has them
  std::byte* device = nullptr;
};

/// Runs `kernel` over pieces of its outermost axis. Two sets of buffers take turns, so that one piece is copied while
/// another is computed. False, with the device idle and results undefined, if the step cannot be split (the outermost
/// axis is reduced, a result is not written in order) or not even small pieces fit. Throws kDevice.
bool stream_step(Device device, const Kernel& kernel, const Launch& launch, const std::vector<StreamedSlot>& slots);

/// Most bytes of device memory that the buffers take. Tests make it small.
size_t& stream_budget();

}  // namespace crossarray
