#include "cuda/plugin/backend.h"

#include "cuda/codegen/primitives.h"
#include "cuda/libs/cufft.h"
#include "cuda/libs/kernels.h"
#include "cuda/plugin/probe.h"

namespace crossarray::cuda {
namespace {

DevicePointer address(const void* data) { return reinterpret_cast<DevicePointer>(data); }
Stream stream_of(uintptr_t stream) { return reinterpret_cast<Stream>(stream); }

/// What every call begins with: a device that is there, and its context on this thread.
class Entered {
 public:
  explicit Entered(const Device& device) : scope_((device.require_alive(), device.context())) {}

 private:
  ContextScope scope_;
};

}  // namespace

CudaBackend::CudaBackend(int ordinal) : machine_(ordinal), transfer_(machine_.device, machine_.pool) {}

// To a forked child its parent's device is: work goes to the CPU, and what is on the device only says why it cannot be had.
bool CudaBackend::lost() const { return machine_.device.lost() || is_forked_child(); }

void* CudaBackend::allocate(size_t bytes) {
  const Entered entered(machine_.device);
  return machine_.pool.allocate(bytes);
}

void* CudaBackend::allocate_for_upload(size_t bytes) {
  const Entered entered(machine_.device);
  return machine_.pool.allocate_for_upload(bytes);
}

void CudaBackend::deallocate(void* data, size_t bytes) noexcept {
  if (is_forked_child()) return;  // the parent's memory; a lock may be held for ever
  if (machine_.device.lost()) return machine_.pool.deallocate(data, bytes);
  const ContextScope scope(machine_.device.context());
  machine_.pool.deallocate(data, bytes);
}

void CudaBackend::free_cached() {
  const Entered entered(machine_.device);
  machine_.pool.free_cached();
}

void* CudaBackend::allocate_pinned(size_t bytes) {
  const Entered entered(machine_.device);
  return transfer_.allocate_pinned(bytes);
}

void CudaBackend::deallocate_pinned(void* host, size_t) noexcept {
  if (is_forked_child()) return;
  const ContextScope scope(machine_.device.context());
  transfer_.deallocate_pinned(host);
}

MemoryKind CudaBackend::kind_of(const void* data) const {
  const Entered entered(machine_.device);
  return machine_.device.kind_of(data);
}

Fence CudaBackend::record() {
  const Entered entered(machine_.device);
  return machine_.device.record(machine_.device.compute());
}

void CudaBackend::order_after(Fence fence) {
  const Entered entered(machine_.device);
  machine_.device.order(machine_.device.compute(), fence);
}

bool CudaBackend::reached(Fence fence) {
  const Entered entered(machine_.device);
  return machine_.device.reached(fence);
}

void CudaBackend::wait(Fence fence) {
  const Entered entered(machine_.device);
  machine_.device.wait(fence);
}

void CudaBackend::synchronize() {
  const Entered entered(machine_.device);
  machine_.device.synchronize();
}

void CudaBackend::stream_waits(uintptr_t stream, Fence fence) {
  const Entered entered(machine_.device);
  machine_.device.order(stream_of(stream), fence);
}

void CudaBackend::wait_for_stream(uintptr_t stream) {
  const Entered entered(machine_.device);
  if (stream == kAnyStream) return machine_.device.check(driver().cuCtxSynchronize(), "cuCtxSynchronize");
  machine_.device.order(machine_.device.compute(), machine_.device.record(stream_of(stream)));
}

int64_t CudaBackend::moment(Lane lane) {
  const Entered entered(machine_.device);
  const Device& d = machine_.device;
  return machine_.device.moment(lane == Lane::kCompute  ? d.compute()
                                : lane == Lane::kUpload ? d.upload()
                                                        : d.download());
}

double CudaBackend::microseconds_between(int64_t first, int64_t second) {
  const Entered entered(machine_.device);
  return machine_.device.microseconds_between(first, second);
}

Fence CudaBackend::copy_from_host(void* to, const void* host_from, size_t bytes, Fence after) {
  const Entered entered(machine_.device);
  return transfer_.upload(to, host_from, bytes, after);
}

Fence CudaBackend::copy_to_host(void* host_to, const void* from, size_t bytes, Fence after) {
  const Entered entered(machine_.device);
  return transfer_.download(host_to, from, bytes, after);
}

void CudaBackend::copy_within(void* to, const void* from, size_t bytes) {
  const Entered entered(machine_.device);
  if (bytes == 0) return;
  const int code = driver().cuMemcpyDtoDAsync(address(to), address(from), bytes, machine_.device.compute());
  machine_.device.check(code, "cuMemcpyDtoDAsync");
}

bool CudaBackend::copy_from_peer(void* to, Backend& source, const void* from, size_t bytes, Fence after) {
  auto* peer = dynamic_cast<CudaBackend*>(&source);
  if (!peer) return false;
  Device &here = machine_.device, &there = peer->machine_.device;
  const Entered entered(here);
  there.require_alive();
  there.order(here.compute(), after);
  if (bytes == 0) return true;
  const int code =
      driver().cuMemcpyPeerAsync(address(to), here.context(), address(from), there.context(), bytes, here.compute());
  if (code != kSuccess && !is_sticky(code)) return false;  // two that cannot reach each other
  here.check(code, "cuMemcpyPeerAsync");
  // The other device must not reuse the bytes while they are read. The event is made in our context.
  const Fence read = here.record(here.compute());
  const ContextScope scope(there.context());
  here.order(there.compute(), read);
  return true;
}

bool CudaBackend::supports(const Kernel& kernel) const {
  // A kernel's parameters are at most 32764 bytes: per slot a pointer and strides, per axis an extent.
  const size_t per_slot = 8 + 8 * size_t{kernel.rank}, per_axis = 16;
  return kernel.slots.size() * per_slot + kernel.rank * per_axis + 16 * kernel.scalars.size() +
             8 * kernel.reduces.size() + 128 <=
         32764;
}
bool CudaBackend::supports(const ScanCall& call) const { return kernels::runs(call); }
bool CudaBackend::supports(const MatmulCall& call) const { return cublas::runs(call); }
bool CudaBackend::supports(const IndexCall&) const { return true; }
bool CudaBackend::supports(const MaskCall&) const { return true; }
bool CudaBackend::supports(const FftCall& call) const { return is_complex(call.dtype); }

std::unique_ptr<Program> CudaBackend::compile(const Kernel& kernel, const CompileOptions& options) {
  machine_.device.require_alive();
  return std::make_unique<CudaProgram>(machine_, kernel, options.fast_math);
}

void CudaBackend::run(const Program& program, const Launch& launch) {
  const Entered entered(machine_.device);
  static_cast<const CudaProgram&>(program).run(launch);
}

void CudaBackend::scan(const ScanCall& call) {
  const Entered entered(machine_.device);
  kernels::scan(machine_, call);
}

void CudaBackend::matmul(const MatmulCall& call) {
  const Entered entered(machine_.device);
  cublas::matmul(machine_, call);
}

void CudaBackend::take(const IndexCall& call) {
  const Entered entered(machine_.device);
  run_primitive(machine_, plan_take(call));
}

void CudaBackend::put(const IndexCall& call) {
  const Entered entered(machine_.device);
  run_primitive(machine_, plan_put(call));
}

int64_t CudaBackend::count_true(const MaskCall& call) {
  const Entered entered(machine_.device);
  const Scratch result(machine_.pool, sizeof(int64_t));
  Launch launch;
  launch.shape = call.shape;
  launch.slots = {{const_cast<std::byte*>(call.mask), call.strides},
                  {static_cast<std::byte*>(result.data()), Dims(call.shape.size(), 0)}};
  launch.params = {0};
  machine_.program(count_true_kernel(call.shape.size())).run(launch);
  int64_t count = 0;
  const Fence done = machine_.device.record(machine_.device.compute());
  machine_.device.wait(transfer_.download(&count, result.data(), sizeof count, done));
  return count;
}

void CudaBackend::nonzero(const MaskCall& call, int64_t* positions) {
  const Entered entered(machine_.device);
  if (kernels::nonzero(machine_, call, positions)) return;
  run_primitive(machine_, plan_nonzero(call, positions));
}

void CudaBackend::fft(const FftCall& call) {
  const Entered entered(machine_.device);
  cufft::Shape shape;
  shape.doubles = call.dtype == DType::kC128;
  shape.n = {call.n};
  shape.batch = call.batch;
  shape.in = shape.out = {{call.n}, 1, call.n};
  cufft::transform(machine_, shape, const_cast<std::byte*>(call.in), call.out, call.inverse);
}

}  // namespace crossarray::cuda
