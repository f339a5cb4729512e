#include "dispatch/core/storage.h"

#include "dispatch/graph/expr.h"
#include "dispatch/plan/backend.h"

namespace crossarray {
namespace {

void drop(Buffer& buffer) {
  if (buffer.drop) buffer.drop(buffer.keep);
  if (buffer.owner) buffer.owner->deallocate(buffer.data, buffer.bytes);
  buffer = {};
}

}  // namespace

void DeviceCopies::add(DeviceCopy* copy) noexcept {
  copy->after = first_;
  if (first_) first_->before = copy;
  first_ = copy;
}

void DeviceCopies::remove(DeviceCopy* copy) noexcept {
  (copy->before ? copy->before->after : first_) = copy->after;
  if (copy->after) copy->after->before = copy->before;
}

DeviceCopies& device_copies(Device device) {
  static DeviceCopies* all = new DeviceCopies[kMaxDevices];  // arrays may outlive static destructors
  return all[device];
}

Value::~Value() {
  if (producer_) take_apart();
  if (copies_) drop_copies();
  if (host_.drop || host_.owner) drop_host();
}

void Value::drop_host() { drop(host_); }

// A chain of dead expressions is taken apart in a loop: freeing 10^5 of them by recursion would overflow the stack. They
// wait linked to each other, because a destructor must not need memory.
void Value::take_apart() {
  static thread_local Expr* waiting = nullptr;
  static thread_local bool running = false;
  Ref<Expr> expr = take_producer();
  if (expr->refs() > 1) return;
  expr->next_dead = waiting;
  waiting = expr.detach();
  if (running) return;
  running = true;
  while (waiting) {
    Expr* next = waiting;
    waiting = next->next_dead;
    next->release();
  }
  running = false;
}

void Value::computed() {
  ready_ = on_host_ && pin_ == kAuto;
  running = false;
  if (producer_) take_producer();
}

void Value::publish(Buffer buffer) {
  host_ = buffer;
  on_host_ = true;
  computed();
}

void Value::publish_on(DeviceCopy* copy) {
  add_copy(copy);
  computed();
}

void* Value::allocate(Backend& backend) {
  XA_ASSERT(!ready_ && !producer_);
  if (bytes_ <= kInlineBytes) {
    host_.data = inline_;
  } else {
    host_ = {backend.allocate(bytes_), bytes_, &backend, nullptr, nullptr};
  }
  on_host_ = true;
  ready_ = pin_ == kAuto;
  return host_.data;
}

void* Value::allocate_host() {
  Backend& backend = cpu_backend();
  host_ = {backend.allocate(bytes_), bytes_, &backend, nullptr, nullptr};
  return host_.data;
}

void Value::set_pin(Device device) {
  pin_ = device;
  ready_ = on_host_ && device == kAuto;
}

void Value::set_on_host(Buffer buffer) {
  if (buffer.data) host_ = buffer;
  on_host_ = true;
  ready_ = pin_ == kAuto;
}

void Value::clear_on_host() { ready_ = on_host_ = false; }

DeviceCopy* Value::copy_on(Device device) const {
  DeviceCopy* copy = copies_;
  while (copy && copy->device != device) copy = copy->next;
  return copy;
}

bool Value::valid_on(Device device) const {
  if (device == kCpu) return on_host_;
  const DeviceCopy* copy = copy_on(device);
  return copy && copy->valid;
}

void Value::add_copy(DeviceCopy* copy) {
  copy->of = this;
  copy->next = copies_;
  copies_ = copy;
  device_copies(copy->device).add(copy);
}

void Value::drop_copy(DeviceCopy* copy) {
  DeviceCopy** at = &copies_;
  while (*at != copy) at = &(*at)->next;
  *at = copy->next;
  device_copies(copy->device).remove(copy);
  drop(copy->buffer);
  delete copy;
}

void Value::await_uploads() {
  for (DeviceCopy* copy = copies_; copy; copy = copy->next)
    if (copy->uploading && !copy->backend->lost()) copy->backend->wait(copy->written);  // a lost device reads nothing
}

void Value::drop_copies() {
  try {
    await_uploads();
  } catch (const Error&) {  // a lost device reads nothing any more
  }
  while (copies_) drop_copy(copies_);
}

void Value::set_producer(Expr* producer) {
  producer->retain();
  producer->out = this;
  producer_ = producer;
}

Ref<Expr> Value::take_producer() {
  if (!producer_) return nullptr;
  Ref<Expr> expr(producer_);
  producer_->release();
  producer_->out = nullptr;
  producer_ = nullptr;
  return expr;
}

void Storage::rebind(Ref<Value> value) {
  if (value) ++value->holders;
  if (value_) --value_->holders;
  value_ = std::move(value);
}

}  // namespace crossarray
