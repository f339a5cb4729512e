#include <chrono>

#include "dispatch/plan/backend.h"
#include "dispatch/plan/devices.h"
#include "dispatch/plan/executor.h"

namespace crossarray {
namespace {

HostBackend* the_cpu_backend = nullptr;

}  // namespace

void check_version(const std::string& what, uint32_t version) {
  if (version != kBackendVersion)
    raise(ErrorKind::kRuntime, what + " was built for interface version " + std::to_string(version) +
                                   ", this library has version " + std::to_string(kBackendVersion) + ": rebuild it");
}

void register_backend(HostBackend* backend) {
  check_version("backend " + backend->name(), backend->version());
  the_cpu_backend = backend;
}

HostBackend& cpu_backend() {
  XA_ASSERT(the_cpu_backend);
  return *the_cpu_backend;
}

InterruptPoll& interrupt_poll() {
  static InterruptPoll poll = nullptr;
  return poll;
}

GraphLock& graph_lock() {
  static GraphLock lock;
  return lock;
}

int64_t Backend::moment(Lane) {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

double Backend::microseconds_between(int64_t first, int64_t second) {
  return static_cast<double>(second - first) * 1e-3;
}

void HostBackend::run_dense(Op op, const Loop& loop, unsigned singles, const void* const* in, void* out, int64_t n) {
  const Dims shape{n}, still{0}, out_strides{static_cast<int64_t>(itemsize(loop.out))};
  Dims strides[3];
  OpCall call;
  call.op = op;
  call.arity = row(op).arity;
  call.loop_out = call.out_dtype = loop.out;
  for (int i = 0; i < call.arity; ++i) {
    call.in_dtype[i] = call.loop_in[i] = loop.in[i];
    call.in[i] = static_cast<const std::byte*>(in[i]);
    strides[i] = Dims{static_cast<int64_t>(itemsize(loop.in[i]))};
    call.in_strides[i] = singles >> i & 1 ? &still : &strides[i];
  }
  call.out = static_cast<std::byte*>(out);
  call.out_strides = &out_strides;
  call.shape = &shape;
  run_op(call);
}

void HostBackend::run_blocked(std::span<const Program* const> programs, std::span<const Launch> launches, int) {
  for (size_t i = 0; i < programs.size(); ++i) run(*programs[i], launches[i]);
}

}  // namespace crossarray
