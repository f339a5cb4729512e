#include "dispatch/plan/profile.h"

#include <atomic>
#include <chrono>
#include <mutex>
#include <utility>

#include "dispatch/plan/devices.h"

namespace crossarray {
namespace {

using Clock = std::chrono::steady_clock;

// An event whose times are moments of a device until somebody asks.
struct Unread {
  size_t event;
  Device device;
  int64_t began, ended;
};

struct Recording {
  std::atomic<bool> on = false, overlapping = false;
  std::mutex mutex;  // of what follows: steps end on any thread
  Clock::time_point began;
  std::vector<ProfileEvent> events;
  std::vector<Unread> unread;
  std::vector<int64_t> origins;  // per device, the moment of `began`
};

Recording& recording() {
  static Recording one;
  return one;
}

double since_start() { return std::chrono::duration<double, std::micro>(Clock::now() - recording().began).count(); }

}  // namespace

namespace {

bool is_usable(int device) { return device == kCpu || !backend_of(static_cast<Device>(device)).lost(); }

// A device lost meanwhile has no times to tell: its events stay at the beginning.
void read_moments(Recording& r) {
  for (const Unread& each : r.unread) {
    if (!is_usable(each.device)) continue;
    Backend& backend = backend_of(each.device);
    const int64_t origin = r.origins[static_cast<size_t>(each.device)];
    r.events[each.event].start_us = backend.microseconds_between(origin, each.began);
    r.events[each.event].end_us = backend.microseconds_between(origin, each.ended);
  }
  for (size_t d = 0; d < r.origins.size(); ++d) backend_of(static_cast<Device>(d)).forget_moments();
  r.unread.clear();
}

}  // namespace

void start_profile(bool overlapping) {
  if (overlapping) any_device();  // opening a device takes long: not while something is timed
  Recording& r = recording();
  std::lock_guard hold(r.mutex);
  r.events.clear();
  r.unread.clear();
  r.origins.assign(static_cast<size_t>(device_count()), 0);
  for (int d = 0; overlapping && d < device_count(); ++d) {
    if (!is_usable(d)) continue;
    backend_of(static_cast<Device>(d)).synchronize();
    r.origins[static_cast<size_t>(d)] = backend_of(static_cast<Device>(d)).moment(Lane::kCompute);
  }
  r.began = Clock::now();
  r.overlapping = overlapping;
  r.on = true;
}

std::vector<ProfileEvent> stop_profile() {
  Recording& r = recording();
  std::lock_guard hold(r.mutex);
  r.on = false;
  read_moments(r);
  return std::exchange(r.events, {});
}

bool profiling() { return recording().on; }

ProfileScope::ProfileScope(Device device, Lane lane) : on_(recording().on), device_(device), lane_(lane) {
  if (!on_) return;
  overlapping_ = recording().overlapping;
  if (overlapping_) {
    began_ = backend_of(device_).moment(lane_);
    return;
  }
  backend_of(device_).synchronize();
  event_.start_us = since_start();
}

ProfileScope::~ProfileScope() {
  if (!on_ || event_.what.empty() || !recording().on) return;
  int64_t ended = 0;
  try {
    if (overlapping_)
      ended = backend_of(device_).moment(lane_);
    else
      backend_of(device_).synchronize();
  } catch (const Error&) {  // whoever uses the device next is told
    return;
  }
  event_.end_us = since_start();
  std::lock_guard hold(recording().mutex);
  if (overlapping_) recording().unread.push_back({recording().events.size(), device_, began_, ended});
  recording().events.push_back(std::move(event_));
}

void ProfileScope::tell(std::string what, std::string where, double bytes, double predicted_us) {
  event_.what = std::move(what);
  event_.where = std::move(where);
  event_.bytes = bytes;
  event_.predicted_us = predicted_us;
}

}  // namespace crossarray
