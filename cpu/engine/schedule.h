// The order in which a kernel's values are computed: light ops of one dtype gathered into long runs.
#pragma once

#include <vector>

#include "dispatch/ir/kernel_ir.h"

namespace crossarray::cpu {

/// group[r]: 0 for a value computed on its own, else the run it may join; negative: not computed at all (a load, a launch
/// scalar, or read by nobody). Returns the computed values, inputs before readers.
std::vector<Reg> schedule(const Kernel& kernel, const std::vector<int>& group);

}  // namespace crossarray::cpu
