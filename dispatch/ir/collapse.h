// Making the iteration space of a step as small in rank and as contiguous as its strides allow.
#pragma once

#include "dispatch/ir/lower.h"

namespace crossarray {

/// Sets kernel.rank, kernel.reduced, kernel.slots[].access, shape and slots[].strides from step.space: drops axes of
/// extent 1, orders axes by stride (not when an argmin/argmax counts along them), merges axes that step as one.
void collapse(Step& step);

}  // namespace crossarray
