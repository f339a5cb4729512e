// Running a plan over several devices: bring what a step reads to where it runs, find room, run, publish.
#include "dispatch/plan/placed_run.h"

#include <algorithm>

#include "dispatch/core/config.h"
#include "dispatch/plan/devices.h"
#include "dispatch/plan/executor.h"
#include "dispatch/plan/notices.h"
#include "dispatch/plan/profile.h"
#include "dispatch/plan/program_cache.h"
#include "dispatch/plan/run.h"
#include "dispatch/plan/streamed.h"

namespace crossarray {
namespace {

bool is_memory(const Error& e) { return e.kind() == ErrorKind::kMemory; }

uint32_t able_mask(const Kernel& kernel) {
  uint32_t mask = 1;
  for (int d = 1; d < device_count(); ++d) {
    Backend& backend = backend_of(static_cast<Device>(d));
    if (!backend.lost() && backend.supports(kernel)) mask |= 1u << d;
  }
  return mask;
}

// Work below this is not worth a look at devices when everything is on the host.
constexpr double kLookMicroseconds = 50;

}  // namespace

bool leaves_host(const PendingGraph& graph) {
  for (const Value* v : graph.inputs())
    if (!v->stays_on_host()) return true;
  for (const Value* v : graph.targets())
    if (is_remote(v->pin())) return true;
  return false;
}

bool asks_router(const Plan& plan, const PendingGraph& graph) {
  if (leaves_host(graph)) return true;
  if (plan.microseconds < kLookMicroseconds || graph.targets().front()->pin() == kCpu) return false;
  return any_device();
}

PlacedRun::PlacedRun(Plan& plan, const PendingGraph& graph) : plan_(plan), values_(values_of(plan, graph)) {
  plan_.busy = true;
  for (Launch& launch : plan_.launches) launch.must_finish = false;
  for (size_t ordinal : plan_.outputs) values_[ordinal]->running = true;
}

PlacedRun::~PlacedRun() {
  for (size_t ordinal : plan_.outputs) values_[ordinal]->running = false;
  plan_.busy = false;
  announce_plan_done();
}

RouteValue route_value(const Value& v, bool wanted_on_host) {
  uint32_t valid = v.on_host() ? 1u : 0u;
  for (const DeviceCopy* copy = v.copies(); copy; copy = copy->next)
    if (copy->valid) valid |= 1u << copy->device;
  return {v.bytes(), valid, wanted_on_host, is_page_locked(v)};
}

Route route_of(const Plan& plan, std::span<const Ref<Value>> values, std::span<Value* const> wanted_on_host) {
  Route route;
  for (const Ref<Value>& v : values) {
    bool wanted = v && std::find(wanted_on_host.begin(), wanted_on_host.end(), v.get()) != wanted_on_host.end();
    route.values.push_back(v ? route_value(*v, wanted) : RouteValue{});
  }
  for (const Plan::PlanStep& step : plan.steps) {
    RouteStep out;
    out.work = step.work;
    out.able = able_mask(step.kernel);
    for (size_t k = 0; k < step.slots.size(); ++k) {
      bool load = step.kernel.slots[k].role == SlotRole::kLoad;
      std::vector<size_t>& list = load ? out.reads : out.writes;
      size_t v = step.slots[k].value;
      if (std::find(list.begin(), list.end(), v) == list.end()) list.push_back(v);
      if (!load && values[v]->pin() != kAuto) out.pin = values[v]->pin();
    }
    // A lost device is not able, but what is pinned there must say so.
    if (is_remote(out.pin) && backend_of(out.pin).supports(step.kernel)) out.able |= 1u << out.pin;
    route.steps.push_back(std::move(out));
  }
  return route;
}

std::vector<Ref<Value>> values_of(const Plan& plan, const PendingGraph& graph) {
  std::vector<Ref<Value>> values(graph.exprs().size() + graph.inputs().size());
  for (const Plan::PlanStep& step : plan.steps)
    for (const Plan::Slot& slot : step.slots) values[slot.value] = Ref<Value>(graph.value_at(slot.value));
  for (size_t ordinal : plan.outputs) values[ordinal] = Ref<Value>(graph.value_at(ordinal));
  return values;
}

void PlacedRun::place(std::span<Value* const> wanted_on_host) {
  plan_.last =
      crossarray::place(route_of(plan_, values_, wanted_on_host), machine(), plan_.last ? &*plan_.last : nullptr);
}

bool PlacedRun::is_all_on_host() const {
  for (size_t i = 0; i < plan_.steps.size(); ++i)
    if (device_of(i) != kCpu) return false;
  return true;
}

// Steps without elements are left out of plans; what they would have written is read all the same.
void PlacedRun::publish_empty() {
  std::vector<bool> written(values_.size(), false);
  for (const Plan::PlanStep& step : plan_.steps)
    for (size_t k = 0; k < step.slots.size(); ++k)
      if (step.kernel.slots[k].role != SlotRole::kLoad) written[step.slots[k].value] = true;
  for (size_t i = 0; i < values_.size(); ++i)
    if (values_[i] && values_[i]->pending() && !written[i]) values_[i]->publish(new_host_buffer(*values_[i]));
}

void PlacedRun::execute() {
  publish_empty();
  size_t first = 0;
  for (size_t end : plan_.run_ends) {
    bool on_host = true;
    for (size_t i = first; i < end; ++i) on_host = on_host && device_of(i) == kCpu;
    if (on_host) {
      run_on_host(first, end);
    } else {
      for (size_t i = first; i < end; ++i) device_of(i) == kCpu ? run_on_host(i, i + 1) : run_step(i);
    }
    first = end;
  }
}

// What could not be had on a device is streamed through it in pieces, else done on the host.
void PlacedRun::run_step(size_t i) {
  try {
    run_on_device(i, device_of(i));
    return;
  } catch (const Error& e) {
    if (!is_memory(e)) throw;
  }
  const bool streamed = run_streamed(i);
  if (!streamed) run_on_host(i, i + 1);
  note_no_room(device_name(device_of(i)), step_title(plan_.steps[i].kernel, plan_.steps[i].space),
               streamed ? "in pieces" : "on the cpu");
}

void PlacedRun::run_on_device(size_t i, Device device) {
  Plan::PlanStep& step = plan_.steps[i];
  Launch& launch = plan_.launches[i];
  Backend& backend = backend_of(device);
  const Program& program = program_for(backend, step.kernel);
  std::vector<HoldCopy> holds;
  FreshCopies fresh;
  for (size_t k = 0; k < step.slots.size(); ++k) {
    Value& v = *values_[step.slots[k].value];
    std::byte* data = nullptr;
    if (step.kernel.slots[k].role == SlotRole::kLoad) {
      data = bring(v, device);
      holds.emplace_back(v, device);
    } else {
      data = static_cast<std::byte*>(fresh.add(v, device)->buffer.data);
    }
    launch.slots[k].data = data + step.slots[k].offset;
  }
  const std::vector<Value*> next = reserve_for(i + 1);
  const Fence room = next.empty() ? Fence{} : backend_of(device_of(i + 1)).record();
  {
    ProfileScope scope(device);
    if (scope.on())
      scope.tell(step_title(step.kernel, step.space), backend.name(), step.work.bytes, plan_.last->steps[i].here_us);
    backend.run(program, launch);
  }
  fresh.publish(backend.record());
  // Enqueued after this step, for copies of pageable memory keep the host busy, but waiting only for what came before it:
  // they travel while it runs.
  for (Value* v : next) prefetch(*v, device_of(i + 1), room);
}

// Room for the inputs of a step that have to be copied from the host.
std::vector<Value*> PlacedRun::reserve_for(size_t i) {
  std::vector<Value*> list;
  if (i >= plan_.steps.size() || device_of(i) == kCpu) return list;
  const Plan::PlanStep& step = plan_.steps[i];
  for (size_t k = 0; k < step.slots.size(); ++k) {
    Value& v = *values_[step.slots[k].value];
    if (step.kernel.slots[k].role == SlotRole::kLoad && !v.pending() && reserve(v, device_of(i))) list.push_back(&v);
  }
  return list;
}

bool PlacedRun::run_streamed(size_t i) {
  Plan::PlanStep& step = plan_.steps[i];
  std::vector<StreamedSlot> slots;
  std::vector<HoldCopy> holds;
  HostBuffers outputs;
  for (size_t k = 0; k < step.slots.size(); ++k) {
    Value& v = *values_[step.slots[k].value];
    StreamedSlot slot{&v, step.slots[k].offset, nullptr, nullptr};
    if (step.kernel.slots[k].role != SlotRole::kLoad)
      slot.host = static_cast<std::byte*>(outputs.add(v));
    else if (v.valid_on(device_of(i)))
      slot.device = bring(v, device_of(i)), holds.emplace_back(v, device_of(i));
    else
      slot.host = bring_to_host(v);
    slots.push_back(slot);
  }
  ProfileScope scope(device_of(i));
  if (scope.on())
    scope.tell(step_title(step.kernel, step.space) + ", in pieces", device_name(device_of(i)), step.work.bytes, 0);
  if (!stream_step(device_of(i), step.kernel, plan_.launches[i], slots)) return false;
  outputs.publish();
  return true;
}

void PlacedRun::run_on_host(size_t first, size_t end) {
  HostBuffers outputs;
  double us = 0;
  for (size_t i = first; i < end; ++i) {
    const Plan::PlanStep& step = plan_.steps[i];
    us += microseconds(step.work, machine().cpu);
    for (size_t k = 0; k < step.slots.size(); ++k) {
      Value& v = *values_[step.slots[k].value];
      bool load = step.kernel.slots[k].role == SlotRole::kLoad;
      void* data = load ? outputs.find(v) : outputs.add(v);
      if (!data) data = bring_to_host(v);
      plan_.launches[i].slots[k].data = static_cast<std::byte*>(data) + step.slots[k].offset;
    }
  }
  ProfileScope scope(kCpu);
  if (scope.on()) tell_steps(scope, plan_, first, end);
  run_unlocked(us, [&] {
    if (end - first == 1) return cpu_backend().run(*plan_.steps[first].program, plan_.launches[first]);
    std::vector<const Program*> programs;
    for (size_t i = first; i < end; ++i) programs.push_back(plan_.steps[i].program);
    cpu_backend().run_blocked(programs, std::span<const Launch>(plan_.launches).subspan(first, end - first), 1);
  });
  outputs.publish();
}

void tell_steps(ProfileScope& scope, const Plan& plan, size_t first, size_t end) {
  std::string what;
  double bytes = 0, us = 0;
  for (size_t i = first; i < end; ++i) {
    us += microseconds(plan.steps[i].work, machine().cpu);
    what += (i > first ? ", then " : "") + step_title(plan.steps[i].kernel, plan.steps[i].space);
    bytes += plan.steps[i].work.bytes;
  }
  scope.tell(std::move(what), device_name(kCpu), bytes, us);
}

DeviceCopy* FreshCopies::add(Value& value, Device device) {
  copies_.push_back({Ref<Value>(&value), nullptr});
  return copies_.back().second = new_copy(device, value.bytes());
}

FreshCopies::~FreshCopies() {
  for (auto& [value, copy] : copies_)
    if (copy) discard(copy);
}

void FreshCopies::publish(Fence written) {
  for (auto& [value, copy] : copies_) {
    copy->written = written;
    copy->valid = true;
    value->publish_on(copy);
  }
  copies_.clear();
}

void* HostBuffers::add(Value& value) {
  buffers_.push_back({Ref<Value>(&value), Buffer{}});
  return (buffers_.back().second = new_host_buffer(value)).data;
}

void* HostBuffers::find(const Value& value) const {
  for (auto& [v, buffer] : buffers_)
    if (v.get() == &value) return buffer.data;
  return nullptr;
}

HostBuffers::~HostBuffers() {
  for (auto& [value, buffer] : buffers_)
    if (buffer.owner) buffer.owner->deallocate(buffer.data, buffer.bytes);
}

void HostBuffers::publish() {
  for (auto& [value, buffer] : buffers_) value->publish(buffer);
  buffers_.clear();
}

}  // namespace crossarray
