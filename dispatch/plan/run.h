// What every way of running a plan does.
#pragma once

#include "dispatch/plan/plan.h"
#include "dispatch/plan/profile.h"

namespace crossarray {

/// Puts this evaluation's scalars and parameters into the plan's launches.
void bind_scalars(Plan& plan, const PendingGraph& graph, const Signature& signature);
/// Wakes threads that wait for values of a plan that let go of the graph lock.
void announce_plan_done();

/// True if an input is not ready for host code or a result is pinned to a device.
bool leaves_host(const PendingGraph& graph);
/// True if the plan's steps may run elsewhere than on the host: it leaves the host, or the work is long enough for a device
/// to be worth a look.
bool asks_router(const Plan& plan, const PendingGraph& graph);
/// What the profile says of steps that share a sweep on the host.
void tell_steps(ProfileScope& scope, const Plan& plan, size_t first, size_t end);

}  // namespace crossarray
