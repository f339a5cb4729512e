#include "cuda/codegen/space.h"

namespace crossarray::cuda {
namespace {

bool is_reduced(uint64_t reduced, int axis) { return reduced >> axis & 1; }

/// Whether `axis` of the launch continues the last axis of `space` for every slot.
bool merges(const Space& space, const Launch& launch, int axis, bool reduced) {
  const int last = space.rank() - 1;
  if (last < 0 || is_reduced(space.reduced, last) != reduced) return false;
  for (size_t slot = 0; slot < launch.slots.size(); ++slot)
    if (space.strides[slot][last] != launch.slots[slot].strides[axis] * launch.shape[axis]) return false;
  return true;
}

void append(Space& space, const Launch& launch, int axis, bool reduced) {
  if (reduced) space.reduced |= uint64_t{1} << space.rank();
  space.shape.push_back(launch.shape[axis]);
  for (size_t slot = 0; slot < launch.slots.size(); ++slot)
    space.strides[slot].push_back(launch.slots[slot].strides[axis]);
}

int64_t product(const Space& space, bool reduced) {
  int64_t n = 1;
  for (int axis = 0; axis < space.rank(); ++axis)
    if (is_reduced(space.reduced, axis) == reduced) n *= space.shape[axis];
  return n;
}

}  // namespace

int64_t Space::elements() const { return kept() * reduced_elements(); }
int64_t Space::kept() const { return product(*this, false); }
int64_t Space::reduced_elements() const { return product(*this, true); }

Space collapse(const Kernel& kernel, const Launch& launch) {
  const bool reduces = !kernel.reduces.empty();
  Space space;
  space.strides.resize(launch.slots.size());
  for (int axis = 0; axis < launch.shape.size(); ++axis) {
    if (launch.shape[axis] == 1) continue;
    const bool reduced = reduces && is_reduced(kernel.reduced, axis);
    if (!merges(space, launch, axis, reduced)) {
      append(space, launch, axis, reduced);
      continue;
    }
    space.shape.back() *= launch.shape[axis];
    for (size_t slot = 0; slot < launch.slots.size(); ++slot)
      space.strides[slot].back() = launch.slots[slot].strides[axis];
  }
  if (space.rank() == 0 || (reduces && space.reduced == 0)) {  // one element is a space, and is reduced, too
    if (reduces) space.reduced |= uint64_t{1} << space.rank();
    space.shape.push_back(1);
    for (size_t slot = 0; slot < launch.slots.size(); ++slot)
      space.strides[slot].push_back(
          kernel.slots[slot].role == SlotRole::kReduce ? 0 : static_cast<int64_t>(itemsize(kernel.slots[slot].dtype)));
  }
  return space;
}

}  // namespace crossarray::cuda
