#include "dispatch/graph/expr.h"

namespace crossarray {
namespace {

size_t total_held = 0;

}  // namespace

Expr::~Expr() {
  total_held -= held;
  if (noted_by) forget_block();
}

void Expr::forget_block() {
  *noted_by = noted_next;
  if (noted_next) noted_next->noted_by = noted_by;
  noted_by = nullptr;
}

void Expr::count_held() {
  for (int i = 0; i < arity; ++i)
    if (in[i].value && !in[i].value->pending()) held += in[i].value->bytes();
  total_held += held;
}

size_t held_by_graph() { return total_held; }

bool is_identity_read(const Operand& operand, const Dims& space, const Expr& producer) {
  if (producer.kind != ExprKind::kElementwise || operand.offset != 0 || operand.dtype != producer.out_dtype)
    return false;
  if (!(space == producer.space)) return false;
  for (int axis = 0; axis < space.size(); ++axis)
    if (space[axis] != 1 && operand.strides[axis] != producer.out_strides[axis]) return false;
  return true;
}

}  // namespace crossarray
