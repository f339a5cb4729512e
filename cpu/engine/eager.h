// The eager lane: one op or one reduction on small arrays, without compiling anything.
#pragma once

#include "dispatch/plan/backend.h"

namespace crossarray::cpu {

void run_op(const OpCall& call);
void run_reduce(const ReduceCall& call);
/// A dense matrix that fits in one tile, reduced along its first axis: what the engine does with it, without its set-up.
/// False if the call is not that.
bool reduce_few_columns(const ReduceCall& call);

/// The same reduction as a kernel: load, cast, reduce.
Kernel kernel_of(const ReduceCall& call);
Launch launch_of(const ReduceCall& call);

}  // namespace crossarray::cpu
