// The pending expressions a set of values depends on.
#pragma once

#include <span>
#include <vector>

#include "dispatch/graph/expr.h"

namespace crossarray {

/// Collects them in topological order, inputs first. Until this object goes, Value::mark is the index of the expression
/// that makes a pending value, and input_mark(k) for the k-th ready value read; -1 for every other value.
class PendingGraph {
 public:
  explicit PendingGraph(std::span<Value* const> targets);
  ~PendingGraph();
  PendingGraph(const PendingGraph&) = delete;
  PendingGraph& operator=(const PendingGraph&) = delete;

  const std::vector<Expr*>& exprs() const { return exprs_; }
  const std::vector<Value*>& inputs() const { return inputs_; }
  std::span<Value* const> targets() const { return targets_; }
  /// A value another thread's plan is computing, or null.
  Value* running() const { return running_; }

  static int32_t input_mark(size_t k) { return -2 - static_cast<int32_t>(k); }
  /// One number per value: expressions first, then inputs.
  size_t ordinal(const Value& v) const {
    return v.mark >= 0 ? static_cast<size_t>(v.mark) : exprs_.size() + static_cast<size_t>(-2 - v.mark);
  }
  Value* value_at(size_t ordinal) const {
    return ordinal < exprs_.size() ? exprs_[ordinal]->out : inputs_[ordinal - exprs_.size()];
  }

 private:
  PendingGraph() = default;
  void collect(Value* target);
  void add_inputs(const Expr& expr);

  std::span<Value* const> targets_;
  std::vector<Expr*> exprs_;
  std::vector<Value*> inputs_;
  Value* running_ = nullptr;
};

}  // namespace crossarray
