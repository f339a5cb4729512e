#include "dispatch/plan/primitive.h"

#include <algorithm>
#include <string>

#include "dispatch/core/config.h"
#include "dispatch/graph/build.h"
#include "dispatch/plan/devices.h"
#include "dispatch/plan/placed_run.h"
#include "dispatch/plan/profile.h"

namespace crossarray {
namespace {

// Less work than this (about 50 us) on what the host has stays there without asking.
constexpr double kWorthALook = 500e3;
double size_of(const Work& work) { return 10 * work.elements + work.flops; }

}  // namespace

Device common_pin(const char* name, std::span<const Array* const> inputs) {
  Device pin = kAuto;
  for (const Array* a : inputs) pin = join_pins(name, pin, a->value().pin());
  return pin == kAuto ? current_device() : pin;
}

namespace {

Device choose(std::initializer_list<const Array*> inputs, Device pin, const Work& work,
              FunctionRef<bool(Backend&)> supports) {
  bool ready = std::all_of(inputs.begin(), inputs.end(), [](const Array* a) { return a->ready(); });
  if (pin == kCpu) return kCpu;
  if (ready && pin == kAuto && (size_of(work) < kWorthALook || !any_device())) return kCpu;
  Route route;
  RouteStep step;
  step.work = work;
  step.pin = pin;
  step.able = 1;
  for (int d = 1; d < device_count(); ++d) {
    Backend& backend = backend_of(static_cast<Device>(d));
    // A lost device is not able, but what is pinned there must say so.
    if ((d == pin || !backend.lost()) && supports(backend)) step.able |= 1u << d;
  }
  for (const Array* a : inputs) {
    evaluate(*a);
    step.reads.push_back(route.values.size());
    route.values.push_back(route_value(a->value(), false));
  }
  route.steps.push_back(std::move(step));
  return place(route, machine()).steps[0].device;
}

// Whether the host can do what failed on a device: there was no room, or one of its libraries is missing.
bool host_can(const Error& e, Device device, Device pin) {
  if (e.kind() == ErrorKind::kMemory) return true;
  return e.kind() == ErrorKind::kDevice && pin != device && !backend_of(device).lost();
}

}  // namespace

std::byte* PrimitiveRun::read(const Array& a) {
  evaluate(a);
  const Ref<Value> value = a.storage()->value();  // while we wait for a copy others may give the storage another one
  std::byte* data = bring(*value, device_);
  (reads_ < kUsualReads ? keep_[reads_++] : extra().reads.emplace_back()) = value;
  if (!on_host()) extra().holds.emplace_back(*value, device_);
  if (!on_host() && a.storage()->shared()) extra().shared.push_back(a);
  return data + a.layout().offset;
}

Array PrimitiveRun::result(const Dims& shape, DType dtype, const Dims* order) {
  if (on_host()) {
    Array out = order ? Array::empty_permuted(shape, dtype, *order) : Array::empty(shape, dtype);
    if (pin_ != kAuto) out.value().set_pin(pin_);
    return out;
  }
  Ref<Value> value(new Value(checked_bytes(shape, itemsize(dtype))));
  value->set_pin(pin_);
  DeviceCopy* copy = new_copy(device_, value->bytes());
  copy->valid = value->bytes() == 0;  // nobody needs to execute() for those
  value->publish_on(copy);
  extra().holds.emplace_back(*value, device_);  // bringing the inputs may need room: not this one
  extra().unfinished.push_back(value);
  Dims strides = order ? dense_strides(shape, *order, itemsize(dtype)) : contiguous_strides(shape, itemsize(dtype));
  return Array(Ref<Storage>(new Storage(std::move(value))), dtype, Layout{shape, std::move(strides), 0});
}

std::byte* PrimitiveRun::write(Array& result) {
  if (on_host()) return result.host();
  return static_cast<std::byte*>(result.value().copy_on(device_)->buffer.data);
}

void PrimitiveRun::execute(double estimated_us, FunctionRef<void()> work) {
  if (on_host() && !profiling()) return run_unlocked(estimated_us, work);
  ProfileScope scope(device_);
  if (scope.on())
    scope.tell(name_, device_name(device_), work_ ? work_->bytes : 0,
               work_ ? microseconds(*work_, machine().rates(device_)) : 0);
  if (on_host()) return run_unlocked(estimated_us, work);
  work();
  for (const Array& a : extra().shared) settle_shared(a);
  for (Ref<Value>& v : extra().unfinished) {
    DeviceCopy* copy = v->copy_on(device_);
    copy->written = copy->backend->record();
    copy->valid = true;
  }
}

bool write_by_primitive(const char* name, Array& target, FunctionRef<bool(Backend&)> supports,
                        FunctionRef<void(PrimitiveRun&, std::byte*)> body) {
  const Device device = write_device(target), pin = target.value().pin();
  if (device == kCpu || !supports(backend_of(device))) return false;
  try {
    PrimitiveRun run(name, device, pin, nullptr);
    std::byte* base = write_on(target, device);
    HoldCopy hold(target.value(), device);
    body(run, base);
  } catch (const Error& e) {
    if (!host_can(e, device, pin)) throw;
    return false;
  }
  changed_on(target.value(), device, target.storage()->shared());
  return true;
}

Array run_primitive(const char* name, std::initializer_list<const Array*> inputs, const Work& work,
                    FunctionRef<bool(Backend&)> supports, FunctionRef<Array(PrimitiveRun&)> body) {
  Device pin = common_pin(name, {inputs.begin(), inputs.size()}), device = choose(inputs, pin, work, supports);
  const auto on = [&](Device d) {
    PrimitiveRun run(name, d, pin, &work);
    return body(run);
  };
  if (device == kCpu) return on(kCpu);
  bool no_room = false;
  try {
    return on(device);
  } catch (const Error& e) {
    if (!host_can(e, device, pin)) throw;
    no_room = e.kind() == ErrorKind::kMemory;
  }
  Array out = on(kCpu);
  if (no_room) told_no_room(device, name);
  return out;
}

}  // namespace crossarray
