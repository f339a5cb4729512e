// First half of lowering: which operations exist, which barriers lie between them, and which results are stored.
#pragma once

#include <span>
#include <vector>

#include "dispatch/ir/pending_graph.h"

namespace crossarray {

struct Node {
  Expr* expr;
  int32_t level = 0;    // barriers on the longest path below
  int32_t group = -1;   // kernel it is computed in (representative node of a union-find forest)
  bool stored = false;  // its value is written to memory
};

/// One node per expression of the graph, in its order.
class GraphCut {
 public:
  explicit GraphCut(const PendingGraph& graph);

  std::vector<Node>& nodes() { return nodes_; }
  const Node* find(const Value& v) const { return v.mark >= 0 ? &nodes_[static_cast<size_t>(v.mark)] : nullptr; }
  /// True if `operand` of a node in kernel (level, space) is computed inside that kernel rather than loaded.
  bool computed_inside(const Operand& operand, const Expr& reader, int level) const;

 private:
  void set_levels();
  void decide_stores(std::span<Value* const> targets);
  void join_groups();
  int32_t root(int32_t node);
  bool cheap_to_repeat(const Node& node) const;

  std::vector<Node> nodes_;
};

}  // namespace crossarray
