// The iteration space of one run, arranged for the engine: axes ordered into groups, then merged where strides allow.
#pragma once

#include <cstdint>

#include "dispatch/ir/kernel_ir.h"

namespace crossarray::cpu {

/// How a kernel's axes are worked through.
enum class Shape : uint8_t {
  kElementwise,  // depth = everything, one output, no reduction
  kRows,         // the innermost axis is reduced: [outputs..., depth...]
  kColumns,      // the innermost axis is kept: [outputs..., depth..., width]
};

/// Axes are outermost first: `output_axes` kept ones, then `depth_axes` (reduced; all axes of an elementwise kernel), then
/// for kColumns one kept axis of `width` elements. Extents of 1 are gone, except that at least one axis is left.
struct Space {
  Shape form = Shape::kElementwise;
  Dims shape;
  int output_axes = 0, depth_axes = 0;
  int64_t outputs = 1, depth = 1, width = 1;
  SmallVector<int64_t, 32> strides;  // bytes, [slot][axis]

  int rank() const { return shape.size(); }
  int64_t stride(int slot, int axis) const { return strides[slot * rank() + axis]; }
  /// Elements of the innermost axis, and how many such rows lie in one output's depth.
  int64_t row() const { return shape.back(); }

  /// Byte offset of a slot's element at flat position `index` of the `count` axes that start at `first`.
  int64_t offset(int slot, int first, int count, int64_t index) const {
    int64_t bytes = 0;
    for (int axis = first + count - 1; axis > first; --axis) {
      const int64_t extent = shape[axis], next = index / extent;
      bytes += (index - next * extent) * stride(slot, axis);
      index = next;
    }
    return count > 0 ? bytes + index * stride(slot, first) : bytes;
  }
  /// True if the slot's elements over the axes from `first` on follow each other in memory.
  bool dense_from(int slot, int first, int64_t item) const {
    for (int axis = rank() - 1; axis >= first; --axis) {
      if (stride(slot, axis) != item) return false;
      item *= shape[axis];
    }
    return true;
  }
};

Space make_space(const Kernel& kernel, const Launch& launch);

}  // namespace crossarray::cpu
