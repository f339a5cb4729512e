// Room on a device.
#pragma once

#include "dispatch/plan/backend.h"

namespace crossarray {

/// Memory on a device. Frees what it must, in this order: the cache; cold copies that the host has too; cold ones after
/// copying them to the host. Throws kMemory when all that was not enough.
void* allocate_with_pressure(Device device, size_t bytes);
/// Memory if there is some now, else null.
void* allocate_without_pressure(Device device, size_t bytes);

}  // namespace crossarray
