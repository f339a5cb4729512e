#include "cuda/plugin/device.h"

#include <cstdio>

#include "cuda/plugin/probe.h"
#include "dispatch/core/error.h"

namespace crossarray::cuda {

ContextScope::ContextScope(Context context) { driver().cuCtxPushCurrent(context); }

ContextScope::~ContextScope() {
  Context popped;
  driver().cuCtxPopCurrent(&popped);
}

int Device::attribute(int which) {
  int value = 0;
  check(driver().cuDeviceGetAttribute(&value, which, device_), "cuDeviceGetAttribute");
  return value;
}

Device::Device(int ordinal) : ordinal_(ordinal) {
  const Driver& d = driver();
  check(d.cuDeviceGet(&device_, ordinal), "cuDeviceGet");
  char model[256] = "";
  check(d.cuDeviceGetName(model, sizeof model, device_), "cuDeviceGetName");
  model_ = model;
  sm_ = 10 * attribute(kComputeMajor) + attribute(kComputeMinor);
  multiprocessors_ = attribute(kMultiprocessors);
  threads_per_multiprocessor_ = attribute(kThreadsPerMultiprocessor);
  check(d.cuDeviceTotalMem(&total_bytes_, device_), "cuDeviceTotalMem");
  if (sm_ < kOldestCompute || !attribute(kPoolsSupported))
    raise(ErrorKind::kDevice, name() + ": " + model_ +
                                  " is not supported: compute capability 7.5 or newer and memory " +
                                  "pools are needed.");
  check(d.cuDevicePrimaryCtxRetain(&context_, device_), "cuDevicePrimaryCtxRetain");
  ContextScope scope(context_);
  for (Stream& stream : streams_) check(d.cuStreamCreate(&stream, kStreamNonBlocking), "cuStreamCreate");
}

std::string Device::describe() const {
  char size[32];
  std::snprintf(size, sizeof size, "%.1f GiB", static_cast<double>(total_bytes_) / (1 << 30));
  return model_ + ", sm_" + std::to_string(sm_) + ", " + size;
}

std::string Device::software() const {
  int version = 0;
  driver().cuDriverGetVersion(&version);
  return "driver " + std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

MemoryKind Device::kind_of(const void* data) const {
  const auto address = reinterpret_cast<DevicePointer>(data);
  unsigned type = 0;
  int ordinal = 0;
  if (driver().cuPointerGetAttribute(&type, kPointerMemoryType, address) != kSuccess) return MemoryKind::kPageable;
  if (type == kMemoryOfHost) return MemoryKind::kPinned;
  if (driver().cuPointerGetAttribute(&ordinal, kPointerDevice, address) != kSuccess) return MemoryKind::kOther;
  return ordinal == ordinal_ ? MemoryKind::kOwn : MemoryKind::kOther;
}

void Device::check(int code, const char* call) {
  if (code == kSuccess) return;
  const std::string text = name() + ": " + call + " failed with " + describe_code(code);
  if (code == kOutOfMemory) raise(ErrorKind::kMemory, text);
  if (is_sticky(code) && !lost_) {
    static std::mutex once;
    std::lock_guard<std::mutex> hold(once);
    if (!lost_) {
      why_lost_ = text;
      lost_ = true;
    }
  }
  raise(ErrorKind::kDevice, text);
}

void Device::require_alive() const {
  refuse_after_fork();
  if (lost_)
    raise(ErrorKind::kDevice, name() + " is lost, and with it every array it held, since " + why_lost_ +
                                  ". Restart the process to use it again.");
}

// Under mutex_. Null: so long ago that the event serves a later fence, which waited for it.
Event Device::event_of(uint64_t ticket) { return ticket + kEvents < next_ ? nullptr : events_[ticket % kEvents]; }

Fence Device::record(Stream stream) {
  std::lock_guard<std::mutex> hold(mutex_);
  Event& event = events_[next_ % kEvents];
  if (!event)
    check(driver().cuEventCreate(&event, kEventNoTiming), "cuEventCreate");
  else
    check(driver().cuEventSynchronize(event), "cuEventSynchronize");
  check(driver().cuEventRecord(event, stream), "cuEventRecord");
  return {next_++};
}

void Device::order(Stream stream, Fence fence) {
  if (fence.ticket == 0) return;
  std::lock_guard<std::mutex> hold(mutex_);
  if (Event event = event_of(fence.ticket)) check(driver().cuStreamWaitEvent(stream, event, 0), "cuStreamWaitEvent");
}

bool Device::reached(Fence fence) {
  if (fence.ticket == 0) return true;
  std::lock_guard<std::mutex> hold(mutex_);
  Event event = event_of(fence.ticket);
  if (!event) return true;
  const int code = driver().cuEventQuery(event);
  if (code == kNotReady) return false;
  check(code, "cuEventQuery");
  return true;
}

void Device::wait(Fence fence) {
  if (fence.ticket == 0) return;
  Event event;
  {
    std::lock_guard<std::mutex> hold(mutex_);
    event = event_of(fence.ticket);
  }
  // Without the lock: should the event be taken for a later fence meanwhile, this waits a little longer.
  if (event) check(driver().cuEventSynchronize(event), "cuEventSynchronize");
}

int64_t Device::moment(Stream stream) {
  std::lock_guard<std::mutex> hold(mutex_);
  if (used_moments_ == moments_.size()) {
    Event event = nullptr;
    check(driver().cuEventCreate(&event, kEventTimed), "cuEventCreate");
    moments_.push_back(event);
  }
  check(driver().cuEventRecord(moments_[used_moments_], stream), "cuEventRecord");
  return static_cast<int64_t>(used_moments_++);
}

double Device::microseconds_between(int64_t first, int64_t second) {
  std::lock_guard<std::mutex> hold(mutex_);
  const Event from = moments_.at(static_cast<size_t>(first)), to = moments_.at(static_cast<size_t>(second));
  for (Event event : {from, to}) check(driver().cuEventSynchronize(event), "cuEventSynchronize");
  float milliseconds = 0;
  check(driver().cuEventElapsedTime(&milliseconds, from, to), "cuEventElapsedTime");
  return 1e3 * static_cast<double>(milliseconds);
}

void Device::forget_moments() {
  std::lock_guard<std::mutex> hold(mutex_);
  used_moments_ = 0;
}

void Device::synchronize() {
  for (Stream stream : streams_) check(driver().cuStreamSynchronize(stream), "cuStreamSynchronize");
}

}  // namespace crossarray::cuda
