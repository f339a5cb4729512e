// Kernels that do nothing but fold one whole array: what a library's reduction can do in their place.
#pragma once

#include <optional>

#include "dispatch/ir/kernel_ir.h"

namespace crossarray::cuda {

struct WholeFold {
  ReduceKind kind;   // sum prod min max argmin argmax
  DType dtype;       // of the elements; sums and products of int32 are int64
  uint16_t in, out;  // slots
};

/// None unless `kernel` is a load, possibly a widening to the accumulator, and one unmasked fold of every element.
std::optional<WholeFold> whole_fold_of(const Kernel& kernel);
/// Number of elements where they lie one after the other in the order of the space; 0 where they do not.
int64_t dense_elements(const WholeFold& fold, const Kernel& kernel, const Launch& launch);

}  // namespace crossarray::cuda
