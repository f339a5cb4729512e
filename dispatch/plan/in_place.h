// Outputs that are written over memory nobody can look at any more, instead of into new memory.
//
// An output may take over an input when every read of the input is in the plan's last step, element for element where the
// output is written, and when the input lives only through expressions that end with this plan. Once such a step has
// begun it must not fail, or neither the old value nor the new one would exist: Launch::must_finish, and a limit on the
// time nothing can interrupt. Earlier steps can fail as ever: they write new memory only.
#pragma once

#include "dispatch/plan/plan.h"

namespace crossarray {

/// The pairs of output and input for which the form of the plan allows it. `last`: the plan's last step as lowered.
std::vector<Plan::Overwrite> possible_overwrites(const PendingGraph& graph, const Lowered& lowered, const Plan& plan);

/// For each output the input whose memory it takes over in this run, or null; empty if there is none.
std::vector<Value*> memory_to_take(const Plan& plan, const PendingGraph& graph, const Backend& backend);

/// May `target`, an output that no other value depends on, be written to `memory` from `offset` on, in place? `memory` is
/// held by one storage and not shared with the outside.
bool fits_over(const Plan& plan, const PendingGraph& graph, const Value& target, const Value& memory, int64_t offset);

}  // namespace crossarray
