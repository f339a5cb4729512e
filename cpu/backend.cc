#include "cpu/backend.h"

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>

#include "cpu/engine/blocked.h"
#include "cpu/engine/eager.h"
#include "cpu/engine/engine.h"
#include "cpu/kernels/kernels.h"
#include "cpu/memory.h"
#include "cpu/primitives.h"
#include "cpu/reference/reference.h"
#include "cpu/threads.h"

namespace crossarray::cpu {
namespace {

/// "AMD EPYC" of /proc/cpuinfo, or "CPU" where there is none.
std::string processor() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.rfind("model name", 0) == 0)
      if (const size_t colon = line.find(": "); colon != std::string::npos) return line.substr(colon + 2);
  return "CPU";
}

MemoryInfo memory_info() {
  const MemoryStats stats = memory_stats();
  return {stats.in_use, stats.cached, stats.peak, stats.physical};
}

class CpuBackend final : public HostBackend {
 public:
  CpuBackend() {
    const char* engine = std::getenv("CROSSARRAY_ENGINE");
    reference_ = engine && std::strcmp(engine, "reference") == 0;
    simd_target();   // chooses the target before any kernel is looked up
    thread_count();  // refuses a wrong CROSSARRAY_THREADS at import
  }

  std::string name() const override { return "cpu"; }
  std::string describe() const override {
    const int threads = thread_count();
    return processor() + ", " + simd_target() + ", " + std::to_string(threads) +
           (threads == 1 ? " thread" : " threads") + (reference_ ? ", reference engine" : "");
  }

  void* allocate(size_t bytes) override { return cpu::allocate(bytes); }
  void deallocate(void* data, size_t bytes) noexcept override { cpu::deallocate(data, bytes); }
  void free_cached() override { cpu::free_cached(); }
  MemoryInfo memory() const override { return memory_info(); }
  void fail_allocation(int64_t k) override { cpu::fail_allocation(k); }

  std::unique_ptr<Program> compile(const Kernel& kernel, const CompileOptions& options) override {
    return std::make_unique<EngineProgram>(kernel, options.fast_math);
  }
  void run(const Program& program, const Launch& launch) override {
    const auto& compiled = static_cast<const EngineProgram&>(program);
    reference_ ? reference::run(compiled.kernel(), launch) : run_program(compiled, launch);
  }
  void run_blocked(std::span<const Program* const> programs, std::span<const Launch> launches, int) override {
    if (!reference_) return cpu::run_blocked(programs, launches);
    for (size_t i = 0; i < programs.size(); ++i) run(*programs[i], launches[i]);
  }
  void run_op(const OpCall& call) override { reference_ ? reference::run_op(call) : cpu::run_op(call); }
  void run_dense(Op op, const Loop& loop, unsigned singles, const void* const* in, void* out, int64_t n) override {
    if (reference_) return HostBackend::run_dense(op, loop, singles, in, out, n);
    tile_kernel(op, loop.in[op == Op::where ? 1 : 0])(in, singles, out, static_cast<size_t>(n));
  }
  void run_reduce(const ReduceCall& call) override {
    reference_ ? reference::run(kernel_of(call), launch_of(call)) : cpu::run_reduce(call);
  }
  void run_segments(const SegmentsCall& call) override { cpu::fold_segments(call); }

  void scan(const ScanCall& call) override { cpu::scan(call); }
  void matmul(const MatmulCall& call) override { cpu::matmul(call); }
  void take(const IndexCall& call) override { cpu::take(call); }
  void put(const IndexCall& call) override { cpu::put(call); }
  int64_t count_true(const MaskCall& call) override { return cpu::count_true(call); }
  void nonzero(const MaskCall& call, int64_t* positions) override { cpu::nonzero(call, positions); }

  void use_reference(bool on) { reference_ = on; }

 private:
  bool reference_ = false;
};

CpuBackend& instance() {
  static CpuBackend& made = *new CpuBackend;  // arrays may outlive static destructors
  return made;
}

}  // namespace

HostBackend& backend() {
  static const bool registered = [] {
    register_backend(&instance());
    return true;
  }();
  (void)registered;
  return instance();
}

void use_reference(bool on) { instance().use_reference(on); }

}  // namespace crossarray::cpu
