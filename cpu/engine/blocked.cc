#include "cpu/engine/blocked.h"

#include <algorithm>

#include "cpu/threads.h"

namespace crossarray::cpu {
namespace {

/// What the slots of one block may take up together: it stays in the second-level cache.
constexpr double kBlockBytes = 256 * 1024;
/// Fewer blocks than this leave threads idle: then each program is run in parallel by itself.
constexpr int64_t kFewBlocks = 4;

/// Bytes that one step along the outermost axis touches, counted once per different memory.
double bytes_per_row(std::span<const Launch> launches, std::span<const Program* const> programs) {
  std::vector<const std::byte*> seen;
  double bytes = 0;
  for (size_t p = 0; p < launches.size(); ++p) {
    const Kernel& kernel = static_cast<const EngineProgram*>(programs[p])->kernel();
    for (size_t slot = 0; slot < kernel.slots.size(); ++slot) {
      const auto& binding = launches[p].slots[slot];
      if (binding.strides[0] == 0 || std::find(seen.begin(), seen.end(), binding.data) != seen.end()) continue;
      seen.push_back(binding.data);
      double row = static_cast<double>(itemsize(kernel.slots[slot].dtype));
      for (int axis = 1; axis < launches[p].shape.size(); ++axis)
        if (binding.strides[axis] != 0) row *= static_cast<double>(launches[p].shape[axis]);
      bytes += row;
    }
  }
  return bytes;
}

Launch rows_of(const Launch& launch, int64_t first, int64_t count) {
  Launch part = launch;
  part.shape[0] = count;
  for (auto& slot : part.slots) slot.data += first * slot.strides[0];
  return part;
}

double total_us(std::span<const Program* const> programs, std::span<const Launch> launches) {
  double us = 0;
  for (size_t p = 0; p < programs.size(); ++p) {
    double elements = 1;
    for (int64_t extent : launches[p].shape) elements *= static_cast<double>(extent);
    us += static_cast<const EngineProgram*>(programs[p])->ns_per_element() * elements / 1000;
  }
  return us;
}

}  // namespace

void run_blocked(std::span<const Program* const> programs, std::span<const Launch> launches) {
  const int64_t rows = launches[0].shape[0];
  const double row_bytes = std::max(1.0, bytes_per_row(launches, programs));
  const int64_t per_block =
      std::clamp<int64_t>(static_cast<int64_t>(kBlockBytes / row_bytes), 1, std::max<int64_t>(rows, 1));
  const int64_t blocks = (rows + per_block - 1) / per_block;
  const auto run_blocks = [&](int64_t first, int64_t last) {
    for (int64_t b = first; b < last; ++b) {
      const int64_t row = b * per_block, count = std::min(per_block, rows - row);
      for (size_t p = 0; p < programs.size(); ++p)
        run_program(*static_cast<const EngineProgram*>(programs[p]), rows_of(launches[p], row, count));
      poll_interrupt();
    }
  };
  if (blocks < kFewBlocks) return run_blocks(0, blocks);
  parallel_for(blocks, total_us(programs, launches) / static_cast<double>(blocks), run_blocks);
}

}  // namespace crossarray::cpu
