#include "dispatch/ir/lower.h"

#include <algorithm>
#include <tuple>

#include "dispatch/ir/emit.h"
#include "dispatch/ir/graph_cut.h"

namespace crossarray {
namespace {

struct Root {
  int32_t level, group;
  uint64_t reduced;
  int32_t node;
};

// Stored nodes, in the order their kernels run. Reductions over different axes are different kernels.
std::vector<Root> roots_of(GraphCut& cut) {
  std::vector<Root> roots;
  auto& nodes = cut.nodes();
  for (size_t i = 0; i < nodes.size(); ++i)
    if (nodes[i].stored)
      roots.push_back({nodes[i].level, nodes[i].group, nodes[i].expr->reduced, static_cast<int32_t>(i)});
  std::sort(roots.begin(), roots.end(), [](const Root& x, const Root& y) {
    return std::tie(x.level, x.group, x.reduced, x.node) < std::tie(y.level, y.group, y.reduced, y.node);
  });
  return roots;
}

// Stores join the group's first reduction kernel; only differing reduced axes split it.
bool same_kernel(const Root& x, const Root& y) {
  return x.level == y.level && x.group == y.group && (x.reduced == y.reduced || x.reduced == 0);
}

}  // namespace

int64_t Step::elements() const {
  int64_t n = 1;
  for (int64_t extent : shape) n *= extent;
  return n;
}

Lowered lower(const PendingGraph& graph) {
  GraphCut cut(graph);
  std::vector<Root> roots = roots_of(cut);
  Lowered out;
  auto& nodes = cut.nodes();
  for (size_t first = 0; first < roots.size();) {
    const Node& node = nodes[static_cast<size_t>(roots[first].node)];
    Emitter emitter(cut, node.expr->space, node.level);
    Root kernel = roots[first];
    size_t last = first;
    for (; last < roots.size() && same_kernel(kernel, roots[last]); ++last) {
      kernel.reduced = roots[last].reduced;
      const Expr& expr = *nodes[static_cast<size_t>(roots[last].node)].expr;
      emitter.add_root(expr);
      out.outputs.push_back(expr.out);
    }
    out.steps.push_back(emitter.finish());
    first = last;
  }
  return out;
}

Step lower_single(const Expr& expr, std::byte* out, const Dims& strides) {
  PendingGraph empty{std::span<Value* const>{}};
  GraphCut nothing(empty);
  Emitter emitter(nothing, expr.space, 0);
  emitter.add_root(expr, out, strides);
  return emitter.finish();
}

}  // namespace crossarray
