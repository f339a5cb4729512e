#include "dispatch/core/storage.h"

#include "dispatch/graph/expr.h"
#include "dispatch/plan/backend.h"

namespace crossarray {

Value::~Value() {
  if (producer_) take_apart();
  if (host_.drop || host_.owner) drop_host();
}

void Value::drop_host() {
  if (host_.drop) host_.drop(host_.keep);
  if (host_.owner) host_.owner->deallocate(host_.data, host_.bytes);
  host_ = {};
}

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

void Value::publish(Buffer buffer) {
  host_ = buffer;
  ready_ = true;
  running = false;
  if (producer_) take_producer();
}

void* Value::allocate(Backend& backend) {
  XA_ASSERT(!ready_ && !producer_);
  if (bytes_ <= kInlineBytes) {
    host_.data = inline_;
  } else {
    host_ = {backend.allocate(bytes_), bytes_, &backend, nullptr, nullptr};
  }
  ready_ = true;
  return host_.data;
}

void* Value::allocate_host() {
  Backend& backend = cpu_backend();
  host_ = {backend.allocate(bytes_), bytes_, &backend, nullptr, nullptr};
  return host_.data;
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
