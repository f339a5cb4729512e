#include "dispatch/graph/build.h"

#include <cstdlib>
#include <string>

#include "dispatch/core/config.h"
#include "dispatch/core/view.h"
#include "dispatch/graph/device_block.h"
#include "dispatch/plan/backend.h"
#include "dispatch/plan/executor.h"

namespace crossarray {
namespace {

enum class Nesting { kUnknown, kKeep, kSwap };

// nditer's rule for an axis and one inside it: swap if some operand steps further along the inner axis and none steps
// further along the outer one (C order wins a conflict). Operands that stand still along either do not vote.
Nesting nesting(std::span<const Dims* const> strides, int outer, int inner) {
  Nesting vote = Nesting::kUnknown;
  for (const Dims* each : strides) {
    int64_t so = std::abs((*each)[outer]), si = std::abs((*each)[inner]);
    if (so == 0 || si == 0) continue;
    if (si <= so)
      vote = Nesting::kKeep;
    else if (vote == Nesting::kUnknown)
      vote = Nesting::kSwap;
  }
  return vote;
}

}  // namespace

Dims k_order(const Dims& shape, std::span<const Dims* const> strides) {
  Dims inner_first;
  for (int axis = shape.size() - 1; axis >= 0; --axis) {
    int at = inner_first.size();
    for (int i = inner_first.size() - 1; i >= 0; --i) {
      int inner = static_cast<int>(inner_first[i]);
      // An axis of extent 1 does not step: its stride says nothing.
      bool steps = shape[axis] != 1 && shape[inner] != 1;
      Nesting vote = steps ? nesting(strides, axis, inner) : Nesting::kUnknown;
      if (vote == Nesting::kKeep) break;
      if (vote == Nesting::kSwap) at = i;
    }
    inner_first.insert(at, axis);
  }
  Dims order;
  for (int i = inner_first.size() - 1; i >= 0; --i) order.push_back(inner_first[i]);
  return order;
}

Dims dense_strides(const Dims& shape, const Dims& order, size_t itemsize) {
  Dims strides(shape.size());
  auto step = static_cast<int64_t>(itemsize);
  for (int i = order.size() - 1; i >= 0; --i) {
    int axis = static_cast<int>(order[i]);
    strides[axis] = step;
    step *= shape[axis];
  }
  return step == 0 ? Dims(shape.size()) : strides;
}

Dims output_strides(const ElementwiseCall& call, char order) {
  size_t item = itemsize(call.out_dtype);
  if (order == 'C' || call.shape.size() <= 1) return contiguous_strides(call.shape, item);
  if (order == 'F') return fortran_strides(call.shape, item);
  const Dims* strides[Expr::kMaxInputs];
  size_t count = 0;
  bool all_c = true, all_f = true;
  for (int i = 0; i < call.arity; ++i)
    if (const Array* a = call.in[i].array) {
      strides[count++] = &call.in[i].strides;
      all_c = all_c && (a->rank() == 0 || (a->c_contiguous() && a->shape() == call.shape));
      all_f = all_f && (a->rank() == 0 || (a->f_contiguous() && a->shape() == call.shape));
    }
  if (all_c) return contiguous_strides(call.shape, item);
  if (all_f) return fortran_strides(call.shape, item);
  if (order == 'A') return contiguous_strides(call.shape, item);
  return dense_strides(call.shape, k_order(call.shape, {strides, count}), item);
}

namespace {

// Sets an expression's height and parameter bytes. A shared input counts once per reader: cheap to know, and never less
// than the truth.
void measure(Expr& expr) {
  const size_t slot = sizeof(void*) + sizeof(int64_t) * static_cast<size_t>(expr.space.size());
  expr.height = 1;
  expr.parameter_bytes = slot;
  for (int i = 0; i < expr.arity; ++i) {
    const Value* v = expr.in[i].value.get();
    if (v && v->pending()) {
      expr.height += v->producer()->height;
      expr.parameter_bytes += v->producer()->parameter_bytes;
    } else {
      expr.parameter_bytes += v ? slot : sizeof(expr.in[i].scalar.bits);
    }
  }
}

}  // namespace

void limit_graph(Expr& expr) {
  measure(expr);
  if (expr.height > config().max_height || expr.parameter_bytes > config().max_parameter_bytes) {
    for (int i = 0; i < expr.arity; ++i)
      if (Value* v = expr.in[i].value.get(); v && v->pending()) evaluate_value(*v);
    measure(expr);
  }
  expr.count_held();
}

Array finish_node(const Ref<Expr>& expr, const Dims& shape, const Dims& strides, bool at_once) {
  Ref<Value> value(new Value(checked_bytes(shape, itemsize(expr->out_dtype))));
  DType dtype = expr->out_dtype;
  value->set_pin(expr->pin);
  check_capacity(value->bytes(), shape, dtype);
  value->set_producer(expr.get());
  DeviceBlock::note(*expr);
  Array out(Ref<Storage>(new Storage(value)), dtype, Layout{shape, strides, 0});
  if (at_once || !config().lazy || held_by_graph() > config().max_held_bytes) evaluate(out);
  return out;
}

Device join_pins(const char* what, Device one, Device other) {
  if (one != kAuto && other != kAuto && one != other)
    raise(ErrorKind::kValue, std::string(what) + ": one operand is pinned to " + backend_of(one).name() +
                                 ", another to " + backend_of(other).name() + ": move one with x.to_device(...) first");
  return one == kAuto ? other : one;
}

Device common_pin(const char* what, const Expr& expr) {
  Device pin = kAuto;
  for (int i = 0; i < expr.arity; ++i)
    if (const Value* v = expr.in[i].value.get()) pin = join_pins(what, pin, v->pin());
  return pin == kAuto ? current_device() : pin;
}

void settle_shared(const Array& input) {
  if (!input.storage()->shared()) return;
  Value& v = input.value();
  v.await_uploads();
  bool lent = false;
  for (DeviceCopy* copy = v.copies(); copy; copy = copy->next) {
    lent = lent || copy->lent;
    copy->valid = copy->lent;
    if (copy->lent) copy->backend->wait(copy->backend->record());
  }
  if (lent) v.clear_on_host();
}

bool in_eager_lane(const ElementwiseCall& call) {
  int64_t n = 1;
  for (int64_t extent : call.shape) n *= extent;
  auto bytes = static_cast<size_t>(n) * std::max(itemsize(call.out_dtype), itemsize(call.loop.in[call.arity - 1]));
  if (bytes >= config().eager_bytes) return false;
  for (int i = 0; i < call.arity; ++i)
    if (const Array* in = call.in[i].array; in && !in->value().stays_on_host()) return false;
  return true;
}

namespace {

void run_small(const ElementwiseCall& call, std::byte* out, const Dims& out_strides) {
  OpCall run;
  run.op = call.op;
  run.loop_out = call.loop.out;
  run.out_dtype = call.out_dtype;
  run.arity = call.arity;
  run.out = out;
  run.out_strides = &out_strides;
  run.shape = &call.shape;
  for (int i = 0; i < call.arity; ++i) {
    const auto& in = call.in[i];
    run.loop_in[i] = call.loop.in[i];
    run.in_dtype[i] = in.array ? in.array->dtype() : in.scalar.dtype;
    run.in[i] = in.array ? in.array->host() : in.scalar.bits;
    run.in_strides[i] = &in.strides;
  }
  cpu_backend().run_op(run);
}

}  // namespace

Ref<Expr> node_of(const ElementwiseCall& call) {
  Ref<Expr> expr(new Expr);
  expr->op = call.op;
  expr->arity = call.arity;
  expr->out_dtype = call.out_dtype;
  expr->space = call.shape;
  expr->loop_out = call.loop.out;
  for (int i = 0; i < call.arity; ++i) {
    const auto& in = call.in[i];
    Operand& operand = expr->in[i];
    expr->loop_in[i] = call.loop.in[i];
    operand.strides = in.strides;
    if (in.array) {
      operand.value = in.array->storage()->value();
      operand.dtype = in.array->dtype();
      operand.offset = in.array->layout().offset;
    } else {
      operand.scalar = in.scalar;
      operand.dtype = in.scalar.dtype;
    }
  }
  return expr;
}

namespace {

void run_at(const ElementwiseCall& call, Array& out, Device device) {
  std::byte* to = device == kCpu ? write_host(out) : write_on(out, device);
  Ref<Expr> expr = node_of(call);
  common_pin(row(call.op).name, *expr);
  run_single(*expr, device, out.value(), to, out.strides());
  if (device == kCpu) return;
  changed_on(out.value(), device, out.storage()->shared());
  for (int i = 0; i < call.arity; ++i)
    if (call.in[i].array && call.in[i].array->value().copies()) settle_shared(*call.in[i].array);
}

}  // namespace

void run_in_place(const ElementwiseCall& call, Array& out) {
  if (out.value().copies()) before_host_write(out.value());
  run_small(call, out.host(), out.strides());
}

void run_into(const ElementwiseCall& call, Array& out) {
  Device device = write_device(out);
  if (device == kCpu && in_eager_lane(call)) return run_small(call, write_host(out), out.strides());
  if (device == kCpu) return run_at(call, out, kCpu);
  try {
    run_at(call, out, device);
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::kMemory) throw;
    run_at(call, out, kCpu);
    told_no_room(device, row(call.op).name);
  }
}

