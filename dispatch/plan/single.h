// The plan of one operation on ready inputs: no plan.
#pragma once

#include "dispatch/core/storage.h"

namespace crossarray {

/// Computes `value` with one backend call if its producer reads only ready values and the work is too short for threads or
/// for letting go of the graph lock. Returns false, having done nothing, otherwise. Throws kMemory.
bool evaluate_single(Value& value);

}  // namespace crossarray
