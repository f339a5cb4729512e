// Room on a device.
#pragma once

#include "dispatch/plan/backend.h"

namespace crossarray {

/// Memory on a device. Frees what it must, in this order: the cache; cold copies that the host has too; cold ones after
/// copying them to the host. Throws kMemory when all that was not enough. lane: kUpload for memory that a copy from the host
/// is the first to write (Backend::allocate_for_upload).
void* allocate_with_pressure(Device device, size_t bytes, Lane lane = Lane::kCompute);
/// Memory if there is some now, else null.
void* allocate_without_pressure(Device device, size_t bytes, Lane lane = Lane::kCompute);

}  // namespace crossarray
