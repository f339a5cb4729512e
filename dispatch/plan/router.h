// Which device each step of a plan runs on: residency first, size second.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dispatch/plan/cost.h"
#include "dispatch/plan/machine.h"

namespace crossarray {

/// What the router knows of a plan: no kernels, no addresses.
struct RouteStep {
  Work work;
  std::vector<size_t> reads, writes;  // values, by number
  Device pin = kAuto;                 // of what it writes
  uint32_t able = ~0u;                // bit per device that can run it; the CPU always can
};
struct RouteValue {
  size_t bytes = 0;
  uint32_t valid = 0;           // bit per device that has it before the plan; 0: computed by it
  bool wanted_on_host = false;  // whoever asked reads it on the host next
  bool pinned = false;          // its host bytes are page-locked: copies are not staged
};
struct Route {
  std::vector<RouteStep> steps;
  std::vector<RouteValue> values;
};

/// One step's device, and why.
struct Choice {
  Device device = kCpu;
  double here_us = 0;       // predicted on that device, without copies
  double copies_us = 0;     // of its inputs that are elsewhere
  Device other = kAuto;     // the road not taken; kAuto: there was none
  double other_us = 0;      // the whole plan that way, less this way (positive: worse)
  const char* reason = "";  // "pinned", "its data are there", ...
};
struct Placement {
  std::vector<Choice> steps;
  double microseconds = 0;  // of the whole plan, copies included
};

/// The cheapest placement found. Pinned steps stay where they are pinned; `last` (of the same route, may be null) is kept
/// unless something clearly better (more than a tenth) exists now.
Placement place(const Route& route, const Machine& machine, const Placement* last = nullptr);

/// Microseconds of a route with every step placed by hand: what place() minimises.
double predict(const Route& route, const Machine& machine, const std::vector<Device>& devices);

}  // namespace crossarray
