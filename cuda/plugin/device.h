// One CUDA device: its primary context, its three streams, its fences, and what became of it.
#pragma once

#include <array>
#include <atomic>
#include <mutex>
#include <string>
#include <vector>

#include "cuda/plugin/driver.h"
#include "dispatch/core/storage.h"
#include "dispatch/plan/backend.h"

namespace crossarray::cuda {

/// Makes the device's context current on this thread while it lives. The context is the primary one, shared with whatever
/// else in the process uses the device; the thread's own choice is put back.
class ContextScope {
 public:
  explicit ContextScope(Context context);
  ~ContextScope();
  ContextScope(const ContextScope&) = delete;
};

/// Lives until the process ends: nothing of CUDA is called from exit handlers.
class Device {
 public:
  /// Throws kDevice if the device cannot be opened.
  explicit Device(int ordinal);
  Device(const Device&) = delete;

  int ordinal() const { return ordinal_; }
  int sm() const { return sm_; }  // compute capability, 90 for 9.0
  int multiprocessors() const { return multiprocessors_; }
  int threads_per_multiprocessor() const { return threads_per_multiprocessor_; }
  size_t total_bytes() const { return total_bytes_; }
  std::string name() const { return "cuda:" + std::to_string(ordinal_); }
  std::string describe() const;
  /// "driver 13.0".
  std::string software() const;
  /// What an address is to this device.
  MemoryKind kind_of(const void* data) const;
  Context context() const { return context_; }

  Stream compute() const { return streams_[0]; }
  Stream upload() const { return streams_[1]; }
  Stream download() const { return streams_[2]; }

  /// Throws unless `code` is kSuccess: kMemory for out-of-memory, kDevice otherwise. After a sticky code the device is lost.
  void check(int code, const char* call);
  bool lost() const { return lost_; }
  /// Throws kDevice if the device is lost or this is a forked child.
  void require_alive() const;

  /// The point after everything enqueued on `stream` so far.
  Fence record(Stream stream);
  /// What is enqueued on `stream` from now on starts after `fence`.
  void order(Stream stream, Fence fence);
  bool reached(Fence fence);
  void wait(Fence fence);
  /// Waits for all three streams.
  void synchronize();

  /// For profiles: see Backend::moment().
  int64_t moment(Stream stream);
  double microseconds_between(int64_t first, int64_t second);
  void forget_moments();

 private:
  // Old enough fences count as reached: taking an event again waits for its last record first.
  static constexpr uint64_t kEvents = 1024;
  Event event_of(uint64_t ticket);
  int attribute(int which);

  int ordinal_;
  int device_ = 0;
  int sm_ = 0;
  int multiprocessors_ = 0;
  int threads_per_multiprocessor_ = 0;
  size_t total_bytes_ = 0;
  std::string model_;
  Context context_ = nullptr;
  std::array<Stream, 3> streams_{};
  std::mutex mutex_;  // of events_, next_ and moments
  std::array<Event, kEvents> events_{};
  uint64_t next_ = 1;
  std::vector<Event> moments_;  // under mutex_; those from used_moments_ on can be recorded again
  size_t used_moments_ = 0;
  std::atomic<bool> lost_ = false;
  std::string why_lost_;  // written once, before lost_
};

}  // namespace crossarray::cuda
