// Writing into existing arrays: full overwrites give a storage a new value, partial ones change bytes in place.
#include <string>

#include "dispatch/core/view.h"
#include "dispatch/graph/build.h"
#include "dispatch/graph/simplify.h"
#include "dispatch/graph/tiny.h"
#include "dispatch/plan/backend.h"
#include "dispatch/plan/executor.h"

namespace crossarray {
namespace {

// Computed, read by no running plan.
void make_still(Array& a) {
  wait_for(a.value());
  evaluate(a);
}

void check_writeable(const Array& out) {
  if (!out.writeable) raise(ErrorKind::kValue, "output array is read-only");
}

void check_output(const ElementwiseCall& call, const Array& out, Casting casting) {
  check_writeable(out);
  if (!can_cast(call.loop.out, out.dtype(), casting)) {
    constexpr const char* kRules[] = {"no", "equiv", "safe", "same_kind", "unsafe", "same_value"};
    raise(ErrorKind::kUFuncType, std::string("Cannot cast ufunc '") + row(call.op).name + "' output from dtype('" +
                                     name(call.loop.out) + "') to dtype('" + name(out.dtype()) +
                                     "') with casting rule '" + kRules[static_cast<size_t>(casting)] + "'");
  }
  if (call.shape == out.shape()) return;
  const Dims* both[] = {&call.shape, &out.shape()};
  if (!(broadcast_shapes(both) == out.shape()))
    raise(ErrorKind::kValue, "non-broadcastable output operand with shape " + shape_text(out.shape(), ",") +
                                 " doesn't match the broadcast shape " + shape_text(call.shape, ","));
}

void widen_to(ElementwiseCall& call, const Dims& shape) {
  if (call.shape == shape) return;
  call.shape = shape;
  for (int i = 0; i < call.arity; ++i)
    call.in[i].strides =
        call.in[i].array ? broadcast_to(call.in[i].array->layout(), shape).strides : Dims(shape.size());
}

// Reading `in` while writing `out` element by element in any order gives the right answer.
bool safe_alias(const Array& in, const Array& out) {
  bool foreign = in.storage()->foreign || out.storage()->foreign;
  if (!(in.storage() == out.storage()) && !foreign) return !(in.storage()->value() == out.storage()->value());
  if (!(in.storage() == out.storage()) && in.value().on_host() && out.value().on_host()) {
    Layout a = in.layout(), b = out.layout();
    a.offset = 0;
    b.offset = out.host() - in.host();
    return !may_overlap(a, in.item(), b, out.item());
  }
  if (in.dtype() == out.dtype() && in.layout().offset == out.layout().offset && in.shape() == out.shape() &&
      in.strides() == out.strides())
    return !has_internal_overlap(out.layout(), out.item());
  return !may_overlap(in.layout(), in.item(), out.layout(), out.item());
}

bool runs_in_place(const ElementwiseCall& call, const Array& out) {
  if (!in_eager_lane(call) || !out.value().stays_on_host()) return false;
  if (out.value().running || (!out.storage()->shared() && out.value().refs() > 1)) return false;
  for (int i = 0; i < call.arity; ++i)
    if (call.in[i].array && !safe_alias(*call.in[i].array, out)) return false;
  return true;
}

// A large op on ready inputs whose result goes to part of a storage: computed where it belongs, without a copy of it.
bool writes_through(const ElementwiseCall& call, const Array& out) {
  if (!out.value().stays_on_host()) return false;
  for (int i = 0; i < call.arity; ++i)
    if (const Array* in = call.in[i].array; in && (!in->value().stays_on_host() || !safe_alias(*in, out))) return false;
  return true;
}

// A call on pending inputs whose result goes to part of a storage: fused with what is pending and written where it
// belongs, if nothing else still needs the old elements there. False: nothing was done.
bool computes_in_place(const ElementwiseCall& call, Array& out) {
  const Storage& storage = *out.storage();
  if (!out.value().stays_on_host() || out.value().copies() || out.value().running) return false;
  if (storage.shared() || out.value().holders != 1) return false;
  if (out.size() == 0 || has_internal_overlap(out.layout(), out.item())) return false;
  Ref<Expr> expr = node_of(call);
  limit_graph(*expr);
  expr->out_strides = out.strides();
  Ref<Value> value(new Value(static_cast<size_t>(out.size()) * out.item()));
  value->set_producer(expr.get());
  expr = nullptr;
  return evaluate_over(*value, out.value(), out.layout().offset);
}

// What is read and what is written may not be pinned to different devices.
void check_pins(const char* name, std::span<const Arg> args, const Array& out, const Array* where) {
  Device pin = out.value().pin();
  for (const Arg& arg : args)
    if (arg.array) pin = join_pins(name, pin, arg.array->value().pin());
  if (where) join_pins(name, pin, where->value().pin());
}

// The op reads what it writes to.
bool reads_output(const ElementwiseCall& call, const Array& out) {
  for (int i = 0; i < call.arity; ++i)
    if (call.in[i].array && call.in[i].array->storage()->value() == out.storage()->value()) return true;
  return false;
}

// What `a` holds now, evaluated, in a storage of its own.
Array held_evaluated(const Array& a) {
  Array own(Ref<Storage>(new Storage(a.storage()->value())), a.dtype(), a.layout());
  evaluate(own);
  return own;
}

// Writes the bytes of `src` (ready, same shape) to `dst` with a cast, now.
void copy_now(const Array& src, const Dims& src_strides, Array& dst) {
  ElementwiseCall call{Op::copy, {{src.dtype()}, src.dtype()}, dst.dtype(), 1, dst.shape(), {}};
  call.in[0].array = &src;
  call.in[0].strides = src_strides;
  run_into(call, dst);
}

ElementwiseCall copy_call(const Array* src, const Scalar& scalar, DType to, const Dims& shape) {
  DType from = src ? src->dtype() : scalar.dtype;
  ElementwiseCall call{Op::copy, {{from}, from}, to, 1, shape, {}};
  call.in[0].array = src;
  call.in[0].scalar = scalar;
  call.in[0].strides = src ? broadcast_to(src->layout(), shape).strides : Dims(shape.size());
  return call;
}

// Gives the storage that `out` covers the value of a fresh result with the same strides.
// The new value stays where the old one was pinned.
void rebind(Array& out, const Array& result) {
  if (Device pin = out.value().pin(); pin != kAuto) result.value().set_pin(pin);
  out.storage()->rebind(result.storage()->value());
}

// A recorded full overwrite. Recording may compute, during which other threads run: what they gave `out` is read then.
void record_over(const ElementwiseCall& call, Array& out) {
  const bool reads = reads_output(call, out);
  for (;;) {
    const Ref<Value> before = out.storage()->value();
    const Array result = new_result(call, out.strides());
    if (!reads || out.storage()->value() == before) return rebind(out, result);
  }
}

void assign_scalar(Array& dst, const Scalar& value) {
  if (covers_storage(dst) && !in_eager_lane(copy_call(nullptr, value, dst.dtype(), dst.shape())))
    return rebind(dst, record_call(copy_call(nullptr, value, dst.dtype(), dst.shape()), dst.strides()));
  Array holder = Array::scalar(value);
  copy_now(holder, Dims(dst.rank()), dst);
}

void check_assign_shape(const Array& dst, const Array& src) {
  // Leading axes of extent 1 are dropped: x[0] = ones((1, 3)).
  int extra = src.rank() - dst.rank();
  bool fits = true;
  for (int axis = 0; axis < extra; ++axis) fits = fits && src.shape()[axis] == 1;
  for (int axis = std::max(0, extra); fits && axis < src.rank(); ++axis)
    fits = src.shape()[axis] == 1 || src.shape()[axis] == dst.shape()[axis - extra];
  if (!fits)
    raise(ErrorKind::kValue, "could not broadcast input array from shape " + shape_text(src.shape(), ",") +
                                 " into shape " + shape_text(dst.shape(), ","));
}

Array without_leading_ones(const Array& src, int rank) {
  Layout layout = src.layout();
  while (layout.rank() > rank) layout = index_axis(layout, 0, 0);
  return src.view(std::move(layout));
}

}  // namespace

void assign(Array& dst, const Arg& arg, const char* name) {
  if (!dst.writeable) raise(ErrorKind::kValue, "assignment destination is read-only");
  if (!arg.array) return assign_scalar(dst, cast_weak(arg.weak, dst.dtype()));
  if (assign_tiny(*arg.array, dst)) return;
  join_pins(name, dst.value().pin(), arg.array->value().pin());
  check_assign_shape(dst, *arg.array);
  Array src = arg.array->rank() > dst.rank() ? without_leading_ones(*arg.array, dst.rank()) : *arg.array;
  if (dst.size() == 0) return;
  // `x[1:] += y` ends by assigning the view to itself.
  if (src.storage() == dst.storage() && src.dtype() == dst.dtype() && src.layout().offset == dst.layout().offset &&
      src.shape() == dst.shape() && src.strides() == dst.strides())
    return;
  ElementwiseCall call = copy_call(&src, {}, dst.dtype(), dst.shape());
  if (covers_storage(dst) && !runs_in_place(call, dst)) return rebind(dst, new_result(call, dst.strides()));
  evaluate(src);
  if (!safe_alias(src, dst)) src = copy(src);
  // In the same storage it is evaluated with dst; held on its own, it would make write_host() copy.
  if (!(src.storage() == dst.storage())) src = held_evaluated(src);
  copy_now(src, broadcast_to(src.layout(), dst.shape()).strides, dst);
}

void apply_into(Op op, std::span<const Arg> args, Array& out, const Array* where, const ApplyOptions& options) {
  if (!where && !options.dtype && apply_tiny_into(op, args, out)) return;
  check_pins(row(op).name, args, out, where);
  ElementwiseCall call = resolve_call(op, args, options);
  check_output(call, out, options.casting);
  if (where) {
    if (!covers_storage(out)) make_still(out);
    Array fresh = apply(op, args, options);
    Array cast_fresh = cast(fresh, out.dtype());
    const Dims* shapes[] = {&where->shape(), &fresh.shape(), &out.shape()};
    if (!(broadcast_shapes(shapes) == out.shape()))
      raise(ErrorKind::kValue, "non-broadcastable output operand with shape " + shape_text(out.shape(), ",") +
                                   " doesn't match the broadcast shape " + shape_text(broadcast_shapes(shapes), ","));
    return assign(out, apply(Op::where, {*where, cast_fresh, out}));
  }
  widen_to(call, out.shape());
  call.out_dtype = out.dtype();
  if (runs_in_place(call, out)) return run_in_place(call, out);
  std::optional<Array> simpler = simplify(op, args, options);
  if (simpler) return assign(out, *simpler);
  if (covers_storage(out)) return record_over(call, out);
  if (reads_output(call, out) && (out.value().pending() || out.value().running)) {
    // A result recorded now would hold the old elements while other threads write new ones.
    make_still(out);
    return apply_into(op, args, out, where, options);
  }
  if (writes_through(call, out)) {
    write_host(out);
    // Waiting for another thread's plan lets others run: what was ready may have been replaced.
    if (writes_through(call, out)) return run_into(call, out);
  }
  if (computes_in_place(call, out)) return;
  Array fresh = new_result(call, output_strides(call, 'K'));
  assign(out, fresh);
}

namespace {

bool others_read(const Array& a) { return !a.storage()->shared() && a.value().refs() > 1; }

Ref<Value> fresh_like(const Value& old) {
  Ref<Value> own(new Value(old.bytes()));
  own->set_pin(old.pin());
  return own;
}

const DeviceCopy* lent_copy(const Value& v) {
  const DeviceCopy* copy = v.copies();
  while (copy && !copy->lent) copy = copy->next;
  return copy;
}

void require_on_host(const Array& a) {
  if (!a.value().on_host()) bring_to_host(a.value());
}

}  // namespace

std::byte* write_host(Array& a) {
  make_still(a);
  require_on_host(a);
  if (others_read(a)) {
    Ref<Value> own = fresh_like(a.value());
    void* to = own->allocate(cpu_backend());
    std::memcpy(to, a.value().host(), own->bytes());
    a.storage()->rebind(std::move(own));
  }
  if (a.value().copies()) before_host_write(a.value());
  return a.host();
}

const std::byte* read_host(const Array& a) {
  while (a.value().pending()) evaluate_value(a.value(), true);
  require_on_host(a);
  if (lent_copy(a.value())) a.value().clear_on_host();  // the next reader looks again: they may write any time
  return a.host();
}

Array only_elements(const Array& a) {
  while (a.value().pending()) evaluate_value(a.value(), true);
  const bool all = static_cast<size_t>(a.size()) * a.item() >= a.value().bytes();
  return all || a.value().on_host() ? a : copy(a);
}

Array settled(const Array& a) {
  Array own = held_evaluated(a);
  require_on_host(own);
  return own;
}

Device write_device(Array& a) {
  make_still(a);
  const Value& v = a.value();
  if (v.stays_on_host() && !v.copies()) return kCpu;
  if (a.storage()->shared()) return lent_copy(v) ? lent_copy(v)->device : kCpu;
  if (v.pin() != kAuto) return v.pin();
  if (v.on_host()) return kCpu;
  const DeviceCopy* copy = v.copies();
  while (copy && !copy->valid) copy = copy->next;
  return copy ? copy->device : kCpu;
}

std::byte* write_on(Array& a, Device device) {
  make_still(a);
  if (others_read(a)) {
    Ref<Value> own = fresh_like(a.value());
    copy_value(a.value(), *own, device);
    a.storage()->rebind(std::move(own));
  }
  return bring(a.value(), device) + a.layout().offset;
}

}  // namespace crossarray
