// Measuring this machine once, for the router: xp.calibrate().
#pragma once

#include <string>
#include <vector>

#include "dispatch/plan/machine.h"

namespace crossarray {

/// What is measured for the devices there are ("cuda:0: exp of float32"); each takes some tens of milliseconds.
std::vector<std::string> calibration_steps();
/// Takes measurement `i` into machine(). After the last one the machine counts as calibrated. Throws kMemory, kDevice, kIndex.
void calibration_step(size_t i);

}  // namespace crossarray
