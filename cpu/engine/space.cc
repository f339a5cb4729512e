#include "cpu/engine/space.h"

namespace crossarray::cpu {
namespace {

bool is_reduced(const Kernel& kernel, int axis) { return (kernel.reduced >> axis) & 1; }

/// Axes of extent above 1 in working order. Several reduced axes keep their order (argmin counts in it).
Dims axis_order(const Kernel& kernel, const Launch& launch, Space& space) {
  Dims order, depth;
  const int rank = launch.shape.size();
  int last = rank - 1;
  while (last > 0 && launch.shape[last] == 1) --last;
  const bool reducing = !kernel.reduces.empty();
  space.form = !reducing ? Shape::kElementwise : is_reduced(kernel, last) ? Shape::kRows : Shape::kColumns;
  for (int axis = 0; axis <= last; ++axis) {
    if (launch.shape[axis] == 1 && axis != last) continue;
    if (!reducing || is_reduced(kernel, axis)) {
      depth.push_back(axis);
    } else if (axis != last) {
      order.push_back(axis);
    }
  }
  space.output_axes = order.size();
  space.depth_axes = depth.size();
  for (int64_t axis : depth) order.push_back(axis);
  if (space.form == Shape::kColumns) order.push_back(last);
  return order;
}

/// True if every slot steps over axis `a` exactly once per full run of axis `b`.
bool mergeable(const Launch& launch, int64_t a, int64_t b) {
  for (const auto& slot : launch.slots)
    if (slot.strides[static_cast<int>(a)] != slot.strides[static_cast<int>(b)] * launch.shape[static_cast<int>(b)])
      return false;
  return true;
}

}  // namespace

Space make_space(const Kernel& kernel, const Launch& launch) {
  Space space;
  const Dims order = axis_order(kernel, launch, space);
  Dims merged;  // original axis whose stride each result axis has
  const int groups[2] = {space.output_axes, space.output_axes + space.depth_axes};
  int counts[2] = {0, 0};
  for (int i = 0; i < order.size(); ++i) {
    const int64_t axis = order[i];
    const bool starts_group = i == 0 || i == groups[0] || i == groups[1];
    if (!starts_group && mergeable(launch, merged.back(), axis)) {
      space.shape.back() *= launch.shape[static_cast<int>(axis)];
      merged.back() = axis;
      continue;
    }
    space.shape.push_back(launch.shape[static_cast<int>(axis)]);
    merged.push_back(axis);
    if (i < groups[1]) ++counts[i >= groups[0]];
  }
  space.output_axes = counts[0];
  space.depth_axes = counts[1];
  for (int axis = 0; axis < space.rank(); ++axis)
    (axis < counts[0] ? space.outputs : axis < counts[0] + counts[1] ? space.depth : space.width) *= space.shape[axis];
  space.strides.resize(static_cast<int>(launch.slots.size()) * space.rank());
  int at = 0;
  for (const auto& slot : launch.slots)
    for (int64_t axis : merged) space.strides[at++] = slot.strides[static_cast<int>(axis)];
  return space;
}

}  // namespace crossarray::cpu
