// CUDA C++ text for running results along an axis (ufunc.accumulate): one thread per line, left to right as NumPy does it.
// Same shape as codegen.h: plan_scan(call), generate(plan.variant), run plan.stages with plan.arguments. No scratch.
#pragma once

#include "cuda/codegen/codegen.h"
#include "dispatch/plan/backend.h"

namespace crossarray::cuda {

struct ScanVariant {
  Op op = Op::add;
  DType in = DType::kF64, loop = DType::kF64, out = DType::kF64;
  uint8_t rank = 1;  // of the lines' space
};

struct ScanPlan {
  ScanVariant variant;
  std::vector<Stage> stages;
  Arguments arguments;
};

/// Whether the op's result can be its next input.
bool can_scan(const ScanCall& call);
ScanPlan plan_scan(const ScanCall& call);
Source generate(const ScanVariant& variant);

}  // namespace crossarray::cuda
