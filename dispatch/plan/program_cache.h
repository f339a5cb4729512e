// Compiled programs by kernel structure.
#pragma once

#include "dispatch/plan/backend.h"

namespace crossarray {

/// The backend's program for this structure, compiled at first need and kept for the life of the process.
const Program& program_for(Backend& backend, const Kernel& kernel);
/// How many structures have been compiled (tests).
size_t program_count();

}  // namespace crossarray
