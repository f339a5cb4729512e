#include "cuda/plugin/program.h"

#include "cuda/libs/kernels.h"

namespace crossarray::cuda {

Machine::Machine(int ordinal) : device(ordinal), pool(device), jit(device) {}
Machine::~Machine() = default;

const CudaProgram& Machine::program(const Kernel& kernel) {
  std::lock_guard<std::mutex> hold(mutex_);
  std::unique_ptr<CudaProgram>& made = programs_[key(kernel)];
  if (!made) made = std::make_unique<CudaProgram>(*this, kernel, false);
  return *made;
}

void launch_stages(Machine& machine, const std::vector<Function>& functions, const std::vector<Stage>& stages,
                   const std::vector<std::byte>& arguments) {
  // One parameter of known size goes as a buffer: CU_LAUNCH_PARAM_BUFFER_POINTER, _SIZE, _END.
  size_t size = arguments.size();
  void* extra[] = {reinterpret_cast<void*>(1), const_cast<std::byte*>(arguments.data()), reinterpret_cast<void*>(2),
                   &size, nullptr};
  for (size_t i = 0; i < stages.size(); ++i) {
    if (stages[i].grid == 0) continue;
    const int code = driver().cuLaunchKernel(functions[i], stages[i].grid, 1, 1, stages[i].block, 1, 1, 0,
                                             machine.device.compute(), nullptr, extra);
    machine.device.check(code, "cuLaunchKernel");
  }
}

const std::vector<Function>& CudaProgram::functions(const Variant& variant) const {
  std::lock_guard<std::mutex> hold(mutex_);
  const std::vector<Function>*& found = variants_[variant.key()];
  if (!found) found = &machine_.jit.functions(generate(kernel_, variant), fast_math_);
  return *found;
}

/// CUB's reduction for what it has and does better.
bool CudaProgram::run_by_library(const Launch& launch) const {
  if (!whole_fold_) return false;
  const int64_t n = dense_elements(*whole_fold_, kernel_, launch);
  const auto item = itemsize(whole_fold_->dtype);
  const double from = item > 4 ? machine_.library_wide : machine_.library_narrow;
  if (n == 0 || static_cast<double>(n) * static_cast<double>(item) < from) return false;
  return kernels::reduce(machine_, whole_fold_->kind, whole_fold_->dtype, launch.slots[whole_fold_->in].data,
                         launch.slots[whole_fold_->out].data, n);
}

void CudaProgram::run(const Launch& launch) const {
  if (run_by_library(launch)) return;
  const LaunchPlan plan = plan_launch(kernel_, launch, machine_.shape());
  if (plan.stages.empty()) return;
  const std::vector<Function>& code = functions(plan.variant);
  const Scratch scratch(machine_.pool, plan.scratch_bytes);
  launch_stages(machine_, code, plan.stages, pack(kernel_, launch, plan, scratch.data()).bytes);
}

void run_primitive(Machine& machine, const PrimitivePlan& plan) {
  if (plan.stages.empty()) return;
  const std::vector<Function>& code = machine.jit.functions(generate(plan.variant), false);
  const Scratch scratch(machine.pool, plan.scratch_bytes);
  launch_stages(machine, code, plan.stages, pack(plan, scratch.data()).bytes);
}

}  // namespace crossarray::cuda
