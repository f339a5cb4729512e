// Compiled programs by kernel structure.
#pragma once

#include "dispatch/plan/backend.h"

namespace crossarray {

/// The backend's program for this structure, compiled at first need and kept for the life of the process.
const Program& program_for(Backend& backend, const Kernel& kernel);

}  // namespace crossarray
