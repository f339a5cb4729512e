// The fake driver: streams and events.
#include <algorithm>
#include <map>

#include "tests/cuda/fake/state.h"

namespace crossarray::cuda::fake {
namespace {

// After so many questions an unfinished event finishes by itself, as a real one would: polling ends.
constexpr int kPatience = 8;

bool is_over(Event event) { return !event->stream || event->stream->done >= event->position; }

}  // namespace

Stream made_or_default(Stream stream, int device) {
  if (reinterpret_cast<uintptr_t>(stream) > 2) return stream;
  static auto& standard = *new std::map<int, Stream>;
  Stream& own = standard[device];
  if (!own) {
    own = new StreamHandle;
    own->device = device;
    state().streams.push_back(own);
  }
  return own;
}

FAKE(kDriver, cuCtxSynchronize, ()) {
  FAKE_ENTER;
  for (Stream stream : state().streams)
    if (stream->device == current_device()) run_all(stream);
  return state().sticky;
}
FAKE(kDriver, cuStreamCreate, (Stream * stream, unsigned)) {
  FAKE_ENTER;
  if (current_device() < 0) return kInvalidContext;
  *stream = keep(new StreamHandle);
  (*stream)->device = current_device();
  state().streams.push_back(*stream);
  return kSuccess;
}
FAKE(kDriver, cuStreamSynchronize, (Stream stream)) {
  FAKE_ENTER;
  run_all(stream);
  state().host_us = std::max(state().host_us, stream->now_us);
  return state().sticky;
}
FAKE(kDriver, cuStreamWaitEvent, (Stream stream, Event event, unsigned)) {
  FAKE_ENTER;
  if (!event->stream) return kSuccess;
  stream = made_or_default(stream, current_device());
  enqueue(
      stream,
      [stream, before = *event] {
        run_until(before.stream, before.position);
        stream->now_us = std::max(stream->now_us, before.reached_us());
        return static_cast<int>(kSuccess);
      },
      0);
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
  stream = made_or_default(stream, current_device());
  if (stream->device != event->device) return kInvalidHandle;
  *event = {stream, stream->enqueued, 0, event->timed, event->device};
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
  if (event->stream) state().host_us = std::max(state().host_us, event->reached_us());
  return state().sticky;
}
FAKE(kDriver, cuEventElapsedTime, (float* milliseconds, Event first, Event second)) {
  FAKE_ENTER;
  if (!first->timed || !second->timed || !first->stream || !second->stream) return kInvalidValue;
  if (!is_over(first) || !is_over(second)) return kNotReady;
  *milliseconds = static_cast<float>(1e-3 * (second->reached_us() - first->reached_us()));
  return kSuccess;
}

}  // namespace crossarray::cuda::fake
