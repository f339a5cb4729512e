#include "dispatch/core/storage.h"

#include <vector>

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

// A chain of dead expressions is taken apart in a loop: freeing 10^5 of them by recursion would overflow the stack.
void Value::take_apart() {
  Ref<Expr> expr = take_producer();
  static thread_local std::vector<Ref<Expr>>* queue = nullptr;
  if (queue) return queue->push_back(std::move(expr));
  std::vector<Ref<Expr>> work;
  queue = &work;
  work.push_back(std::move(expr));
  while (!work.empty()) {
    Ref<Expr> next = std::move(work.back());
    work.pop_back();
    next = nullptr;
  }
  queue = nullptr;
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
