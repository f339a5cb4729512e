// CUDA C++ text for indexed loads and stores and for mask positions: what is no Kernel. Same shape as codegen.h:
//   PrimitivePlan plan = plan_take(call);  Source s = generate(plan.variant);  pack(plan, scratch);  run plan.stages
#pragma once

#include "cuda/codegen/codegen.h"
#include "dispatch/plan/backend.h"

namespace crossarray::cuda {

enum class Primitive : uint8_t {
  kTake,       // values <- base[index]
  kPut,        // base[index] <- values; of equal positions the last value wins (a hash table of winners, three stages)
  kPutAny,     // the same where it does not matter who wins: all values are one
  kNonzero,    // flat positions of true elements, in order
  kPositions,  // values <- base[flat position]: compress by positions
};

struct PrimitiveVariant {
  Primitive primitive = Primitive::kTake;
  uint8_t item = 1;     // bytes moved at once: 1 2 4 8 16
  uint8_t indices = 1;  // index arrays
  uint8_t index_rank = 1, rest_rank = 0;
  std::string key() const;
};

struct PrimitivePlan {
  PrimitiveVariant variant;
  std::vector<Stage> stages;
  size_t scratch_bytes = 0;          // uninitialised: the first stage clears what must be
  std::vector<std::byte> arguments;  // complete but for the scratch address
  size_t scratch_at = 0;             // where pack() writes it
};

PrimitivePlan plan_take(const IndexCall& call);
/// `unique`: the caller knows that no position comes twice.
PrimitivePlan plan_put(const IndexCall& call, bool unique = false);
/// positions: device memory for `count` int64, count as count_true_kernel gives it.
PrimitivePlan plan_nonzero(const MaskCall& call, int64_t* positions);
Source generate(const PrimitiveVariant& variant);
Arguments pack(const PrimitivePlan& plan, void* scratch);

}  // namespace crossarray::cuda
