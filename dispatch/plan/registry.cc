#include "dispatch/plan/backend.h"
#include "dispatch/plan/executor.h"

namespace crossarray {
namespace {

HostBackend* the_cpu_backend = nullptr;

}  // namespace

void register_backend(HostBackend* backend) {
  if (backend->version() != kBackendVersion)
    raise(ErrorKind::kRuntime, "backend " + backend->name() + " was built for interface version " +
                                   std::to_string(backend->version()) + ", this library has version " +
                                   std::to_string(kBackendVersion) + ": rebuild it");
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

void HostBackend::run_blocked(std::span<const Program* const> programs, std::span<const Launch> launches, int) {
  for (size_t i = 0; i < programs.size(); ++i) run(*programs[i], launches[i]);
}

}  // namespace crossarray
