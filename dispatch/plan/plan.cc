#include "dispatch/plan/plan.h"

#include <algorithm>
#include <unordered_map>

#include "dispatch/core/config.h"
#include "dispatch/plan/blocks.h"
#include "dispatch/plan/cost.h"
#include "dispatch/plan/in_place.h"
#include "dispatch/plan/program_cache.h"

namespace crossarray {
namespace {

// Programs whose shapes change all the time would fill the cache with plans used once; then it starts afresh.
constexpr size_t kMaxPlans = 1024;

using Plans = std::unordered_map<std::string, std::unique_ptr<Plan>>;

Plans& plans() {
  static Plans table;
  return table;
}

// Nothing to compute: no elements, and no reduction that must write its identity.
bool is_empty(const Step& step) {
  if (step.elements() > 0) return false;
  for (int axis = 0; axis < step.shape.size(); ++axis)
    if (step.shape[axis] == 0 && !(step.kernel.reduced >> axis & 1)) return true;
  return step.kernel.reduces.empty();
}

size_t ordinal_of(const std::vector<Scalar>& scalars, const Scalar& value) {
  return static_cast<size_t>(std::find(scalars.begin(), scalars.end(), value) - scalars.begin());
}

Plan::PlanStep plan_step(const PendingGraph& graph, const Signature& signature, const Step& step) {
  Plan::PlanStep out;
  out.program = &program_for(cpu_backend(), step.kernel);
  out.kernel = step.kernel;
  out.work = work_of(step);
  out.space = step.space;
  for (const Step::Bound& slot : step.slots) out.slots.push_back({graph.ordinal(*slot.value), slot.offset});
  for (size_t i = 0; i < step.scalars.size(); ++i)
    out.scalars.push_back({ordinal_of(signature.scalars, step.scalar_sources[i]), step.scalars[i].dtype});
  for (const ReduceStmt& r : step.kernel.reduces) out.params.push_back(graph.ordinal(*step.slots[r.slot].value));
  return out;
}

bool ends_elementwise(const std::vector<Step>& steps, const std::vector<size_t>& run_ends) {
  if (steps.empty() || !steps.back().kernel.reduces.empty()) return false;
  return run_ends.size() == 1 ? steps.size() == 1 : run_ends[run_ends.size() - 2] + 1 == steps.size();
}

}  // namespace

Launch launch_template(const Step& step) {
  Launch launch;
  launch.shape = step.shape;
  launch.scalars = step.scalars;
  launch.params = step.params;
  for (const Step::Bound& slot : step.slots) launch.slots.push_back({nullptr, slot.strides});
  return launch;
}

std::unique_ptr<Plan> make_plan(const PendingGraph& graph, const Signature& signature) {
  Lowered lowered = lower(graph);
  auto plan = std::make_unique<Plan>();
  for (const Value* v : lowered.outputs) plan->outputs.push_back(graph.ordinal(*v));
  std::erase_if(lowered.steps, is_empty);
  for (size_t first = 0; first < lowered.steps.size(); first = plan->run_ends.back())
    plan->run_ends.push_back(end_of_blocked_run(lowered.steps, first));
  for (const Step& step : lowered.steps) {
    plan->steps.push_back(plan_step(graph, signature, step));
    plan->launches.push_back(launch_template(step));
    plan->microseconds += cpu_microseconds(step);
  }
  plan->ends_elementwise = ends_elementwise(lowered.steps, plan->run_ends);
  if (plan->ends_elementwise)
    for (const StoreStmt& store : lowered.steps.back().kernel.stores)
      plan->last_stores.push_back(graph.ordinal(*lowered.steps.back().slots[store.slot].value));
  plan->overwrites = possible_overwrites(graph, lowered, *plan);
  return plan;
}

Plan& plan_for(const PendingGraph& graph, const Signature& signature) {
  std::string key = signature.bytes;
  key += config().fast_math ? 'f' : 'e';
  if (auto known = plans().find(key); known != plans().end()) return *known->second;
  if (plans().size() >= kMaxPlans) std::erase_if(plans(), [](const auto& entry) { return !entry.second->busy; });
  return *plans().emplace(std::move(key), make_plan(graph, signature)).first->second;
}

}  // namespace crossarray
