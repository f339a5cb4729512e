// Finding steps that can share one sweep over their outermost axis.
#pragma once

#include <vector>

#include "dispatch/ir/lower.h"

namespace crossarray {

/// End (exclusive) of the longest run of steps from `first` in which block i of every step needs, of what the run itself
/// writes, only block i: softmax and layer norm over rows, for example. Run block by block, what one step writes is
/// still in cache when the next one reads it. first + 1 if nothing can be shared.
/// May split the only axis of a joining step in two, so that its outermost axis is the shared one.
size_t end_of_blocked_run(std::vector<Step>& steps, size_t first);

}  // namespace crossarray
