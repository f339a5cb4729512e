// From the pending graph to fused kernels.
#pragma once

#include <span>
#include <vector>

#include "dispatch/core/array.h"
#include "dispatch/ir/kernel_ir.h"
#include "dispatch/ir/pending_graph.h"

namespace crossarray {

/// One fused pass and what it reads and writes.
struct Step {
  struct Bound {
    Value* value;               // read (load) or written (store, reduce)
    int64_t offset;             // bytes
    Dims strides;               // bytes, over the collapsed space
    std::byte* data = nullptr;  // set: this memory instead of the value's
  };
  Kernel kernel;
  Dims shape;                // collapsed space
  std::vector<Bound> slots;  // one per kernel slot
  std::vector<Scalar> scalars;
  std::vector<Scalar> scalar_sources;  // what each scalar was in the graph, before a cast to the kernel's dtype
  std::vector<double> params;          // one per reduction: ddof
  Dims space;                          // before collapsing: explain(), and finding steps that share leading axes
  uint64_t reduced = 0;                // axes of `space` its reductions remove

  int64_t elements() const;
};

/// Steps in the order they must run. `outputs` are the values they write.
struct Lowered {
  std::vector<Step> steps;
  std::vector<Value*> outputs;
};

/// Cuts everything `targets` depend on into kernels.
///
/// Two operations share a kernel when they have the same iteration space and no path between them leads through a
/// reduction, a differently shaped operation or a view of an unfinished value. An operation needed on both sides of such
/// a barrier is computed twice if it is cheap, else stored. Only what arrays still hold, and what a later kernel
/// loads, is written to memory.
Lowered lower(const PendingGraph& graph);

/// One elementwise expression of ready inputs as a step that writes to `out` through `strides`.
Step lower_single(const Expr& expr, std::byte* out, const Dims& strides);

}  // namespace crossarray
