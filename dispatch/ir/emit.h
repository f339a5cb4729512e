// Second half of lowering: writes the kernel of one group of the graph cut.
#pragma once

#include <unordered_map>
#include <vector>

#include "dispatch/ir/graph_cut.h"
#include "dispatch/ir/lower.h"

namespace crossarray {

/// Builds one Step. Equal loads, scalars and operations are written once.
class Emitter {
 public:
  Emitter(const GraphCut& cut, const Dims& space, int level) : cut_(cut), level_(level) { step_.space = space; }

  /// Adds a stored node: its value is computed and written, or it is reduced.
  void add_root(const Expr& expr);
  /// Computes `expr` into memory outside the graph.
  void add_root(const Expr& expr, std::byte* out, const Dims& strides);
  /// Collapses the space and returns the step.
  Step finish();

 private:
  Reg emit(const Expr& expr);
  Reg operand(const Expr& reader, int i);
  Reg cast(Reg value, DType to);
  Reg load(const Operand& operand);
  Reg scalar(const Scalar& source, DType wanted);
  uint16_t scalar_index(const Scalar& source, DType wanted);
  Reg append(const Ssa& ssa);
  uint16_t slot(Value* value, int64_t offset, const Dims& strides, DType dtype, SlotRole role);
  void reduce(const Expr& expr);

  const GraphCut& cut_;
  int level_;
  Step step_;
  std::unordered_map<const Expr*, Reg> done_;
};

}  // namespace crossarray
