// Stepping through a strided space with several operands at once.
#pragma once

#include <array>
#include <cstdint>

#include "dispatch/core/small_vector.h"

namespace crossarray::cpu {

inline int64_t element_count(const Dims& shape) {
  int64_t count = 1;
  for (int64_t extent : shape) count *= extent;
  return count;
}

/// Visits the positions of `shape` in C order from number `first` on and keeps each operand's byte offset.
/// Strides may be any; next() past the last position starts again at the first.
template <int kOperands> class Walk {
 public:
  Walk(const Dims& shape, const std::array<const Dims*, kOperands>& strides, int64_t first = 0)
      : shape_(shape), strides_(strides), at_(shape.size()) {
    for (int axis = shape.size() - 1; axis >= 0; --axis) {
      at_[axis] = first % shape[axis];
      first /= shape[axis];
      for (int k = 0; k < kOperands; ++k) offset_[k] += at_[axis] * (*strides[k])[axis];
    }
  }
  int64_t operator[](int operand) const { return offset_[operand]; }
  void next() {
    for (int axis = shape_.size() - 1; axis >= 0; --axis) {
      const bool wraps = ++at_[axis] == shape_[axis];
      const int64_t step = wraps ? 1 - shape_[axis] : 1;
      for (int k = 0; k < kOperands; ++k) offset_[k] += step * (*strides_[k])[axis];
      if (!wraps) return;
      at_[axis] = 0;
    }
  }

 private:
  const Dims& shape_;
  std::array<const Dims*, kOperands> strides_;
  Dims at_;
  int64_t offset_[kOperands] = {};
};

}  // namespace crossarray::cpu
