#include "dispatch/plan/single.h"

#include "dispatch/graph/expr.h"
#include "dispatch/plan/backend.h"
#include "dispatch/plan/profile.h"

namespace crossarray {
namespace {

// About 30 us of the lightest op: from there threads can help (measured on 2 cores).
constexpr double kMaxFlopBytes = 400e3;

bool reads_ready_values(const Expr& expr) {
  for (int i = 0; i < expr.arity; ++i)
    if (expr.in[i].value && !expr.in[i].value->stays_on_host()) return false;
  return true;
}

bool is_short(const Expr& expr) {
  bool elementwise = expr.kind == ExprKind::kElementwise;
  if (!elementwise && (expr.arity > 1 || expr.has_initial)) return false;
  double n = 1;
  for (int64_t extent : expr.space) n *= static_cast<double>(extent);
  int flops = elementwise ? row(expr.op).flops : 2;
  return n * 8 * flops <= kMaxFlopBytes;
}

void run_elementwise(const Expr& expr, std::byte* out) {
  OpCall call;
  call.op = expr.op;
  call.loop_out = expr.loop_out;
  call.out_dtype = expr.out_dtype;
  call.arity = expr.arity;
  call.out = out;
  call.out_strides = &expr.out_strides;
  call.shape = &expr.space;
  for (int i = 0; i < expr.arity; ++i) {
    const Operand& in = expr.in[i];
    call.loop_in[i] = expr.loop_in[i];
    call.in_dtype[i] = in.dtype;
    call.in[i] = in.value ? static_cast<const std::byte*>(in.value->host()) + in.offset : in.scalar.bits;
    call.in_strides[i] = &in.strides;
  }
  cpu_backend().run_op(call);
}

void run_reduction(const Expr& expr, std::byte* out) {
  const Operand& in = expr.in[0];
  ReduceCall call{expr.reduce,
                  in.dtype,
                  expr.accumulate,
                  expr.out_dtype,
                  static_cast<const std::byte*>(in.value->host()) + in.offset,
                  &in.strides,
                  out,
                  &expr.out_strides,
                  &expr.space,
                  expr.reduced,
                  expr.param};
  cpu_backend().run_reduce(call);
}

bool same_layout(const Expr& expr, const Operand& in) {
  for (int axis = 0; axis < expr.space.size(); ++axis)
    if (expr.space[axis] != 1 && in.strides[axis] != expr.out_strides[axis]) return false;
  return in.offset == 0 && itemsize(in.dtype) == itemsize(expr.out_dtype);
}

// An input that only `expr` still reads, element for element where it writes: its memory can take the result (run_op
// cannot fail). Null if there is none.
Value* memory_to_take(const Expr& expr, const Backend& backend) {
  for (int i = 0; i < expr.arity; ++i) {
    Value* v = expr.in[i].value.get();
    if (!v || v->holders > 0 || v->bytes() != expr.out->bytes()) continue;
    if (v->host_buffer().owner != &backend || v->host_buffer().drop) continue;
    int reads = 0;
    bool alike = true;
    for (int k = 0; k < expr.arity; ++k) {
      if (expr.in[k].value.get() != v) continue;
      ++reads;
      alike = alike && same_layout(expr, expr.in[k]);
    }
    if (alike && v->refs() == reads) return v;
  }
  return nullptr;
}

}  // namespace

bool evaluate_single(Value& value) {
  const Expr& expr = *value.producer();
  if (is_remote(value.pin()) || !is_short(expr) || !reads_ready_values(expr)) return false;
  HostBackend& backend = cpu_backend();
  if (expr.kind == ExprKind::kElementwise)
    if (Value* taken = memory_to_take(expr, backend)) {
      run_elementwise(expr, static_cast<std::byte*>(taken->host()));
      value.publish(taken->take_buffer());
      return true;
    }
  bool small = value.bytes() <= Value::kInlineBytes;
  Buffer buffer{small ? value.inline_memory() : backend.allocate(value.bytes()), value.bytes(),
                small ? nullptr : &backend, nullptr, nullptr};
  auto* out = static_cast<std::byte*>(buffer.data);
  ProfileScope scope(kCpu);
  if (scope.on())
    scope.tell("1 operation over " + shape_text(expr.space), backend.name(),
               static_cast<double>(value.bytes() + expr.held), 0);
  try {
    expr.kind == ExprKind::kElementwise ? run_elementwise(expr, out) : run_reduction(expr, out);
  } catch (...) {
    if (buffer.owner) backend.deallocate(buffer.data, buffer.bytes);
    throw;
  }
  value.publish(buffer);
  return true;
}

}  // namespace crossarray
