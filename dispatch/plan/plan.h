// A lowered graph made ready to run again: everything that does not depend on values.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "dispatch/ir/lower.h"
#include "dispatch/plan/backend.h"
#include "dispatch/plan/router.h"

namespace crossarray {

/// Steps with their programs; launches with every pointer and scalar still to be filled in. Values are named by their
/// ordinal in the PendingGraph (pending_graph.h), scalars by their ordinal in the signature.
struct Plan {
  struct Slot {
    size_t value;    // ordinal
    int64_t offset;  // bytes
  };
  struct ScalarUse {
    size_t source;  // ordinal
    DType wanted;
  };
  struct PlanStep {
    const Program* program;  // for the CPU
    Kernel kernel;           // for the other devices, compiled when the step goes there
    Work work;
    Dims space;
    std::vector<Slot> slots;
    std::vector<ScalarUse> scalars;
    std::vector<size_t> params;  // ordinal of the expression whose `param` it is, per reduction
  };
  std::vector<PlanStep> steps;
  std::vector<Launch> launches;  // one per step, patched before each run
  std::vector<size_t> run_ends;  // ends of the runs of steps that share a sweep (blocks.h)
  std::vector<size_t> outputs;   // ordinals of the values written
  /// An output that may be written over an input which is read at `offset` (in_place.h).
  struct Overwrite {
    size_t output, input;  // ordinals
    int64_t offset;
  };
  bool ends_elementwise = false;    // the last step runs alone and reduces nothing
  std::vector<size_t> last_stores;  // ordinals of what that step writes
  std::vector<Overwrite> overwrites;
  double microseconds = 0;        // expected on one thread
  bool busy = false;              // its launches belong to a run in flight
  std::optional<Placement> last;  // how it was placed when it last ran with a choice
};

/// What makes two pending graphs the same plan: operations, dtypes, shapes, strides, which values are one, what must be
/// stored; not addresses and not scalars.
struct Signature {
  std::string bytes;
  std::vector<Scalar> scalars;  // distinct ones, in order of appearance
};
Signature signature_of(const PendingGraph& graph);

/// A step's launch with its pointers still to be filled in.
Launch launch_template(const Step& step);
/// The plan for this graph, made at first need. Caches a bounded number of plans.
Plan& plan_for(const PendingGraph& graph, const Signature& signature);
/// A plan of its own for this graph, for when the cached one is busy in another thread.
std::unique_ptr<Plan> make_plan(const PendingGraph& graph, const Signature& signature);

}  // namespace crossarray
