#include "dispatch/plan/residency.h"

#include <cstring>
#include <memory>

#include "dispatch/graph/build.h"
#include "dispatch/plan/cost.h"
#include "dispatch/plan/devices.h"
#include "dispatch/plan/executor.h"
#include "dispatch/plan/pressure.h"
#include "dispatch/plan/profile.h"

namespace crossarray {
namespace {

// What a wait for a copy is worth letting go of the lock for: 10 bytes a nanosecond.
double copy_microseconds(size_t bytes) { return 1e-4 * static_cast<double>(bytes); }

uint64_t now() {
  static uint64_t clock = 0;
  return ++clock;
}

void check_there(const Value& value, const DeviceCopy* copy) {
  if (value.on_host() || (copy && !copy->backend->lost())) return;
  if (copy) copy->backend->synchronize();  // which throws, saying why
  raise(ErrorKind::kDevice,
        "an array's only copy was on " + (copy ? copy->backend->name() : std::string("a device")) + ", which is lost");
}

// A device that has the bytes; the one nearest to `device` first.
DeviceCopy* valid_copy(const Value& value) {
  for (DeviceCopy* copy = value.copies(); copy; copy = copy->next)
    if (copy->valid) return copy;
  return nullptr;
}

// Times a copy that is about to be enqueued.
class TimedCopy {
 public:
  TimedCopy(Device from, Device to, const Value& value)
      : scope_(from == kCpu ? to : from, from == kCpu ? Lane::kUpload
                                         : to == kCpu ? Lane::kDownload
                                                      : Lane::kCompute) {
    if (!scope_.on()) return;
    const Link* link = to == kCpu     ? &machine().devices[from - 1u].down
                       : from == kCpu ? &machine().devices[to - 1u].up
                                      : nullptr;
    scope_.tell("copy", device_name(from) + " to " + device_name(to), static_cast<double>(value.bytes()),
                link ? microseconds(value.bytes(), *link, is_page_locked(value)) : 0);
  }

