// From sizes and strides to a variant and its geometry.
#include <algorithm>
#include <bit>

#include "cuda/codegen/body.h"
#include "cuda/codegen/space.h"

namespace crossarray::cuda {
namespace {

constexpr int64_t kBlock = 256;
constexpr int64_t kNarrowLimit = int64_t{1} << 31;
constexpr int64_t kMaxGrid = kNarrowLimit - 1;
/// Blocks a reduction is divided into when its outputs alone are fewer: fills every present GPU about once.
constexpr int64_t kReductionBlocks = 1024;
/// Elements a lane takes before another block is worth while.
constexpr int64_t kLaneWork = 16;

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
uint32_t log2_ceil(int64_t n) {
  return n <= 1 ? 0 : static_cast<uint32_t>(std::bit_width(static_cast<uint64_t>(n - 1)));
}

/// Do all indices and byte offsets fit 31 bits?
bool is_narrow(const Kernel& kernel, const Space& space) {
  // Loops add a grid's worth of threads to an index before they compare it.
  if (space.elements() >= kNarrowLimit - kReductionBlocks * kBlock * 64) return false;
  for (size_t slot = 0; slot < space.strides.size(); ++slot) {
    int64_t reach = static_cast<int64_t>(itemsize(kernel.slots[slot].dtype));
    for (int axis = 0; axis < space.rank(); ++axis)
      reach += std::abs(space.strides[slot][axis]) * std::max<int64_t>(space.shape[axis] - 1, 0);
    if (reach >= kNarrowLimit) return false;
  }
  return true;
}

/// Chooses the vector width along the innermost axis; 0 where some slot cannot be read or written in vectors.
class VectorChoice {
 public:
  VectorChoice(const Kernel& kernel, const Launch& launch, const Space& space)
      : kernel_(kernel), launch_(launch), space_(space), inner_(space.rank() - 1) {}

  int width() const {
    size_t widest = 0;
    for (size_t slot = 0; slot < kernel_.slots.size(); ++slot) {
      if (kernel_.slots[slot].role == SlotRole::kReduce) continue;
      const size_t item = itemsize(kernel_.slots[slot].dtype);
      const int64_t step = space_.strides[slot][inner_];
      if (step == 0 && kernel_.slots[slot].role == SlotRole::kLoad) continue;
      if (step != static_cast<int64_t>(item)) return 0;
      widest = std::max(widest, item);
    }
    const int vector = widest ? static_cast<int>(16 / widest) : 0;
    return vector && fits(vector) ? vector : 0;
  }
  std::vector<uint8_t> repeat() const {
    std::vector<uint8_t> out;
    for (const Dims& strides : space_.strides) out.push_back(strides[inner_] == 0);
    return out;
  }

 private:
  bool fits(int vector) const {
    const bool rows = space_.rank() > 1 && kernel_.reduces.empty();
    if (rows && space_.shape[inner_] % vector != 0) return false;
    for (size_t slot = 0; slot < kernel_.slots.size(); ++slot)
      if (kernel_.slots[slot].role != SlotRole::kReduce && !aligned(slot, vector)) return false;
    return true;
  }
  /// Every vector of the slot starts at a multiple of its size.
  bool aligned(size_t slot, int vector) const {
    if (space_.strides[slot][inner_] == 0) return true;
    const auto bytes = static_cast<int64_t>(itemsize(kernel_.slots[slot].dtype)) * vector;
    if (reinterpret_cast<uintptr_t>(launch_.slots[slot].data) % static_cast<uintptr_t>(bytes) != 0) return false;
    for (int axis = 0; axis < inner_; ++axis)
      if (space_.strides[slot][axis] % bytes != 0) return false;
    return true;
  }

