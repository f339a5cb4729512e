#include "dispatch/ir/pending_graph.h"

namespace crossarray {
namespace {

constexpr int32_t kOpen = 0x7FFFFFFF;  // mark of a value whose inputs are being visited

struct Frame {
  Expr* expr;
  int next;
};

}  // namespace

PendingGraph::PendingGraph(std::span<Value* const> targets) : PendingGraph() {
  // From here on the object is whole: should memory run out below, the destructor takes the marks back.
  targets_ = targets;
  exprs_.reserve(16);
  inputs_.reserve(8);
  for (Value* target : targets) collect(target);
}

PendingGraph::~PendingGraph() {
  for (Expr* expr : exprs_) expr->out->mark = -1;
  for (Value* v : inputs_) v->mark = -1;
}

void PendingGraph::add_inputs(const Expr& expr) {
  for (int i = 0; i < expr.arity; ++i) {
    Value* v = expr.in[i].value.get();
    if (!v || v->pending() || v->mark != -1) continue;
    inputs_.push_back(v);
    v->mark = input_mark(inputs_.size() - 1);
  }
}

// Depth first without recursion: graphs can be deep.
void PendingGraph::collect(Value* target) {
  // What is open when memory runs out is not marked any more.
  struct Stack : SmallVector<Frame, 32> {
    ~Stack() {
      for (const Frame& frame : *this) frame.expr->out->mark = -1;
    }
  } stack;
  auto open = [&](Value* v) {
    if (!v || !v->pending() || v->mark != -1) return;
    if (v->running) running_ = v;
    stack.push_back({v->producer(), 0});
    v->mark = kOpen;
  };
  open(target);
  while (!stack.empty()) {
    Frame& top = stack.back();
    if (top.next < top.expr->arity) {
      open(top.expr->in[top.next++].value.get());
      continue;
    }
    Expr* expr = top.expr;
    add_inputs(*expr);
    exprs_.push_back(expr);
    expr->out->mark = static_cast<int32_t>(exprs_.size() - 1);
    stack.pop_back();
  }
}

}  // namespace crossarray
