#include "dispatch/plan/router.h"

#include <algorithm>

namespace crossarray {
namespace {

// The contract for machines nobody has measured: fewer elements than this, all on the host, never leave it.
constexpr double kWorthALook = 100e3;
// A plan of more steps is placed by its first guess: trying every step the other way is quadratic.
constexpr size_t kMostTried = 64;
// What is running well stays: the model is not exact to less than this.
constexpr double kHysteresis = 0.9;

uint32_t bit(Device d) { return 1u << d; }

// Predicts a plan step by step: where values are, and what has been spent.
class Simulation {
 public:
  Simulation(const Route& route, const Machine& machine) : route_(route), machine_(machine) {
    for (const RouteValue& v : route.values) valid_.push_back(v.valid);
  }

  double copies(const RouteStep& step, Device device) const {
    double us = 0;
    for (size_t v : step.reads)
      if (!(valid_[v] & bit(device))) us += copy(v, device);
    return us;
  }

  double run(const RouteStep& step, Device device) {
    double us = copies(step, device) + microseconds(step.work, machine_.rates(device));
    for (size_t v : step.reads) valid_[v] |= bit(device);
    for (size_t v : step.writes) valid_[v] = bit(device);
    return us;
  }

  double end() const {
    double us = 0;
    for (size_t v = 0; v < valid_.size(); ++v)
      if (route_.values[v].wanted_on_host && !(valid_[v] & bit(kCpu))) us += copy(v, kCpu);
    return us;
  }

  bool all_on_host(const RouteStep& step) const {
    return std::all_of(step.reads.begin(), step.reads.end(), [&](size_t v) { return valid_[v] & bit(kCpu); });
  }

 private:
  // From the host if the host has it, else through the host.
  double copy(size_t v, Device to) const {
    const auto& [bytes, valid, wanted, pinned] = route_.values[v];
    double us = 0;
    if (!(valid_[v] & bit(kCpu)))
      for (size_t d = 0; d < machine_.devices.size(); ++d)
        if (valid_[v] & bit(static_cast<Device>(d + 1))) {
          us += microseconds(bytes, machine_.devices[d].down, pinned);
          break;
        }
    return to == kCpu ? us : us + microseconds(bytes, machine_.devices[to - 1u].up, pinned);
  }

  const Route& route_;
  const Machine& machine_;
  std::vector<uint32_t> valid_;
};

// Devices a step may go to. Without a pin: the CPU and the first device that can run it (others only by explicit
// placement), or the device that already has something it reads.
std::vector<Device> candidates(const RouteStep& step, const Machine& machine, const Route& route) {
  if (step.pin != kAuto) return {(step.able & bit(step.pin)) ? step.pin : kCpu};
  std::vector<Device> out{kCpu};
  Device best = kAuto;
  for (size_t d = 1; d <= machine.devices.size(); ++d) {
    auto device = static_cast<Device>(d);
    if (!(step.able & bit(device))) continue;
    bool has_input = std::any_of(step.reads.begin(), step.reads.end(),
                                 [&](size_t v) { return route.values[v].valid & bit(device); });
    if (best == kAuto || has_input) best = device;
  }
  if (best != kAuto) out.push_back(best);
  return out;
}

class Search {
 public:
  Search(const Route& route, const Machine& machine) : route_(route), machine_(machine) {
    for (const RouteStep& step : route.steps) candidates_.push_back(candidates(step, machine, route));
    anchor_auto_steps();
  }

  // Every step on the CPU if it may; every step on a device if it may; then one step at a time the other way.
  std::vector<Device> best() {
    std::vector<Device> all_cpu, all_device;
    for (const auto& c : candidates_) all_cpu.push_back(c.front()), all_device.push_back(c.back());
    hold_small_work(all_device);
    std::vector<Device> found = cost(all_device) < cost(all_cpu) ? all_device : all_cpu;
    if (found.size() > kMostTried) return found;
    for (int pass = 0; pass < 2; ++pass)
      for (size_t i = 0; i < found.size(); ++i) found = better_with(found, i);
    return found;
  }

