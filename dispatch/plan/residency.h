// Moving bytes to where work on them runs, and finding room there: what executor.h offers the layers below, and more.
// Under the graph lock, except where a wait is long.
#pragma once

#include "dispatch/plan/backend.h"
#include "dispatch/plan/executor.h"

namespace crossarray {

/// Bytes moved so far between devices, by direction (the CPU is a device here). What tests count and profile() shows.
struct CopyCounts {
  uint64_t to_device = 0, to_host = 0, across = 0;  // copies
  uint64_t to_device_bytes = 0, to_host_bytes = 0, across_bytes = 0;
  uint64_t dropped = 0, written_back = 0;  // copies given up for room: the host had them; they went to the host first
};
CopyCounts& copy_counts();

/// Takes the memory for the copy that bring() will need, if it is one from the host and there is room without freeing any:
/// true if prefetch() shall start it. Never throws kMemory. In two parts, so that the copy can travel beside work that is
/// enqueued between them: it waits for the memory only, `after` being a record() made before that work.
bool reserve(Value& value, Device device);
void prefetch(Value& value, Device device, Fence after);
/// Whether copies from and to a value's host bytes are not staged: memory of others may be page-locked, ours is not.
bool is_page_locked(const Value& v);
/// Host memory for a value's bytes, inside it if they are few; not published.
Buffer new_host_buffer(Value& v);
/// New memory for a value on a device, not attached to any. Frees what it must: the cache, then cold copies that the host
/// has too, then cold ones after copying them to the host. Throws kMemory when all that was not enough.
/// first: kUpload for memory that an upload is the first to write.
DeviceCopy* new_copy(Device device, size_t bytes, Lane first = Lane::kCompute);
/// Frees memory that new_copy() returned and nobody attached.
void discard(DeviceCopy* copy);

/// `a` itself if it is pinned to `device`, else a copy of it there, pinned; for kAuto a copy that is pinned nowhere.
/// Bytes go straight from where they are. Throws kMemory, kDevice.
Array to_device(const Array& a, Device device);

/// An uninitialised array on a device other than the CPU, pinned there. Throws kMemory, kDevice.
Array empty_on(Device device, DType dtype, Layout layout);

/// Hands out the address of `a` on `device`: from now on writes happen there, and at once. Throws kMemory, kDevice.
std::byte* lend(const Array& a, Device device);
/// Whoever lend() handed the address to is done with it, except for what is on its stream `reader`: our compute work, and
/// with it the reuse of the memory, goes after that.
void take_back(Storage& storage, Device device, uintptr_t reader = kAnyStream) noexcept;
/// An array over memory of others on `device`, pinned there; `drop(keep)` is called when the last array goes. `data` is the
/// lowest address the layout (whose offset is from there) touches, `bytes` how far it reaches. If it throws, the memory
/// stays the caller's.
Array adopt(Device device, Buffer memory, DType dtype, Layout layout);

/// Keeps a value's copy on a device from being freed while steps work on it.
class HoldCopy {
 public:
  HoldCopy(Value& value, Device device);
  HoldCopy(HoldCopy&& other) noexcept : value_(std::move(other.value_)), copy_(std::exchange(other.copy_, nullptr)) {}
  HoldCopy(const HoldCopy&) = delete;
  HoldCopy& operator=(HoldCopy&&) = delete;
  ~HoldCopy() {
    if (copy_) --copy_->held;
  }

 private:
  Ref<Value> value_;
  DeviceCopy* copy_;
};

}  // namespace crossarray
