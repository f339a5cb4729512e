#include "dispatch/plan/profile.h"

#include <atomic>
#include <chrono>
#include <mutex>
#include <utility>

#include "dispatch/plan/backend.h"

namespace crossarray {
namespace {

using Clock = std::chrono::steady_clock;

struct Recording {
  std::atomic<bool> on = false;
  std::mutex mutex;  // of events: steps end on any thread
  Clock::time_point began;
  std::vector<ProfileEvent> events;
};

Recording& recording() {
  static Recording one;
  return one;
}

double since_start() { return std::chrono::duration<double, std::micro>(Clock::now() - recording().began).count(); }

}  // namespace

void start_profile() {
  std::lock_guard hold(recording().mutex);
  recording().began = Clock::now();
  recording().events.clear();
  recording().on = true;
}

std::vector<ProfileEvent> stop_profile() {
  std::lock_guard hold(recording().mutex);
  recording().on = false;
  return std::exchange(recording().events, {});
}

bool profiling() { return recording().on; }

ProfileScope::ProfileScope(Device device) : on_(recording().on), device_(device) {
  if (!on_) return;
  backend_of(device_).synchronize();
  event_.start_us = since_start();
}

ProfileScope::~ProfileScope() {
  if (!on_ || event_.what.empty() || !recording().on) return;
  try {
    backend_of(device_).synchronize();
  } catch (const Error&) {  // whoever uses the device next is told
    return;
  }
  event_.end_us = since_start();
  std::lock_guard hold(recording().mutex);
  recording().events.push_back(std::move(event_));
}

void ProfileScope::tell(std::string what, std::string where, double bytes) {
  event_.what = std::move(what);
  event_.where = std::move(where);
  event_.bytes = bytes;
}

}  // namespace crossarray