  double cost(const std::vector<Device>& devices) const { return predict(route_, machine_, devices); }
  const std::vector<Device>& choices(size_t step) const { return candidates_[step]; }
  bool allows(const std::vector<Device>& devices) const {
    for (size_t i = 0; i < devices.size(); ++i)
      if (std::find(candidates_[i].begin(), candidates_[i].end(), devices[i]) == candidates_[i].end()) return false;
    return true;
  }
  bool may_go(size_t i, const std::vector<Device>& devices) const {
    if (machine_.calibrated || devices[i] == kCpu || route_.steps[i].pin != kAuto) return true;
    if (route_.steps[i].work.elements >= kWorthALook || route_.steps[i].work.flops >= kWorthALook) return true;
    Simulation at(route_, machine_);
    for (size_t k = 0; k < i; ++k) at.run(route_.steps[k], devices[k]);
    return !at.all_on_host(route_.steps[i]);
  }

 private:
  // Steps that feed a pinned one go to its device when they go to any.
  void anchor_auto_steps() {
    Device anchor = kAuto;
    for (const RouteStep& step : route_.steps)
      if (is_remote(step.pin)) anchor = step.pin;
    if (anchor == kAuto) return;
    for (size_t i = 0; i < candidates_.size(); ++i)
      if (route_.steps[i].pin == kAuto && (route_.steps[i].able & bit(anchor))) candidates_[i] = {kCpu, anchor};
  }

  void hold_small_work(std::vector<Device>& devices) const {
    for (size_t i = 0; i < devices.size(); ++i)
      if (!may_go(i, devices)) devices[i] = kCpu;
  }

  std::vector<Device> better_with(const std::vector<Device>& found, size_t i) const {
    std::vector<Device> best = found;
    double least = cost(found);
    for (Device d : candidates_[i]) {
      std::vector<Device> other = found;
      other[i] = d;
      if (d == found[i] || !may_go(i, other)) continue;
      if (double us = cost(other); us < least) least = us, best = other;
    }
    return best;
  }

  const Route& route_;
  const Machine& machine_;
  std::vector<std::vector<Device>> candidates_;
};

const char* reason_for(const RouteStep& step, const Choice& choice, double copies_elsewhere, bool one_choice) {
  if (step.pin != kAuto) return choice.device == step.pin ? "pinned" : "the pinned device cannot run it";
  if (one_choice) return "no device can run it";
  if (choice.other_us == 0) return "too small to leave the host";
  if (copies_elsewhere > 0 && choice.copies_us == 0) return "its data are there";
  return choice.device == kCpu ? "copies would cost more than they save" : "the work pays for it";
}

}  // namespace

double predict(const Route& route, const Machine& machine, const std::vector<Device>& devices) {
  Simulation at(route, machine);
  double us = 0;
  for (size_t i = 0; i < route.steps.size(); ++i) us += at.run(route.steps[i], devices[i]);
  return us + at.end();
}

Placement place(const Route& route, const Machine& machine, const Placement* last) {
  Search search(route, machine);
  std::vector<Device> devices = search.best();
  Placement out;
  out.microseconds = search.cost(devices);
  if (last && last->steps.size() == devices.size()) {
    std::vector<Device> before;
    for (const Choice& c : last->steps) before.push_back(c.device);
    double us = search.allows(before) ? search.cost(before) : 0;
    if (us > 0 && out.microseconds > kHysteresis * us) devices = before, out.microseconds = us;
  }
  Simulation at(route, machine);
  for (size_t i = 0; i < devices.size(); ++i) {
    const RouteStep& step = route.steps[i];
    Choice choice;
    choice.device = devices[i];
    choice.here_us = microseconds(step.work, machine.rates(devices[i]));
    choice.copies_us = at.copies(step, devices[i]);
    double copies_elsewhere = 0;
    for (Device d : search.choices(i))
      if (d != devices[i]) {
        std::vector<Device> other = devices;
        other[i] = d;
        choice.other = d;
        copies_elsewhere = at.copies(step, d);
        if (search.may_go(i, other)) choice.other_us = search.cost(other) - out.microseconds;
      }
    choice.reason = reason_for(step, choice, copies_elsewhere, search.choices(i).size() == 1);
    at.run(step, devices[i]);
    out.steps.push_back(choice);
  }
  return out;
}

}  // namespace crossarray
