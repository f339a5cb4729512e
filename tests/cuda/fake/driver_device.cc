// The fake driver: start, devices, contexts.
#include <cstdio>
#include <vector>

#include "tests/cuda/fake/state.h"

namespace crossarray::cuda::fake {

FAKE(kDriver, cuInit, (unsigned)) {
  FAKE_ENTER;
  return static_cast<int>(setting("init_code"));
}
FAKE(kDriver, cuDriverGetVersion, (int* version)) {
  *version = static_cast<int>(setting("driver_version"));
  return kSuccess;
}
FAKE(kDriver, cuGetErrorName, (int error, const char** text)) {
  switch (error) {
    case kInvalidValue: *text = "CUDA_ERROR_INVALID_VALUE"; break;
    case kOutOfMemory: *text = "CUDA_ERROR_OUT_OF_MEMORY"; break;
    case kIllegalAddress: *text = "CUDA_ERROR_ILLEGAL_ADDRESS"; break;
    case 701: *text = "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES"; break;
    default: *text = "CUDA_ERROR_UNKNOWN";
  }
  return kSuccess;
}
FAKE(kDriver, cuGetErrorString, (int, const char** text)) {
  *text = state().cause.empty() ? "an error of the fake driver" : state().cause.c_str();
  return kSuccess;
}
FAKE(kDriver, cuDeviceGetCount, (int* count)) {
  FAKE_ENTER;
  *count = static_cast<int>(setting("devices"));
  return kSuccess;
}
FAKE(kDriver, cuDeviceGet, (int* device, int ordinal)) {
  FAKE_ENTER;
  *device = ordinal;
  return ordinal < setting("devices") ? kSuccess : 101;
}
FAKE(kDriver, cuDeviceGetName, (char* name, int bytes, int)) {
  FAKE_ENTER;
  std::snprintf(name, static_cast<size_t>(bytes), "Fake GPU");
  return kSuccess;
}
FAKE(kDriver, cuDeviceGetAttribute, (int* value, int attribute, int)) {
  FAKE_ENTER;
  switch (attribute) {
    case kMultiprocessors: *value = 4; break;
    case kIntegrated: *value = 0; break;
    case kThreadsPerMultiprocessor: *value = 512; break;
    case kComputeMajor: *value = static_cast<int>(setting("sm") / 10); break;
    case kComputeMinor: *value = static_cast<int>(setting("sm") % 10); break;
    case kPoolsSupported: *value = 1; break;
    default: return kInvalidValue;
  }
  return kSuccess;
}
FAKE(kDriver, cuDeviceTotalMem, (size_t * bytes, int)) {
  FAKE_ENTER;
  *bytes = static_cast<size_t>(setting("total_bytes"));
  return kSuccess;
}
FAKE(kDriver, cuDevicePrimaryCtxRetain, (Context * context, int device)) {
  FAKE_ENTER;
  static std::map<int, Context> contexts;
  Context& primary = contexts[device];
  if (!primary) primary = keep(new ContextHandle{device});
  *context = primary;
  return kSuccess;
}
namespace {

std::vector<Context>& contexts_of_thread() {
  thread_local std::vector<Context> stack;
  return stack;
}

}  // namespace

int current_device() { return contexts_of_thread().empty() ? -1 : contexts_of_thread().back()->device; }

FAKE(kDriver, cuCtxPushCurrent, (Context context)) {
  contexts_of_thread().push_back(context);
  return kSuccess;
}
FAKE(kDriver, cuCtxPopCurrent, (Context * context)) {
  if (contexts_of_thread().empty()) return kInvalidContext;
  *context = contexts_of_thread().back();
  contexts_of_thread().pop_back();
  return kSuccess;
}

}  // namespace crossarray::cuda::fake
