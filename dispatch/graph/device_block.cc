#include "dispatch/graph/device_block.h"

#include <utility>

#include "dispatch/core/config.h"
#include "dispatch/graph/expr.h"

namespace crossarray {
namespace {

thread_local DeviceBlock* innermost = nullptr;  // counted by hand: no destructor runs without the graph lock

}  // namespace

DeviceBlock::DeviceBlock(Device device) : before_(current_device()), outer_(innermost) {
  set_current_device(device);
  innermost = this;
  retain();
}

DeviceBlock* DeviceBlock::current() { return innermost; }

DeviceBlock::~DeviceBlock() {
  while (first_) first_->forget_block();
  if (outer_) outer_->release();
}

// Blocks are left in any order (generators): the thread goes back to where this one was entered.
void DeviceBlock::leave() {
  set_current_device(before_);
  DeviceBlock* left = innermost;
  innermost = std::exchange(outer_, nullptr);
  if (left) left->release();
}

std::vector<Ref<Value>> DeviceBlock::pending() const {
  std::vector<Ref<Value>> values;
  for (Expr* expr = first_; expr; expr = expr->noted_next)
    if (expr->out && expr->out->holders > 0) values.emplace_back(expr->out);
  return values;
}

void DeviceBlock::note(Expr& expr) {
  if (!innermost) return;
  expr.noted_next = innermost->first_;
  if (expr.noted_next) expr.noted_next->noted_by = &expr.noted_next;
  expr.noted_by = &innermost->first_;
  innermost->first_ = &expr;
}

}  // namespace crossarray
