// A kernel run end to end on the emulation: plan, arguments, scratch, every stage.
#pragma once

#include <algorithm>
#include <memory>

#include "cuda/codegen/codegen.h"
#include "tests/cuda/host_compiler.h"
#include "tests/cuda/host_runner.h"

namespace crossarray::cuda::test {

/// Memory aligned as device allocations are, poisoned, with the exact size (an access behind it is one ASan sees).
class Scratch {
 public:
  explicit Scratch(size_t bytes) : data_(static_cast<std::byte*>(std::aligned_alloc(256, (bytes + 255) / 256 * 256))) {
    std::fill_n(data_, bytes, std::byte{0xFF});
  }
  ~Scratch() { std::free(data_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  void* data() const { return data_; }

 private:
  std::byte* data_;
};

/// Stages with barriers run as fibers, others as loops.
inline void run_stages(const HostLibrary& library, const std::vector<Source::Entry>& entries,
                       const std::vector<Stage>& stages, const Arguments& arguments, Schedule schedule) {
  for (size_t i = 0; i < stages.size(); ++i) {
    if (stages[i].grid == 0) continue;
    if (entries[i].barriers)
      run_fibers(library.entry(entries[i].name), stages[i].grid, stages[i].block, arguments.bytes.data(), schedule);
    else
      library.loop(entries[i].name)(stages[i].grid, stages[i].block, arguments.bytes.data());
  }
}

inline void run_emulated(const HostLibrary& library, const Source& source, const Kernel& kernel, const Launch& launch,
                         const LaunchPlan& plan, Schedule schedule) {
  const Scratch scratch(plan.scratch_bytes);
  run_stages(library, source.entries, plan.stages, pack(kernel, launch, plan, scratch.data()), schedule);
}

}  // namespace crossarray::cuda::test
