// One CUDA device as a backend of dispatch/.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "cuda/libs/cublas.h"
#include "cuda/plugin/program.h"
#include "cuda/plugin/transfer.h"
#include "dispatch/plan/backend.h"

namespace crossarray::cuda {

class CudaBackend final : public Backend {
 public:
  /// Throws kDevice if the device cannot be used.
  explicit CudaBackend(int ordinal);

  std::string name() const override { return machine_.device.name(); }
  std::string describe() const override { return machine_.device.describe(); }
  std::string software() const override { return machine_.device.software(); }
  bool host_accessible() const override { return false; }
  bool lost() const override;

  void* allocate(size_t bytes) override;
  void* allocate_for_upload(size_t bytes) override;
  void deallocate(void* data, size_t bytes) noexcept override;
  void free_cached() override;
  MemoryInfo memory() const override { return machine_.pool.info(); }
  void* allocate_pinned(size_t bytes) override;
  void deallocate_pinned(void* host, size_t bytes) noexcept override;
  MemoryKind kind_of(const void* data) const override;
  void fail_allocation(int64_t k) override { machine_.pool.fail_allocation(k); }

  Fence record() override;
  void order_after(Fence fence) override;
  bool reached(Fence fence) override;
  void wait(Fence fence) override;
  void synchronize() override;
  void stream_waits(uintptr_t stream, Fence fence) override;
  void wait_for_stream(uintptr_t stream) override;

  int64_t moment(Lane lane) override;
  double microseconds_between(int64_t first, int64_t second) override;
  void forget_moments() override { machine_.device.forget_moments(); }
  void use_library_reductions(double narrow, double wide) override {
    machine_.library_narrow = narrow;
    machine_.library_wide = wide;
  }

  Fence copy_from_host(void* to, const void* host_from, size_t bytes, Fence after) override;
  Fence copy_to_host(void* host_to, const void* from, size_t bytes, Fence after) override;
  void copy_within(void* to, const void* from, size_t bytes) override;
  bool copy_from_peer(void* to, Backend& source, const void* from, size_t bytes, Fence after) override;

  bool supports(const Kernel& kernel) const override;
  bool supports(const ScanCall& call) const override;
  bool supports(const MatmulCall& call) const override;
  bool supports(const IndexCall& call) const override;
  bool supports(const MaskCall& call) const override;
  bool supports(const FftCall& call) const override;

  std::unique_ptr<Program> compile(const Kernel& kernel, const CompileOptions& options = {}) override;
  void run(const Program& program, const Launch& launch) override;
  void scan(const ScanCall& call) override;
  void matmul(const MatmulCall& call) override;
  void take(const IndexCall& call) override;
  void put(const IndexCall& call) override;
  int64_t count_true(const MaskCall& call) override;
  void nonzero(const MaskCall& call, int64_t* positions) override;
  void fft(const FftCall& call) override;

  Machine& machine() { return machine_; }

 private:
  Machine machine_;
  Transfer transfer_;
};

}  // namespace crossarray::cuda
