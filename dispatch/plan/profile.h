// What ran, when and where: xp.profile().
#pragma once

#include <string>
#include <vector>

#include "dispatch/plan/backend.h"

namespace crossarray {

/// One step or copy, as it happened.
struct ProfileEvent {
  std::string what;         // "3 operations fused over (1000, 1000)", "copy"
  std::string where;        // "cpu", "cuda:0", "cpu to cuda:0"
  double start_us, end_us;  // since profiling began
  double bytes;             // read and written; 0: not known
  double predicted_us;      // what the router's figures say; 0: nothing
};

/// Events are kept from start_profile() to stop_profile(). Meanwhile every step is waited for, so that times are its own;
/// or, with `overlapping`, none is, and devices tell by their own clocks when each began and ended.
void start_profile(bool overlapping = false);
std::vector<ProfileEvent> stop_profile();
bool profiling();

/// Times one piece of work from construction to the end of the scope, if profiling.
class ProfileScope {
 public:
  explicit ProfileScope(Device device, Lane lane = Lane::kCompute);
  ~ProfileScope();
  ProfileScope(const ProfileScope&) = delete;
  ProfileScope& operator=(const ProfileScope&) = delete;
  bool on() const { return on_; }
  /// Only called when on(): texts cost more than many a step.
  void tell(std::string what, std::string where, double bytes, double predicted_us);

 private:
  bool on_;
  bool overlapping_ = false;
  Device device_;
  Lane lane_;
  int64_t began_ = 0;
  ProfileEvent event_;
};

}  // namespace crossarray
