// The oracle: kernels and ops one element at a time, from the scalar expressions of ops_scalar.h. Slow and plain.
#pragma once

#include "dispatch/plan/backend.h"

namespace crossarray::cpu::reference {

void run(const Kernel& kernel, const Launch& launch);
void run_op(const OpCall& call);

/// Reduces values one after the other: sums in long double, variance in two passes. `values` are of `dtype`.
Scalar reduce(ReduceKind kind, DType accumulate, const std::vector<Scalar>& values, double ddof, DType result);

}  // namespace crossarray::cpu::reference
