// Room on a device: what is freed, in which order, before an allocation fails.
#include "dispatch/plan/pressure.h"

#include <string>
#include <utility>

#include "dispatch/core/config.h"
#include "dispatch/plan/residency.h"

namespace crossarray {
namespace {

bool over_limit(Backend& backend, size_t bytes) {
  size_t limit = config().memory_limit;
  return limit && backend.memory().in_use + bytes > limit;
}

void* try_allocate(Backend& backend, size_t bytes, Lane lane) {
  if (over_limit(backend, bytes)) return nullptr;
  try {
    return lane == Lane::kUpload ? backend.allocate_for_upload(bytes) : backend.allocate(bytes);
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::kMemory) throw;
    return nullptr;
  }
}

// The least recently used copy that may go: one the host has too, or (`dirty`) one it has not. Pinned values last.
DeviceCopy* coldest(Device device, bool dirty) {
  DeviceCopy* best = nullptr;
  for (DeviceCopy* copy = device_copies(device).first(); copy; copy = copy->after) {
    bool host_has_it = copy->of->on_host() || !copy->valid;
    if (copy->held || copy->lent || !copy->buffer.owner || host_has_it == dirty) continue;
    auto age = [](const DeviceCopy* c) { return std::pair(is_remote(c->of->pin()), c->touched); };
    if (!best || age(copy) < age(best)) best = copy;
  }
  return best;
}

// Frees at least `bytes` of one sort; false if there is none of it.
bool give_up(Device device, size_t bytes, bool dirty) {
  size_t freed = 0;
  while (freed < bytes) {
    DeviceCopy* copy = coldest(device, dirty);
    if (!copy) break;
    Ref<Value> value(copy->of);
    freed += copy->buffer.bytes;
    if (dirty) {
      copy->held++;  // the copy to the host must not free it
      try {
        bring_to_host(*value);
      } catch (...) {
        copy->held--;
        throw;
      }
      copy->held--;
    }
    ++(dirty ? copy_counts().written_back : copy_counts().dropped);
    value->await_uploads();
    value->drop_copy(copy);
  }
  return freed > 0;
}

std::string grouped(size_t n) {
  std::string digits = std::to_string(n), text;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

[[noreturn]] void out_of_memory(Backend& backend, size_t bytes) {
  MemoryInfo info = backend.memory();
  size_t limit = config().memory_limit;
  raise(ErrorKind::kMemory, "Out of memory on " + backend.name() + ": asked " + grouped(bytes) + " bytes, in use " +
                                grouped(info.in_use) + " of " + grouped(info.capacity) + " (limit " +
                                (limit ? grouped(limit) : "none") + "). Free arrays or call crossarray.free_cached().");
}

}  // namespace

void* allocate_with_pressure(Device device, size_t bytes, Lane lane) {
  Backend& backend = backend_of(device);
  void* data = try_allocate(backend, bytes, lane);
  if (!data) {
    backend.free_cached();
    data = try_allocate(backend, bytes, lane);
  }
  for (bool dirty : {false, true})
    while (!data && give_up(device, bytes, dirty)) {
      backend.free_cached();
      data = try_allocate(backend, bytes, lane);
    }
  if (!data) out_of_memory(backend, bytes);
  return data;
}

void* allocate_without_pressure(Device device, size_t bytes, Lane lane) {
  return try_allocate(backend_of(device), bytes, lane);
}

}  // namespace crossarray
