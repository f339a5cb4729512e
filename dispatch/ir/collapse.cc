#include "dispatch/ir/collapse.h"

#include "dispatch/graph/build.h"

namespace crossarray {
namespace {

bool counts_positions(const Kernel& kernel) {
  for (const ReduceStmt& r : kernel.reduces)
    if (r.kind == ReduceKind::kArgMin || r.kind == ReduceKind::kArgMax) return true;
  return false;
}

Dims wide_axes(const Dims& space) {
  Dims axes;
  for (int axis = 0; axis < space.size(); ++axis)
    if (space[axis] != 1) axes.push_back(axis);
  return axes;
}

// The wide axes in the nesting that most operands like.
Dims sorted_axes(const Step& step) {
  Dims axes = wide_axes(step.space);
  if (axes.size() < 2 || counts_positions(step.kernel)) return axes;
  std::vector<Dims> squeezed;
  std::vector<const Dims*> strides;
  for (const Step::Bound& slot : step.slots) {
    Dims each;
    for (int64_t axis : axes) each.push_back(slot.strides[static_cast<int>(axis)]);
    squeezed.push_back(each);
  }
  strides.reserve(squeezed.size());
  for (const Dims& each : squeezed) strides.push_back(&each);
  Dims shape(axes.size()), sorted;
  for (int64_t at : k_order(shape, strides)) sorted.push_back(axes[static_cast<int>(at)]);
  return sorted;
}

bool mergeable(const Step& step, int outer, int inner) {
  if ((step.reduced >> outer & 1) != (step.reduced >> inner & 1)) return false;
  for (const Step::Bound& slot : step.slots)
    if (slot.strides[outer] != slot.strides[inner] * step.space[inner]) return false;
  return true;
}

struct Axes {
  Dims extent;
  Dims innermost;  // original axis whose stride the merged axis has
  uint64_t reduced = 0;
};

Axes merge(const Step& step, const Dims& sorted) {
  Axes out;
  for (int64_t each : sorted) {
    int axis = static_cast<int>(each);
    bool joins = !out.extent.empty() && mergeable(step, static_cast<int>(out.innermost.back()), axis);
    if (joins) {
      out.extent.back() *= step.space[axis];
      out.innermost.back() = axis;
      continue;
    }
    if (step.reduced >> axis & 1) out.reduced |= uint64_t{1} << out.extent.size();
    out.extent.push_back(step.space[axis]);
    out.innermost.push_back(axis);
  }
  return out;
}

Access access_of(const Dims& strides, const Dims& shape, size_t item) {
  int inner = shape.size() - 1;
  if (strides[inner] == 0) return Access::kBroadcast;
  if (strides[inner] != static_cast<int64_t>(item)) return Access::kStrided;
  return is_c_contiguous(Layout{shape, strides, 0}, item) ? Access::kContiguous : Access::kInner;
}

}  // namespace

void collapse(Step& step) {
  Axes axes = merge(step, sorted_axes(step));
  bool reduces = !step.kernel.reduces.empty();
  // A reduction over axes of extent 1, and a 0-d space, still need an axis to run over.
  bool needs_axis = axes.extent.empty() || (reduces && axes.reduced == 0);
  if (needs_axis) {
    if (reduces) axes.reduced |= uint64_t{1} << axes.extent.size();
    axes.extent.push_back(1);
    axes.innermost.push_back(-1);
  }
  for (size_t i = 0; i < step.slots.size(); ++i) {
    size_t item = itemsize(step.kernel.slots[i].dtype);
    Dims strides;
    for (int64_t axis : axes.innermost)
      strides.push_back(axis >= 0 ? step.slots[i].strides[static_cast<int>(axis)] : 0);
    if (needs_axis && !(reduces && step.kernel.slots[i].role == SlotRole::kReduce))
      strides.back() = static_cast<int64_t>(item);
    step.slots[i].strides = strides;
    step.kernel.slots[i].access = access_of(strides, axes.extent, item);
  }
  step.shape = axes.extent;
  step.kernel.rank = static_cast<uint8_t>(axes.extent.size());
  step.kernel.reduced = axes.reduced;
}

}  // namespace crossarray
