// Measuring this machine once, for the router: xp.calibrate().
#pragma once

#include <string>

#include "dispatch/plan/machine.h"

namespace crossarray {

/// Number of measurements for the devices there are; each takes some tens of milliseconds.
size_t calibration_steps();
/// Takes measurement `i` into machine(), and returns what it measured ("cuda:0: exp of float32"). After the last one the
/// machine counts as calibrated. Throws kMemory, kDevice, kIndex.
std::string calibration_step(size_t i);

/// Where the table of this machine with these devices and this version of the library is kept: below CROSSARRAY_CACHE_DIR,
/// XDG_CACHE_HOME or ~/.cache.
std::string machine_file();
/// Writes machine() to machine_file(), aside and then renamed. Throws kRuntime when it cannot.
void save_machine();

}  // namespace crossarray