Array record_call(const ElementwiseCall& call, const Dims& out_strides) {
  Ref<Expr> expr = node_of(call);
  limit_graph(*expr);
  expr->out_strides = out_strides;
  expr->pin = common_pin(row(call.op).name, *expr);
  bool at_once = false;
  for (int i = 0; i < call.arity; ++i) at_once = at_once || (call.in[i].array && call.in[i].array->storage()->shared());
  Array out = finish_node(expr, call.shape, out_strides, at_once);
  for (int i = 0; at_once && i < call.arity; ++i)
    if (call.in[i].array) settle_shared(*call.in[i].array);
  return out;
}

Array new_result(const ElementwiseCall& call, Dims out_strides) {
  if (!in_eager_lane(call)) return record_call(call, out_strides);
  Ref<Value> value(new Value(checked_bytes(call.shape, itemsize(call.out_dtype))));
  auto* data = static_cast<std::byte*>(value->allocate(cpu_backend()));
  run_small(call, data, out_strides);
  for (int i = 0; i < call.arity; ++i)
    if (const Array* in = call.in[i].array; in && in->value().pin() == kCpu) value->set_pin(kCpu);
  return Array(Ref<Storage>(new Storage(std::move(value))), call.out_dtype,
               Layout{call.shape, std::move(out_strides), 0});
}

bool covers_storage(const Array& a) {
  if (a.storage()->shared() || a.layout().offset != 0) return false;
  if (static_cast<size_t>(a.size()) * a.item() != a.value().bytes()) return false;
  if (a.c_contiguous() || a.f_contiguous()) return true;
  for (int64_t stride : a.strides())
    if (stride <= 0) return false;
  return !has_internal_overlap(a.layout(), a.item());
}

}  // namespace crossarray
