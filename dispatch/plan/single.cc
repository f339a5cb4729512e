#include "dispatch/plan/single.h"

#include "dispatch/graph/expr.h"
#include "dispatch/plan/backend.h"

namespace crossarray {
namespace {

// About 30 us of the lightest op: from there threads can help (measured on 2 cores).
constexpr double kMaxFlopBytes = 400e3;

bool reads_ready_values(const Expr& expr) {
  for (int i = 0; i < expr.arity; ++i)
    if (expr.in[i].value && !expr.in[i].value->ready()) return false;
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

}  // namespace

bool evaluate_single(Value& value) {
  const Expr& expr = *value.producer();
  if (!is_short(expr) || !reads_ready_values(expr)) return false;
  HostBackend& backend = cpu_backend();
  bool small = value.bytes() <= Value::kInlineBytes;
  Buffer buffer{small ? value.inline_memory() : backend.allocate(value.bytes()), value.bytes(),
                small ? nullptr : &backend, nullptr, nullptr};
  auto* out = static_cast<std::byte*>(buffer.data);
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
