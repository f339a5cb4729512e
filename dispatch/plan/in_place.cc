#include "dispatch/plan/in_place.h"

#include <algorithm>

namespace crossarray {
namespace {

// Nothing can interrupt a step that writes over its inputs: Ctrl-C waits this long at most (one thread's estimate).
constexpr double kMaxMicroseconds = 100e3;

bool same_strides(const Step& step, const Step::Bound& a, const Step::Bound& b) {
  for (int axis = 0; axis < step.shape.size(); ++axis)
    if (step.shape[axis] != 1 && a.strides[axis] != b.strides[axis]) return false;
  return true;
}

// The offset at which the step reads `input` where slot `out` is written, if that is the plan's only way to read it.
bool reads_alike(const Lowered& lowered, const Value* input, size_t out, int64_t& offset) {
  const Step& last = lowered.steps.back();
  bool found = false;
  for (const Step& step : lowered.steps)
    for (size_t i = 0; i < step.slots.size(); ++i) {
      const Step::Bound& slot = step.slots[i];
      if (slot.value != input) continue;
      if (&step != &last || (found && slot.offset != offset) || !same_strides(last, slot, last.slots[out]))
        return false;
      if (itemsize(last.kernel.slots[i].dtype) != itemsize(last.kernel.slots[out].dtype)) return false;
      offset = slot.offset;
      found = true;
    }
  return found;
}

// How often the graph's expressions read each value, by ordinal.
std::vector<int> count_reads(const PendingGraph& graph) {
  std::vector<int> reads(graph.exprs().size() + graph.inputs().size());
  for (const Expr* expr : graph.exprs())
    for (int i = 0; i < expr->arity; ++i)
      if (const Value* v = expr->in[i].value.get()) ++reads[graph.ordinal(*v)];
  return reads;
}

// True if no expression of the graph lives on: each is let go of when its value is stored, or read by none but those.
bool all_end(const Plan& plan, const PendingGraph& graph, const std::vector<int>& reads) {
  for (size_t i = 0; i < graph.exprs().size(); ++i) {
    const bool stored = std::find(plan.outputs.begin(), plan.outputs.end(), i) != plan.outputs.end();
    if (!stored && graph.exprs()[i]->out->refs() != reads[i]) return false;
  }
  return true;
}

}  // namespace

std::vector<Plan::Overwrite> possible_overwrites(const PendingGraph& graph, const Lowered& lowered, const Plan& plan) {
  std::vector<Plan::Overwrite> found;
  if (!plan.ends_elementwise) return found;
  const Step& last = lowered.steps.back();
  for (const StoreStmt& store : last.kernel.stores) {
    const size_t output = graph.ordinal(*last.slots[store.slot].value);
    for (const Value* input : graph.inputs()) {
      int64_t offset = 0;
      if (reads_alike(lowered, input, store.slot, offset)) found.push_back({output, graph.ordinal(*input), offset});
    }
  }
  return found;
}

std::vector<Value*> memory_to_take(const Plan& plan, const PendingGraph& graph, const Backend& backend) {
  std::vector<Value*> taken;
  if (plan.overwrites.empty() || plan.microseconds > kMaxMicroseconds) return taken;
  const std::vector<int> reads = count_reads(graph);
  if (!all_end(plan, graph, reads)) return taken;
  for (const Plan::Overwrite& pair : plan.overwrites) {
    Value* input = graph.value_at(pair.input);
    const Buffer& buffer = input->host_buffer();
    const bool ours = buffer.owner == &backend && !buffer.drop && !input->copies();
    const bool dies = input->holders == 0 && input->refs() == reads[pair.input];
    if (!ours || !dies || pair.offset != 0 || input->bytes() != graph.value_at(pair.output)->bytes()) continue;
    const auto at = std::find(plan.outputs.begin(), plan.outputs.end(), pair.output) - plan.outputs.begin();
    taken.resize(plan.outputs.size());
    if (taken[static_cast<size_t>(at)] || std::find(taken.begin(), taken.end(), input) != taken.end()) continue;
    taken[static_cast<size_t>(at)] = input;
  }
  return taken;
}

bool fits_over(const Plan& plan, const PendingGraph& graph, const Value& target, const Value& memory, int64_t offset) {
  if (!plan.ends_elementwise || plan.microseconds > kMaxMicroseconds) return false;
  if (std::find(plan.last_stores.begin(), plan.last_stores.end(), graph.ordinal(target)) == plan.last_stores.end())
    return false;
  if (memory.mark == -1) return memory.refs() == 1;  // the graph does not read it
  const std::vector<int> reads = count_reads(graph);
  const size_t input = graph.ordinal(memory);
  if (memory.refs() != reads[input] + 1 || !all_end(plan, graph, reads)) return false;
  return std::any_of(plan.overwrites.begin(), plan.overwrites.end(), [&](const Plan::Overwrite& pair) {
    return pair.output == graph.ordinal(target) && pair.input == input && pair.offset == offset;
  });
}

}  // namespace crossarray
