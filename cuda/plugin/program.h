// A fused kernel made ready for one device: one compiled text per variant its launches ask for.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "cuda/codegen/codegen.h"
#include "cuda/codegen/primitives.h"
#include "cuda/codegen/whole_fold.h"
#include "cuda/plugin/jit.h"
#include "cuda/plugin/memory.h"
#include "dispatch/plan/backend.h"

namespace crossarray::cuda {

class CudaProgram;

/// What launching needs of a device.
class Machine {
 public:
  explicit Machine(int ordinal);
  ~Machine();

  Device device;
  Pool pool;
  Jit jit;

  /// Bytes from which CUB folds whole arrays of 4-byte and of wider elements, as Backend::use_library_reductions() says.
  std::atomic<double> library_narrow = 16 << 20, library_wide = 16 << 20;

  DeviceShape shape() const { return {device.multiprocessors(), device.threads_per_multiprocessor()}; }
  /// The program of one of the backend's own kernels.
  const CudaProgram& program(const Kernel& kernel);

 private:
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<CudaProgram>> programs_;  // under mutex_, by key(kernel)
};

class CudaProgram final : public Program {
 public:
  CudaProgram(Machine& machine, const Kernel& kernel, bool fast_math)
      : machine_(machine), kernel_(kernel), fast_math_(fast_math), whole_fold_(whole_fold_of(kernel)) {}

  /// Enqueues on the compute stream. Throws kMemory if there is no room for the scratch memory.
  void run(const Launch& launch) const;

 private:
  const std::vector<Function>& functions(const Variant& variant) const;
  bool run_by_library(const Launch& launch) const;

  Machine& machine_;
  Kernel kernel_;
  bool fast_math_;
  std::optional<WholeFold> whole_fold_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, const std::vector<Function>*> variants_;  // under mutex_
};

/// Runs take, put and nonzero: a plan, its text, scratch.
void run_primitive(Machine& machine, const PrimitivePlan& plan);

/// Runs the stages of a plan on the compute stream.
void launch_stages(Machine& machine, const std::vector<Function>& functions, const std::vector<Stage>& stages,
                   const std::vector<std::byte>& arguments);

}  // namespace crossarray::cuda
