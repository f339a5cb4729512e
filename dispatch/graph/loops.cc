#include <array>

#include "dispatch/graph/build.h"

namespace crossarray {
namespace {

// Promotion classes: the fifteen dtypes and the four kinds of Python scalars.
constexpr int kClasses = kDTypeCount + 4;

struct Entry {
  Loop loop;
  bool filled = false;
};

int class_of(const Arg& arg) {
  return arg.array ? static_cast<int>(arg.array->dtype()) : kDTypeCount + static_cast<int>(arg.weak.type);
}

PromoteArg promote_arg(const Arg& arg) {
  PromoteArg out{};
  if (arg.array)
    out.dtype = arg.array->dtype();
  else
    out.weak = true, out.weak_type = arg.weak.type;
  return out;
}

}  // namespace

Loop fresh_loop(Op op, std::span<const Arg> args, const ApplyOptions& options) {
  PromoteArg operands[Expr::kMaxInputs];
  for (size_t i = 0; i < args.size(); ++i) operands[i] = promote_arg(args[i]);
  return resolve_loop(op, {operands, args.size()}, options.dtype, options.casting);
}

Loop cached_loop(Op op, std::span<const Arg> args) {
  // where's loop does not depend on its condition, so two classes decide every op.
  static std::array<std::array<std::array<Entry, kClasses>, kClasses>, kOpCount> table;
  size_t skip = args.size() == 3 ? 1 : 0;
  int a = class_of(args[skip]), b = args.size() > 1 ? class_of(args[skip + 1]) : 0;
  Entry& entry = table[static_cast<size_t>(op)][static_cast<size_t>(a)][static_cast<size_t>(b)];
  if (!entry.filled) entry = {fresh_loop(op, args, {}), true};
  return entry.loop;
}

Scalar scalar_operand(Op op, const WeakScalar& weak, DType to) {
  if (to == DType::kF64 && weak.type == WeakScalar::Type::kFloat) return Scalar::of(to, weak.c.real());
  bool logic = op >= Op::logical_and && op <= Op::logical_not;
  if (!logic || weak.type != WeakScalar::Type::kInt || weak.range != WeakScalar::Range::kI64) {
    // NumPy's exponents are C ints.
    if (op == Op::ldexp && to == DType::kI64) cast_weak(weak, DType::kI32);
    if (logic && weak.type == WeakScalar::Type::kInt) cast_weak(weak, DType::kI64);
    return cast_weak(weak, to);
  }
  WeakScalar truth;
  truth.i = weak.i != 0;
  return cast_weak(truth, to);
}

}  // namespace crossarray
