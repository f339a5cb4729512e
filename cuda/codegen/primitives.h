// CUDA C++ for indexed loads and stores and for mask positions: what is no Kernel. Same shape as codegen.h:
//   PrimitivePlan plan = plan_take(call);
//   Source source = generate(plan.variant);         // unless compiled already: plan.variant.key()
//   Arguments arguments = pack(plan, scratch);      // then run plan.stages as those of a kernel
#pragma once

#include "cuda/codegen/codegen.h"
#include "dispatch/plan/backend.h"

namespace crossarray::cuda {

enum class Primitive : uint8_t {
  kTake,       // values <- base[index]
  kPut,        // base[index] <- values; of equal positions the last one wins (a hash table of winners)
  kPutUnique,  // the same where no position comes twice, or all values are one
  kNonzero,    // flat positions of true elements, in order
};

struct PrimitiveVariant {
  Primitive primitive = Primitive::kTake;
  IndexWidth index = IndexWidth::kU32;
  uint8_t item = 1;        // bytes moved at once: 1 2 4 8 16
  uint8_t indices = 1;     // index arrays
  uint8_t index_rank = 1;  // axes of the index (or the mask)
  uint8_t rest_rank = 0;

  /// Cache key of a compiled source; never equal to a kernel's.
  std::string key() const;
  friend bool operator==(const PrimitiveVariant&, const PrimitiveVariant&) = default;
};

struct PrimitivePlan {
  PrimitiveVariant variant;
  std::vector<Stage> stages;         // empty: nothing to do
  size_t scratch_bytes = 0;          // uninitialised: the first stage clears what must be
  std::vector<std::byte> arguments;  // complete but for the scratch address
  size_t scratch_at = 0;             // where pack() writes it
};

/// The index arrays, base and values are device memory.
PrimitivePlan plan_take(const IndexCall& call);
/// `unique`: the caller knows that no position comes twice (positions of a mask).
PrimitivePlan plan_put(const IndexCall& call, bool unique = false);
/// positions: device memory for as many int64 as count_true_kernel() counts.
PrimitivePlan plan_nonzero(const MaskCall& call, int64_t* positions);
Source generate(const PrimitiveVariant& variant);
Arguments pack(const PrimitivePlan& plan, void* scratch);

}  // namespace crossarray::cuda
