// The fake driver: streams and events.
#include <chrono>
#include <map>

#include "tests/cuda/fake/state.h"

namespace crossarray::cuda::fake {
namespace {

// After so many questions an unfinished event finishes by itself, as a real one would: polling ends.
constexpr int kPatience = 8;

// The driver's own streams go by small numbers: 0 and 1 the legacy default one, 2 that of the thread;
// each context has its own.
Stream made_or_default(Stream stream) {
  if (reinterpret_cast<uintptr_t>(stream) > 2) return stream;
  static auto& standard = *new std::map<int, StreamHandle>;
  StreamHandle& own = standard[current_device()];
  own.device = current_device();
  return &own;
}

double milliseconds_now() {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

bool is_over(Event event) { return !event->stream || event->stream->done >= event->position; }

}  // namespace

FAKE(kDriver, cuStreamCreate, (Stream * stream, unsigned)) {
  FAKE_ENTER;
  if (current_device() < 0) return kInvalidContext;
  *stream = keep(new StreamHandle);
  (*stream)->device = current_device();
  return kSuccess;
}
FAKE(kDriver, cuStreamSynchronize, (Stream stream)) {
  FAKE_ENTER;
  run_all(stream);
  return state().sticky;
}
FAKE(kDriver, cuStreamWaitEvent, (Stream stream, Event event, unsigned)) {
  FAKE_ENTER;
  if (!event->stream) return kSuccess;
  enqueue(made_or_default(stream), [other = event->stream, position = event->position] {
    run_until(other, position);
    return static_cast<int>(kSuccess);
  });
  return kSuccess;
}
FAKE(kDriver, cuEventCreate, (Event * event, unsigned flags)) {
  FAKE_ENTER;
  if (current_device() < 0) return kInvalidContext;
  *event = keep(new EventHandle);
  (*event)->timed = flags == kEventTimed;
  (*event)->device = current_device();
  return kSuccess;
}
FAKE(kDriver, cuEventRecord, (Event event, Stream stream)) {
  FAKE_ENTER;
  stream = made_or_default(stream);
  if (stream->device != event->device) return kInvalidHandle;
  std::shared_ptr<double> reached;
  if (event->timed) {
    reached = std::make_shared<double>(0);
    enqueue(stream, [reached] {
      *reached = milliseconds_now();
      return static_cast<int>(kSuccess);
    });
  }
  *event = {stream, stream->enqueued, 0, event->timed, event->device, std::move(reached)};
  return kSuccess;
}
FAKE(kDriver, cuEventQuery, (Event event)) {
  FAKE_ENTER;
  if (!is_over(event) && ++event->asked >= kPatience) run_until(event->stream, event->position);
  if (state().sticky) return state().sticky;
  return is_over(event) ? kSuccess : kNotReady;
}
FAKE(kDriver, cuEventSynchronize, (Event event)) {
  FAKE_ENTER;
  if (!is_over(event)) run_until(event->stream, event->position);
  return state().sticky;
}
FAKE(kDriver, cuEventElapsedTime, (float* milliseconds, Event first, Event second)) {
  FAKE_ENTER;
  if (!first->reached_ms || !second->reached_ms) return kInvalidValue;
  if (!is_over(first) || !is_over(second)) return kNotReady;
  *milliseconds = static_cast<float>(*second->reached_ms - *first->reached_ms);
  return kSuccess;
}

}  // namespace crossarray::cuda::fake
