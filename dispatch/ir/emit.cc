#include "dispatch/ir/emit.h"

#include "dispatch/ir/collapse.h"

namespace crossarray {
namespace {

bool same(const Ssa& x, const Ssa& y) {
  return x.kind == y.kind && x.op == y.op && x.loop == y.loop && x.dtype == y.dtype && x.index == y.index &&
         x.a == y.a && x.b == y.b && x.c == y.c;
}

// Values further back than this are not searched for equals: keeps emission linear on huge kernels.
constexpr size_t kSearchWindow = 64;

/// Reductions have no half loops.
DType working(DType t) { return is_half(t) ? DType::kF32 : t; }

DType working(const Expr& reader, DType loop) {
  return reader.kind == ExprKind::kElementwise ? working_dtype(reader.op, loop) : working(loop);
}

}  // namespace

Reg Emitter::append(const Ssa& ssa) {
  auto& values = step_.kernel.values;
  size_t from = values.size() > kSearchWindow ? values.size() - kSearchWindow : 0;
  for (size_t i = from; i < values.size(); ++i)
    if (same(values[i], ssa)) return static_cast<Reg>(i);
  values.push_back(ssa);
  return static_cast<Reg>(values.size() - 1);
}

Reg Emitter::cast(Reg value, DType to) {
  DType from = step_.kernel.values[value].dtype;
  if (from == to) return value;
  Ssa ssa{ValueKind::kCast};
  ssa.loop = from;
  ssa.dtype = to;
  ssa.a = value;
  return append(ssa);
}

uint16_t Emitter::slot(Value* value, int64_t offset, const Dims& strides, DType dtype, SlotRole role) {
  auto& slots = step_.slots;
  if (role == SlotRole::kLoad)
    for (size_t i = 0; i < slots.size(); ++i)
      if (slots[i].value == value && slots[i].offset == offset && slots[i].strides == strides &&
          step_.kernel.slots[i].dtype == dtype && step_.kernel.slots[i].role == role)
        return static_cast<uint16_t>(i);
  slots.push_back({value, offset, strides});
  step_.kernel.slots.push_back({dtype, role, Access::kStrided});
  return static_cast<uint16_t>(slots.size() - 1);
}

Reg Emitter::load(const Operand& operand) {
  Ssa ssa{ValueKind::kLoad};
  ssa.loop = ssa.dtype = operand.dtype;
  ssa.index = slot(operand.value.get(), operand.offset, operand.strides, operand.dtype, SlotRole::kLoad);
  return append(ssa);
}

// Scalars with equal bits are one; which scalars are equal is part of the structure, their values are not.
uint16_t Emitter::scalar_index(const Scalar& source, DType wanted) {
  size_t i = 0;
  while (i < step_.scalars.size() && !(step_.scalar_sources[i] == source && step_.scalars[i].dtype == wanted)) ++i;
  if (i == step_.scalars.size()) {
    step_.scalars.push_back(source.dtype == wanted ? source : cast_scalar(source, wanted));
    step_.scalar_sources.push_back(source);
    step_.kernel.scalars.push_back(wanted);
  }
  return static_cast<uint16_t>(i);
}

Reg Emitter::scalar(const Scalar& source, DType wanted) {
  Ssa ssa{ValueKind::kScalar};
  ssa.loop = ssa.dtype = wanted;
  ssa.index = scalar_index(source, wanted);
  return append(ssa);
}

Reg Emitter::operand(const Expr& reader, int i) {
  const Operand& in = reader.in[i];
  DType wanted = working(reader, reader.loop_in[i]);
  if (!in.value) return scalar(in.scalar, wanted);
  Reg value = cut_.computed_inside(in, reader, level_) ? emit(*in.value->producer()) : load(in);
  // A cast to a half loop rounds first, then the op works in float32.
  return cast(cast(value, reader.loop_in[i]), wanted);
}

Reg Emitter::emit(const Expr& expr) {
  if (auto known = done_.find(&expr); known != done_.end()) return known->second;
  Reg in[Expr::kMaxInputs] = {kNoReg, kNoReg, kNoReg};
  for (int i = 0; i < expr.arity; ++i) in[i] = operand(expr, i);
  Reg result = in[0];
  if (expr.op != Op::copy) {
    Ssa ssa{ValueKind::kApply};
    ssa.op = expr.op;
    ssa.loop = working(expr, expr.loop_in[expr.op == Op::where ? 1 : 0]);
    ssa.dtype = working(expr, expr.loop_out);
    ssa.a = in[0];
    ssa.b = in[1];
    ssa.c = in[2];
    result = append(ssa);
  }
  result = cast(cast(result, expr.loop_out), expr.out_dtype);
  done_.emplace(&expr, result);
  return result;
}

void Emitter::reduce(const Expr& expr) {
  ReduceStmt stmt{};
  stmt.kind = expr.reduce;
  stmt.accumulate = working(expr.accumulate);
  stmt.value = cast(operand(expr, 0), stmt.accumulate);
  stmt.mask = expr.arity == 2 ? operand(expr, 1) : kNoReg;
  if (expr.has_initial) {
    stmt.has_initial = true;
    stmt.initial = scalar_index(expr.initial, stmt.accumulate);
  }
  stmt.slot = slot(expr.out, 0, expr.out_strides, expr.out_dtype, SlotRole::kReduce);
  step_.kernel.reduces.push_back(stmt);
  step_.params.push_back(expr.param);
  step_.reduced = expr.reduced;
}

void Emitter::add_root(const Expr& expr) {
  if (expr.kind == ExprKind::kReduce)
    reduce(expr);
  else
    add_root(expr, nullptr, expr.out_strides);
}

void Emitter::add_root(const Expr& expr, std::byte* out, const Dims& strides) {
  Reg value = emit(expr);
  uint16_t to = slot(expr.out, 0, strides, expr.out_dtype, SlotRole::kStore);
  step_.slots[to].data = out;
  step_.kernel.stores.push_back({value, to});
}

Step Emitter::finish() {
  collapse(step_);
  return std::move(step_);
}

}  // namespace crossarray
