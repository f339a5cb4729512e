// Where measured figures are kept between processes.
#pragma once

#include <string>

#include "dispatch/plan/machine.h"

namespace crossarray {

/// The file of this machine with these devices: below CROSSARRAY_CACHE_DIR, XDG_CACHE_HOME or ~/.cache. It begins with the
/// versions of the library and of the devices' software; for others the figures do not count.
std::string machine_file();
/// Writes machine() there, aside and then renamed. Throws kRuntime when it cannot.
void save_machine();
/// The figures stored there; usual ones when there are none, or none that count (Machine::origin says which).
Machine load_machine(const Machine& usual);

}  // namespace crossarray
