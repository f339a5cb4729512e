// The tile engine: compiles kernels and runs them over cache-sized tiles on several threads.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "cpu/engine/code.h"
#include "cpu/engine/masked.h"
#include "cpu/engine/space.h"
#include "dispatch/plan/backend.h"

namespace crossarray::cpu {

/// A compiled kernel. Tile code is generated when a way of reaching the slots is first met and kept.
class EngineProgram : public Program {
 public:
  explicit EngineProgram(const Kernel& kernel, bool fast_math = false);
  const Kernel& kernel() const { return kernel_; }
  const std::vector<ReduceTypes>& reduce_types() const { return reduce_types_; }
  /// One per reduction, what becomes of elements a mask leaves out, and where its state lies behind the others'.
  const std::vector<RowReducer>& row_reducers() const { return row_reducers_; }
  const std::vector<Masked>& masked() const { return masked_; }
  const std::vector<size_t>& state_at() const { return state_at_; }
  size_t state_bytes() const { return state_bytes_; }
  const TileCode& code(const Reach& reach) const;
  /// Estimated single-thread time, from the ops' costs and the bytes moved.
  double ns_per_element() const { return ns_per_element_; }

 private:
  Kernel kernel_;
  std::vector<ReduceTypes> reduce_types_;
  std::vector<RowReducer> row_reducers_;
  std::vector<Masked> masked_;
  std::vector<size_t> state_at_;
  size_t state_bytes_ = 0;
  double ns_per_element_;
  bool fast_math_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<TileCode>> codes_;
};

/// One run in progress: what all the ways of going through a space share.
struct Run {
  const EngineProgram& program;
  const Launch& launch;
  Space space;

  Run(const EngineProgram& p, const Launch& l) : program(p), launch(l), space(make_space(p.kernel(), l)) {}
  const Kernel& kernel() const { return program.kernel(); }
  /// Tile code for tiles inside one row, or for dense tiles of several rows of the axes from `first_axis` on.
  const TileCode& code(bool row_mode, int first_axis) const;
  double us(double elements) const { return program.ns_per_element() * elements / 1000; }
  /// Casts `n` results to the slot's dtype and writes them: element k belongs to flat position first + k of the output axes.
  void store_outputs(uint16_t slot, DType natural, const std::byte* results, int64_t first, int64_t n) const;
  /// The same along the width axis of output `output`, from column `column` on.
  void store_columns(uint16_t slot, DType natural, const std::byte* results, int64_t output, int64_t column,
                     int64_t n) const;
};

void run_elementwise(const Run& run);
void run_rows(const Run& run);
void run_columns(const Run& run);

/// Runs a program made by EngineProgram.
void run_program(const EngineProgram& program, const Launch& launch);

}  // namespace crossarray::cpu
