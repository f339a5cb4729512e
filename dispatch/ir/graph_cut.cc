#include "dispatch/ir/graph_cut.h"

#include <algorithm>
#include <unordered_map>

namespace crossarray {
namespace {

// Repeating a chain costs this many adds per element at most; storing and loading 8 bytes costs about as much
// (a store and a load of 16 bytes at 10-20 GB/s: 1-1.5 ns; an add in cache: 0.1 ns).
constexpr int kRepeatFlops = 12;

}  // namespace

GraphCut::GraphCut(const PendingGraph& graph) {
  nodes_.reserve(graph.exprs().size());
  for (Expr* expr : graph.exprs()) nodes_.push_back({expr});
  set_levels();
  decide_stores(graph.targets());
  join_groups();
}

void GraphCut::set_levels() {
  for (Node& node : nodes_)
    for (int i = 0; i < node.expr->arity; ++i) {
      const Operand& operand = node.expr->in[i];
      const Node* producer = operand.value ? find(*operand.value) : nullptr;
      if (!producer) continue;
      bool fused = is_identity_read(operand, node.expr->space, *producer->expr);
      node.level = std::max(node.level, producer->level + (fused ? 0 : 1));
    }
}

bool GraphCut::cheap_to_repeat(const Node& node) const {
  int flops = 0;
  const Node* at = &node;
  // Follows single chains only: a wide expression is stored.
  for (int depth = 0; depth < 4; ++depth) {
    flops += row(at->expr->op).flops;
    const Node* next = nullptr;
    for (int i = 0; i < at->expr->arity; ++i) {
      const Operand& operand = at->expr->in[i];
      const Node* producer = operand.value ? find(*operand.value) : nullptr;
      if (!producer || producer->stored) continue;
      if (!is_identity_read(operand, at->expr->space, *producer->expr)) continue;
      if (next) return false;
      next = producer;
    }
    if (!next) return flops <= kRepeatFlops;
    at = next;
  }
  return false;
}

void GraphCut::decide_stores(std::span<Value* const> targets) {
  for (Value* target : targets)
    if (Node* node = const_cast<Node*>(find(*target))) node->stored = true;
  for (Node& node : nodes_)
    if (node.expr->out->holders > 0 || node.expr->kind == ExprKind::kReduce) node.stored = true;
  for (Node& node : nodes_)
    for (int i = 0; i < node.expr->arity; ++i) {
      const Operand& operand = node.expr->in[i];
      Node* producer = operand.value ? const_cast<Node*>(find(*operand.value)) : nullptr;
      if (!producer || producer->stored) continue;
      bool fused = is_identity_read(operand, node.expr->space, *producer->expr);
      if (!fused || (producer->level < node.level && !cheap_to_repeat(*producer))) producer->stored = true;
    }
}

bool GraphCut::computed_inside(const Operand& operand, const Expr& reader, int level) const {
  const Node* producer = operand.value ? find(*operand.value) : nullptr;
  if (!producer || !is_identity_read(operand, reader.space, *producer->expr)) return false;
  return producer->level == level || !producer->stored;
}

int32_t GraphCut::root(int32_t node) {
  while (nodes_[static_cast<size_t>(node)].group != node) {
    int32_t& parent = nodes_[static_cast<size_t>(node)].group;
    parent = nodes_[static_cast<size_t>(parent)].group;
    node = parent;
  }
  return node;
}

// Same level, same space, and something in common (an edge or an input): one kernel.
void GraphCut::join_groups() {
  auto count = static_cast<int32_t>(nodes_.size());
  for (int32_t i = 0; i < count; ++i) nodes_[static_cast<size_t>(i)].group = i;
  std::unordered_multimap<const Value*, int32_t> readers;
  for (int32_t i = 0; i < count; ++i) {
    Node& node = nodes_[static_cast<size_t>(i)];
    for (int k = 0; k < node.expr->arity; ++k) {
      const Value* v = node.expr->in[k].value.get();
      if (!v) continue;
      if (const Node* producer = find(*v); producer && computed_inside(node.expr->in[k], *node.expr, node.level)) {
        if (producer->level == node.level) nodes_[static_cast<size_t>(root(i))].group = root(v->mark);
        continue;
      }
      bool joined = false;
      auto [from, to] = readers.equal_range(v);
      for (auto it = from; it != to && !joined; ++it) {
        const Node& other = nodes_[static_cast<size_t>(it->second)];
        if (other.level != node.level || !(other.expr->space == node.expr->space)) continue;
        nodes_[static_cast<size_t>(root(i))].group = root(it->second);
        joined = true;
      }
      if (!joined) readers.emplace(v, i);
    }
  }
  for (int32_t i = 0; i < count; ++i) nodes_[static_cast<size_t>(i)].group = root(i);
}

}  // namespace crossarray
