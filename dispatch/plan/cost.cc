#include "dispatch/plan/cost.h"

namespace crossarray {
namespace {

constexpr double kNanosecondsPerFlop = 0.1;
constexpr double kNanosecondsPerByte = 0.05;

// The op class of a row's flops.
int class_of(int flops) { return flops <= 2 ? 0 : flops < 8 ? 1 : flops <= 16 ? 2 : 3; }

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

Work work_of(const Step& step) {
  Work work;
  work.elements = static_cast<double>(step.elements());
  work.bytes = bytes_moved(step);
  work.reduces = static_cast<double>(step.kernel.reduces.size());
  for (const Ssa& v : step.kernel.values) {
    if (v.kind == ValueKind::kCast) ++work.ops[0];
    if (v.kind == ValueKind::kApply) ++work.ops[class_of(row(v.op).flops)];
    work.wide = work.wide || itemsize(v.dtype) >= 8;
  }
  return work;
}

double microseconds(const Work& work, const Rates& rates) {
  double ns = work.bytes * (work.bytes <= rates.cache_bytes ? rates.cached_byte_ns : rates.byte_ns);
  double per_element = work.reduces * rates.reduce_ns;
  for (int c = 0; c < kOpClasses; ++c) per_element += work.ops[c] * rates.op_ns[c][work.wide];
  ns += per_element * work.elements + work.flops * rates.flop_ns[work.wide];
  return rates.launch_us + 1e-3 * ns;
}

double microseconds(size_t bytes, const Link& link, bool pinned) {
  return link.latency_us + 1e-3 * static_cast<double>(bytes) * (pinned ? link.pinned_byte_ns : link.pageable_byte_ns);
}

double cpu_microseconds(const Step& step) {
  double flops = static_cast<double>(2 * step.kernel.reduces.size());
  for (const Ssa& v : step.kernel.values)
    flops += v.kind == ValueKind::kApply ? row(v.op).flops : v.kind == ValueKind::kCast ? 1 : 0;
  double compute = flops * static_cast<double>(step.elements()) * kNanosecondsPerFlop;
  return (compute + bytes_moved(step) * kNanosecondsPerByte) * 1e-3;
}

}  // namespace crossarray