  const Kernel& kernel_;
  const Launch& launch_;
  const Space& space_;
  const int inner_;
};

void plan_elementwise(const DeviceShape& device, LaunchPlan& plan) {
  const int64_t vector = plan.variant.vector;
  const int inner = plan.shape.size() - 1;
  if (vector && plan.variant.rank == 1) {
    plan.count = plan.shape[0] / vector;
    plan.tail = plan.shape[0] % vector;
    plan.shape[0] = plan.count;
  } else {
    if (vector) plan.shape[inner] /= vector;
    plan.count = 1;
    for (int64_t extent : plan.shape) plan.count *= extent;
  }
  const int64_t resident = int64_t{device.multiprocessors} * device.threads_per_multiprocessor / kBlock;
  const int64_t wanted = ceil_div(std::max<int64_t>(plan.count, 1), kBlock);
  plan.stages.push_back({static_cast<uint32_t>(std::min(wanted, resident)), kBlock});
}

/// Threads per output where neighbouring threads walk the reduced axes: enough to keep the device busy, each with work.
uint32_t row_lanes_log2(int64_t kept, int64_t reduced, int64_t vector) {
  const int64_t steps = ceil_div(reduced, std::max<int64_t>(vector, 1));
  const bool few = kept < kReductionBlocks * 16;
  return std::min(log2_ceil(few ? steps : ceil_div(steps, 4)), log2_ceil(kBlock));
}
/// Where they walk the kept axes: up to 64 columns beside each other, the block's other threads below.
uint32_t column_lanes_log2(int64_t kept, int64_t reduced) {
  const uint32_t columns = std::min(log2_ceil(kept), 6u);
  return std::min(log2_ceil(reduced), log2_ceil(kBlock) - columns);
}

size_t partial_size(const Kernel& kernel) {
  size_t bytes = 0;
  for (const ReduceStmt& r : kernel.reduces) bytes += accumulator_size(r);
  return bytes;
}

void plan_reduction(const Kernel& kernel, LaunchPlan& plan) {
  const int64_t vector = std::max<int64_t>(plan.variant.vector, 1);
  plan.rows = plan.variant.reduced >> (plan.variant.rank - 1) & 1;
  plan.lanes_log2 = plan.rows ? row_lanes_log2(plan.kept, plan.reduced, plan.variant.vector)
                              : column_lanes_log2(plan.kept, plan.reduced);
  const int64_t lanes = int64_t{1} << plan.lanes_log2, groups = kBlock / lanes, tiles = ceil_div(plan.kept, groups);
  const int64_t step = lanes * vector;  // elements of one output that its lanes take at once
  const int64_t wanted = ceil_div(kReductionBlocks, tiles), worth = plan.reduced / (lanes * kLaneWork);
  const int64_t splits = std::clamp<int64_t>(std::min(wanted, worth), 1, kReductionBlocks);
  plan.chunk = std::max(ceil_div(ceil_div(plan.reduced, splits), step) * step, step);
  plan.splits = static_cast<uint32_t>(std::max<int64_t>(ceil_div(plan.reduced, plan.chunk), 1));
  plan.stages.push_back({static_cast<uint32_t>(std::min(tiles * plan.splits, kMaxGrid)), kBlock});
  if (plan.splits == 1) return;
  plan.scratch_bytes = partial_size(kernel) * static_cast<size_t>(plan.kept) * plan.splits;
  plan.finish_lanes_log2 = std::min(log2_ceil(plan.splits), log2_ceil(kBlock));
  const int64_t outputs_per_block = kBlock >> plan.finish_lanes_log2;
  plan.stages.push_back({static_cast<uint32_t>(std::min(ceil_div(plan.kept, outputs_per_block), kMaxGrid)), kBlock});
}

/// Vectors of a reduction run along the innermost axis, which must be the only reduced one.
bool may_use_vectors(const Space& space) {
  return space.reduced == 0 || space.reduced == uint64_t{1} << (space.rank() - 1);
}

}  // namespace

LaunchPlan plan_launch(const Kernel& kernel, const Launch& launch, const DeviceShape& device) {
  Space space = collapse(kernel, launch);
  LaunchPlan plan;
  plan.variant.index = device.narrow_index && is_narrow(kernel, space) ? IndexWidth::kU32 : IndexWidth::kI64;
  plan.variant.rank = static_cast<uint8_t>(space.rank());
  plan.variant.reduced = space.reduced;
  if (device.vectors && may_use_vectors(space)) {
    const VectorChoice choice(kernel, launch, space);
    plan.variant.vector = static_cast<uint8_t>(choice.width());
    if (plan.variant.vector) plan.variant.repeat = choice.repeat();
  }
  plan.kept = space.kept();
  plan.reduced = space.reduced_elements();
  plan.shape = std::move(space.shape);
  plan.strides = std::move(space.strides);
  if (plan.kept == 0) return plan;  // nothing to write
  kernel.reduces.empty() ? plan_elementwise(device, plan) : plan_reduction(kernel, plan);
  return plan;
}

}  // namespace crossarray::cuda
