// Inside the fake driver: its memory, its lazy streams, and the macros that define its functions.
//
// Streams are queues that nobody works on: operations run only when somebody waits, in the order events allow. Code that
// forgets to wait reads stale bytes, every time. Clocks are made up: every operation takes the time it is said to, streams
// run beside each other, and the host goes on from what it waited for. So traces are the same on every run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "cuda/plugin/driver.h"

namespace crossarray::cuda {

struct StreamHandle {
  int device = 0;
  std::deque<std::function<int()>> queue;
  uint64_t enqueued = 0, done = 0;
  std::vector<double> ended_us;  // of the operations done
  double now_us = 0;             // of the one that runs
};
struct EventHandle {
  Stream stream = nullptr;
  uint64_t position = 0;  // operations of the stream that come before
  int asked = 0;          // queries since the last record
  bool timed = false;
  int device = 0;  // of the context it was made in
  /// When its stream came to it; only once that has happened.
  double reached_us() const { return position ? stream->ended_us[position - 1] : 0; }
};
struct ContextHandle {
  int device;
};

namespace fake {

/// Memory is there for other streams once they know that `stream` has come to where it was allocated.
struct Block {
  size_t bytes;
  int device;
  Stream stream;
  uint64_t position;
  bool allocated() const { return stream->done >= position; }
};

struct State {
  std::recursive_mutex mutex;
  std::map<std::string, int64_t> settings, counts;
  std::map<uintptr_t, Block> blocks;   // device memory
  std::map<uintptr_t, size_t> pinned;  // host memory
  std::map<int, size_t> used, cached;  // bytes per device
  std::vector<Stream> streams;
  std::vector<std::shared_ptr<void>> handles;  // streams, events, modules...: as the driver, never given back by itself
  double host_us = 0;                          // the host's clock
  int sticky = 0;
  std::string cause;  // of the first fault; cuGetErrorString tells
};
State& state();

inline constexpr int kInvalidContext = 201, kInvalidHandle = 400;
/// Of the context that is current on this thread; -1: none is.
int current_device();

/// Owns what a handle points to.
template <class T> T* keep(T* handle) {
  state().handles.emplace_back(handle);
  return handle;
}

int64_t setting(const char* name);
/// True when a countdown setting reaches its call.
bool due(const char* name);
void add(const char* count, int64_t amount);

/// First line of every function: counts the call; a sticky error is its result.
int enter(const char* function);
/// The driver's own streams go by small numbers: 0 and 1 the legacy default one, 2 that of the thread; each context has its
/// own. Others are themselves.
Stream made_or_default(Stream stream, int device);
/// Appends to the stream's queue; the operation's result becomes sticky if it is not 0.
void enqueue(Stream stream, std::function<int()> operation, double microseconds = 1);
/// Runs a stream's queue up to a position.
void run_until(Stream stream, uint64_t position);
void run_all(Stream stream);
/// What an operation returns that touches memory it must not; `what` names it.
int fault(const std::string& what);
/// Whether the bytes lie in one live block of device memory; in one that every stream may use by now.
bool is_device_memory(const void* data, size_t bytes);
bool is_allocated(const void* data, size_t bytes);

void register_symbol(Library library, const char* name, void* address);
struct Registered {
  Registered(Library library, const char* name, void* address) { register_symbol(library, name, address); }
};

/// While it lives no `new` of this thread is made to fail (tests/python/failing_new.cc): the driver is another's program.
class Undisturbed {
 public:
  Undisturbed();
  ~Undisturbed();
  Undisturbed(const Undisturbed&) = delete;

 private:
  long left_;
};

template <auto function> struct Outside;
template <class... Parameters, int (*function)(Parameters...)> struct Outside<function> {
  static int call(Parameters... parameters) {
    const Undisturbed inside;
    return function(parameters...);
  }
};

/// Defines a function of a library under its real name.
#define FAKE(library, name, parameters)                                                             \
  int fake_##name parameters;                                                                       \
  static const Registered registered_##name{Library::library, #name,                                \
                                            reinterpret_cast<void*>(&Outside<&fake_##name>::call)}; \
  int fake_##name parameters
/// The usual first statement.
#define FAKE_ENTER                                           \
  std::lock_guard<std::recursive_mutex> hold(state().mutex); \
  if (const int error = enter(__func__)) return error

}  // namespace fake
}  // namespace crossarray::cuda
