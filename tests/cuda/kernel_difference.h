// Whether two runs of one random kernel agree: bit for bit, but for sums of floats.
#pragma once

#include <string>
#include <vector>

#include "tests/cpu/random_kernel.h"

namespace crossarray::test {

/// Sums round differently from the oracle's long double; everything else must agree bit for bit (NaN for NaN).
inline std::string difference(const RandomKernel& got, const RandomKernel& want) {
  std::vector<double> tolerance(got.kernel.slots.size(), 0), scale(got.kernel.slots.size(), 0);
  for (const ReduceStmt& r : got.kernel.reduces) {
    if (r.kind != ReduceKind::kSum && r.kind < ReduceKind::kMean) continue;
    const DType real = real_of(r.accumulate), result = real_of(got.kernel.slots[r.slot].dtype);
    const bool coarse = real == DType::kF32 || result == DType::kF32;
    tolerance[r.slot] = is_half(result) ? 1e-2 : coarse ? 2e-6 : 1e-13;
    scale[r.slot] = 1000;
  }
  for (size_t slot = 0; slot < got.kernel.slots.size(); ++slot) {
    const std::string d =
        difference(got.kernel.slots[slot].dtype, got.bytes(slot), want.bytes(slot), tolerance[slot], scale[slot]);
    if (!d.empty()) return "slot " + std::to_string(slot) + " " + d;
  }
  return "";
}

}  // namespace crossarray::test
