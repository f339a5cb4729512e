#include "dispatch/plan/blocks.h"

namespace crossarray {
namespace {

// A value some step of the run writes, and how far apart its blocks are.
struct Written {
  const Value* value;
  int64_t block_bytes;
};

bool outer_axis_is_free(const Step& step) { return !(step.kernel.reduced & 1); }

// The rows of a one-axis contiguous step over extent * rest elements.
void split_outer(Step& step, int64_t extent) {
  int64_t rest = step.shape[0] / extent;
  step.shape = {extent, rest};
  for (Step::Bound& slot : step.slots) slot.strides = {slot.strides[0] * rest, slot.strides[0]};
  step.kernel.rank = 2;
}

bool can_split(const Step& step, int64_t extent) {
  if (step.kernel.rank != 1 || step.kernel.reduced || step.shape[0] == extent || step.shape[0] % extent) return false;
  for (const Slot& slot : step.kernel.slots)
    if (slot.access != Access::kContiguous && slot.access != Access::kBroadcast) return false;
  return true;
}

// Bytes a block of the slot spans: its inner axes only. Negative strides span nothing we can prove.
int64_t inner_span(const Step& step, size_t slot) {
  auto span = static_cast<int64_t>(itemsize(step.kernel.slots[slot].dtype));
  for (int axis = 1; axis < step.shape.size(); ++axis) {
    if (step.slots[slot].strides[axis] < 0) return -1;
    span += (step.shape[axis] - 1) * step.slots[slot].strides[axis];
  }
  return span;
}

const Written* find(const std::vector<Written>& written, const Value* v) {
  for (const Written& w : written)
    if (w.value == v) return &w;
  return nullptr;
}

// Reads of the run's own results stay inside the block that wrote them, and there is at least one.
bool reads_own_blocks(const Step& step, const std::vector<Written>& written) {
  bool any = false;
  for (size_t i = 0; i < step.slots.size(); ++i) {
    const Step::Bound& slot = step.slots[i];
    const Written* w = step.kernel.slots[i].role == SlotRole::kLoad ? find(written, slot.value) : nullptr;
    if (!w) continue;
    int64_t span = inner_span(step, i);
    if (slot.offset != 0 || slot.strides[0] != w->block_bytes || span < 0 || span > w->block_bytes) return false;
    any = true;
  }
  return any;
}

bool add_writes(const Step& step, std::vector<Written>& written) {
  for (size_t i = 0; i < step.slots.size(); ++i) {
    if (step.kernel.slots[i].role == SlotRole::kLoad) continue;
    int64_t span = inner_span(step, i);
    if (span < 0 || span > step.slots[i].strides[0]) return false;
    written.push_back({step.slots[i].value, step.slots[i].strides[0]});
  }
  return true;
}

}  // namespace

size_t end_of_blocked_run(std::vector<Step>& steps, size_t first) {
  const Step& lead = steps[first];
  int64_t extent = lead.shape[0];
  std::vector<Written> written;
  if (extent < 2 || !outer_axis_is_free(lead) || !add_writes(lead, written)) return first + 1;
  size_t end = first + 1;
  for (; end < steps.size(); ++end) {
    Step& step = steps[end];
    Step candidate = step;
    if (can_split(step, extent)) split_outer(candidate, extent);
    bool joins = candidate.shape[0] == extent && outer_axis_is_free(candidate) &&
                 reads_own_blocks(candidate, written) && add_writes(candidate, written);
    if (!joins) break;
    step = std::move(candidate);
  }
  return end;
}

}  // namespace crossarray