 private:
  ProfileScope scope_;
};

// Without memory of the device yet: what may fail on the host comes first.
std::unique_ptr<DeviceCopy> make_copy(Device device, size_t bytes) {
  auto copy = std::make_unique<DeviceCopy>();
  copy->device = device;
  copy->backend = &backend_of(device);
  copy->buffer = {nullptr, bytes, copy->backend, nullptr, nullptr};
  copy->touched = now();
  return copy;
}

void upload(Value& value, DeviceCopy* copy, Fence after) {
  TimedCopy timed(kCpu, copy->device, value);
  if (copy->fresh) after = {};
  copy->written = copy->backend->copy_from_host(copy->buffer.data, value.host(), value.bytes(), after);
  copy->uploading = copy->valid = true;
  copy->fresh = false;
  ++copy_counts().to_device;
  copy_counts().to_device_bytes += value.bytes();
}

void upload(Value& value, DeviceCopy* copy) { upload(value, copy, copy->fresh ? Fence{} : copy->backend->record()); }

// Whoever has the address may have enqueued a write. Libraries work on the legacy default stream unless told otherwise;
// whoever uses another one makes it wait, as between any two libraries.
void await_others(const DeviceCopy* copy) {
  if (copy->lent) copy->backend->wait_for_stream(kLegacyStream);
}

void copy_across(Value& value, DeviceCopy* to) {
  DeviceCopy* from = valid_copy(value);
  check_there(value, from);
  TimedCopy timed(from->device, to->device, value);
  // The source may have arrived by a copy of its own: its compute stream then is not behind it yet.
  await_others(from);
  Fence after = from->uploading ? from->written : from->backend->record();
  if (!to->backend->copy_from_peer(to->buffer.data, *from->backend, from->buffer.data, value.bytes(), after)) {
    bring_to_host(value);
    return upload(value, to);
  }
  to->written = to->backend->record();
  to->uploading = false;
  to->valid = true;
  ++copy_counts().across;
  copy_counts().across_bytes += value.bytes();
}

// The compute stream goes after the upload; host bytes still have to stay until it is reached.
void settle(DeviceCopy* copy) {
  copy->touched = now();
  await_others(copy);
  if (!copy->uploading) return;
  copy->backend->order_after(copy->written);
  if (copy->backend->reached(copy->written)) copy->uploading = false;
}

}  // namespace

CopyCounts& copy_counts() {
  static CopyCounts counts;
  return counts;
}

bool is_page_locked(const Value& v) {
  return v.host_buffer().keep && any_device() && !backend_of(1).lost() &&
         backend_of(1).kind_of(v.host_buffer().data) == MemoryKind::kPinned;
}

Buffer new_host_buffer(Value& v) {
  if (v.bytes() <= Value::kInlineBytes) return {v.inline_memory(), v.bytes(), nullptr, nullptr, nullptr};
  return {cpu_backend().allocate(v.bytes()), v.bytes(), &cpu_backend(), nullptr, nullptr};
}

std::byte* bring(Value& value, Device device) {
  if (device == kCpu) return bring_to_host(value);
  DeviceCopy* copy = value.copy_on(device);
  if (copy && copy->fresh && !value.on_host())
    value.drop_copy(copy), copy = nullptr;  // compute work may not write there
  if (!copy) {
    check_there(value, valid_copy(value));
    Ref<Value> keep(&value);
    const Lane first = value.on_host() ? Lane::kUpload : Lane::kCompute;
    DeviceCopy* made = new_copy(device, value.bytes(), first);
    copy = value.copy_on(device);  // making room lets other threads run
    if (copy)
      discard(made);
    else
      value.add_copy(copy = made);
  }
  if (!copy->valid) value.on_host() ? upload(value, copy) : copy_across(value, copy);
  settle(copy);
  return static_cast<std::byte*>(copy->buffer.data);
}

bool reserve(Value& value, Device device) {
  if (!value.on_host()) return false;
  DeviceCopy* copy = value.copy_on(device);
  if (!copy) {
    auto made = make_copy(device, value.bytes());
    made->buffer.data = allocate_without_pressure(device, value.bytes(), Lane::kUpload);
    if (!made->buffer.data) return false;
    made->fresh = true;
    copy = made.release();
    value.add_copy(copy);
  }
  copy->touched = now();
  return !copy->valid;
}

void prefetch(Value& value, Device device, Fence after) {
  DeviceCopy* copy = value.copy_on(device);
  if (copy && !copy->valid && value.on_host()) upload(value, copy, after);
}

std::byte* bring_to_host(Value& value) {
  if (value.on_host()) return static_cast<std::byte*>(value.host());
  DeviceCopy* from = valid_copy(value);
  check_there(value, from);
  Ref<Value> keep(&value);  // a writer copies first: the bytes stay while we wait
  HoldCopy hold(value, from->device);
  Buffer buffer = value.host_buffer();
  bool fresh = !buffer.data;
  if (fresh) buffer = new_host_buffer(value);
  try {
    Backend& backend = *from->backend;
    TimedCopy timed(from->device, kCpu, value);
    await_others(from);
    Fence after = from->uploading ? from->written : backend.record();
    Fence there = backend.copy_to_host(buffer.data, from->buffer.data, value.bytes(), after);
    run_unlocked(copy_microseconds(value.bytes()), [&] { backend.wait(there); });
  } catch (...) {
    if (fresh && buffer.owner) buffer.owner->deallocate(buffer.data, buffer.bytes);
    throw;
  }
  if (value.on_host()) {  // another thread was faster while we waited
    if (fresh && buffer.owner) buffer.owner->deallocate(buffer.data, buffer.bytes);
    return static_cast<std::byte*>(value.host());
  }
  ++copy_counts().to_host;
  copy_counts().to_host_bytes += value.bytes();
  value.set_on_host(fresh ? buffer : Buffer{});
  return static_cast<std::byte*>(value.host());
}

DeviceCopy* new_copy(Device device, size_t bytes, Lane first) {
  auto copy = make_copy(device, bytes);
  copy->buffer.data = allocate_with_pressure(device, bytes, first);
  copy->fresh = first == Lane::kUpload;
  return copy.release();
}

void discard(DeviceCopy* copy) {
  copy->backend->deallocate(copy->buffer.data, copy->buffer.bytes);
  delete copy;
}

void copy_value(Value& from, Value& to, Device device) {
  if (device == kCpu) {
    bring_to_host(from);
    Buffer buffer = new_host_buffer(to);
    std::memcpy(buffer.data, from.host(), from.bytes());
    return to.publish(buffer);
  }
  const bool comes_from_host = from.on_host() && !from.valid_on(device);
  DeviceCopy* copy = new_copy(device, from.bytes(), comes_from_host ? Lane::kUpload : Lane::kCompute);
  try {
    if (!comes_from_host && from.valid_on(device)) {
      HoldCopy hold(from, device);
      copy->backend->copy_within(copy->buffer.data, bring(from, device), from.bytes());
      copy->written = copy->backend->record();
      copy->valid = true;
    } else if (from.on_host()) {
      upload(from, copy);
      copy->backend->order_after(copy->written);
      copy->backend->wait(copy->written);  // the bytes belong to another value, which may change them
      copy->uploading = false;
    } else {
      copy_across(from, copy);
    }
  } catch (...) {
    discard(copy);
    throw;
  }
  to.publish_on(copy);
}

void changed_on(Value& value, Device device, bool now) {
  for (DeviceCopy* copy = value.copies(); copy; copy = copy->next) copy->valid = copy->device == device;
  DeviceCopy* copy = value.copy_on(device);
  copy->written = copy->backend->record();
  copy->uploading = false;
  value.clear_on_host();
  if (now) copy->backend->wait(copy->written);
}

void before_host_write(Value& value) {
  value.await_uploads();
  for (DeviceCopy* copy = value.copies(); copy; copy = copy->next) copy->valid = copy->uploading = false;
}

Array to_device(const Array& a, Device device) {
  if (device != kAuto && a.value().pin() == device) return a;
  Array source = covers_storage(a) ? a : copy(a);
  evaluate(source);
  Value& from = source.value();
  Device where = device != kAuto ? device : from.on_host() ? kCpu : valid_copy(from)->device;
  Ref<Value> own(new Value(from.bytes()));
  own->set_pin(device);
  copy_value(from, *own, where);
  Array out(Ref<Storage>(new Storage(std::move(own))), a.dtype(), source.layout());
  out.scalar_flag = a.scalar_flag;
  return out;
}

Array empty_on(Device device, DType dtype, Layout layout) {
  Ref<Value> value(new Value(checked_bytes(layout.shape, itemsize(dtype))));
  value->set_pin(device);
  DeviceCopy* copy = new_copy(device, value->bytes());
  copy->written = copy->backend->record();
  copy->valid = true;
  value->publish_on(copy);
  return Array(Ref<Storage>(new Storage(std::move(value))), dtype, std::move(layout));
}

std::byte* lend(const Array& a, Device device) {
  Array writable = a;  // a read-only view too: later writes to its storage must be seen through the address
  std::byte* data = write_on(writable, device);
  changed_on(a.value(), device, true);
  ++a.value().copy_on(device)->lent;
  ++a.storage()->exports;
  return data;
}

void take_back(Storage& storage, Device device, uintptr_t reader) noexcept {
  DeviceCopy* copy = storage.value()->copy_on(device);  // stays while it is lent
  constexpr double kPerhapsLong = 1e6, kEnqueuing = 1;
  run_unlocked(reader == kAnyStream ? kPerhapsLong : kEnqueuing, [&] {
    try {
      copy->backend->wait_for_stream(reader);
    } catch (const Error&) {  // a lost device reads nothing any more
    }
  });
  --storage.exports;
  --copy->lent;
}

Array adopt(Device device, Buffer memory, DType dtype, Layout layout) {
  Ref<Value> value(new Value(memory.bytes));
  value->set_pin(device);
  auto copy = make_copy(device, memory.bytes);
  Ref<Storage> storage(new Storage(value));
  storage->foreign = true;
  copy->buffer = memory;  // ours from here on, where nothing fails any more
  copy->lent = 1;
  copy->valid = true;
  value->publish_on(copy.release());
  return Array(std::move(storage), dtype, std::move(layout));
}

HoldCopy::HoldCopy(Value& value, Device device) : value_(&value), copy_(value.copy_on(device)) {
  if (copy_) ++copy_->held;
}

}  // namespace crossarray
