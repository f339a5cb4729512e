// One run of a plan over several devices.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "dispatch/plan/plan.h"
#include "dispatch/plan/residency.h"

namespace crossarray {

/// Device memory of results until they are published; freed if they never are.
class FreshCopies {
 public:
  FreshCopies() = default;
  ~FreshCopies();
  FreshCopies(const FreshCopies&) = delete;
  FreshCopies& operator=(const FreshCopies&) = delete;
  /// Takes memory for a result. Throws kMemory.
  DeviceCopy* add(Value& value, Device device);
  void publish(Fence written);

 private:
  std::vector<std::pair<Ref<Value>, DeviceCopy*>> copies_;
};

/// The same for results on the host.
class HostBuffers {
 public:
  HostBuffers() = default;
  ~HostBuffers();
  HostBuffers(const HostBuffers&) = delete;
  HostBuffers& operator=(const HostBuffers&) = delete;
  void* add(Value& value);
  void* find(const Value& value) const;
  void publish();

 private:
  std::vector<std::pair<Ref<Value>, Buffer>> buffers_;
};

/// A value as the router sees it.
RouteValue route_value(const Value& v, bool wanted_on_host);
/// The values of a plan's slots and outputs by their ordinal in the graph; null for what is never stored.
std::vector<Ref<Value>> values_of(const Plan& plan, const PendingGraph& graph);
/// A plan and where its values are, as the router sees them. wanted_on_host: what the host reads next.
Route route_of(const Plan& plan, std::span<const Ref<Value>> values, std::span<Value* const> wanted_on_host);

/// Claims a plan and the values it writes until the end of its life.
class PlacedRun {
 public:
  PlacedRun(Plan& plan, const PendingGraph& graph);
  ~PlacedRun();
  PlacedRun(const PlacedRun&) = delete;
  PlacedRun& operator=(const PlacedRun&) = delete;

  /// Asks the router. wanted_on_host: what the host reads next.
  void place(std::span<Value* const> wanted_on_host);
  bool is_all_on_host() const;
  /// Runs every step where it was placed, or on the host if the device has no room for it. Results are published as they
  /// come; what is pending when it throws can be computed later.
  void execute();

 private:
  Device device_of(size_t step) const { return plan_.last->steps[step].device; }
  void publish_empty();
  void run_step(size_t i);
  void run_on_device(size_t i, Device device);
  bool run_streamed(size_t i);
  void run_on_host(size_t first, size_t end);
  std::vector<Value*> reserve_for(size_t i);

  Plan& plan_;
  std::vector<Ref<Value>> values_;
};

/// "3 operations fused over (1000, 1000)".
std::string step_title(const Kernel& kernel, const Dims& space);

}  // namespace crossarray
