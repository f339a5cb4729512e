#include "dispatch/plan/cost.h"

namespace crossarray {
namespace {

constexpr double kNanosecondsPerFlop = 0.1;
constexpr double kNanosecondsPerByte = 0.05;

double distinct_elements(const Dims& shape, const Dims& strides) {
  double n = 1;
  for (int axis = 0; axis < shape.size(); ++axis)
    if (strides[axis] != 0) n *= static_cast<double>(shape[axis]);
  return n;
}

}  // namespace

double bytes_moved(const Step& step) {
  double bytes = 0;
  for (size_t i = 0; i < step.slots.size(); ++i)
    bytes += distinct_elements(step.shape, step.slots[i].strides) *
             static_cast<double>(itemsize(step.kernel.slots[i].dtype));
  return bytes;
}

double cpu_microseconds(const Step& step) {
  double flops = static_cast<double>(2 * step.kernel.reduces.size());
  for (const Ssa& v : step.kernel.values)
    flops += v.kind == ValueKind::kApply ? row(v.op).flops : v.kind == ValueKind::kCast ? 1 : 0;
  double compute = flops * static_cast<double>(step.elements()) * kNanosecondsPerFlop;
  return (compute + bytes_moved(step) * kNanosecondsPerByte) * 1e-3;
}

}  // namespace crossarray
