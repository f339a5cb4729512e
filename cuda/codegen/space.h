// The iteration space of one launch with axes of extent 1 dropped and neighbours merged: few axes, so few divisions.
#pragma once

#include <vector>

#include "dispatch/ir/kernel_ir.h"

namespace crossarray::cuda {

struct Space {
  Dims shape;                 // at least one axis
  std::vector<Dims> strides;  // per slot, bytes
  uint64_t reduced = 0;

  int rank() const { return shape.size(); }
  int64_t elements() const;
  /// Elements along the kept (or the reduced) axes.
  int64_t kept() const;
  int64_t reduced_elements() const;
};

Space collapse(const Kernel& kernel, const Launch& launch);

}  // namespace crossarray::cuda
