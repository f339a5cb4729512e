// Kernels for the primitives on integer positions: take, put, nonzero. They move bits, so one type per size will do.
#pragma once

#include "cuda/device/access.h"

namespace crossarray::device {

struct alignas(16) Bits128 {
  u64 low, high;
};

}  // namespace crossarray::device
