// Recording reductions.
#include <string>

#include "dispatch/core/config.h"
#include "dispatch/core/view.h"
#include "dispatch/graph/build.h"
#include "dispatch/graph/tiny.h"
#include "dispatch/plan/backend.h"
#include "dispatch/plan/executor.h"

namespace crossarray {
namespace {

bool is_arg(ReduceKind k) { return k == ReduceKind::kArgMin || k == ReduceKind::kArgMax; }
bool is_extremum(ReduceKind k) { return k >= ReduceKind::kMin && k <= ReduceKind::kFMax; }
bool is_moment(ReduceKind k) { return k >= ReduceKind::kMean; }
bool is_logic(ReduceKind k) { return k == ReduceKind::kAll || k == ReduceKind::kAny; }

// Sums and products of small integers are taken in 64 bits.
DType widened(DType t) {
  if (t == DType::kBool || kind(t) == Kind::kSigned) return DType::kI64;
  return kind(t) == Kind::kUnsigned ? DType::kU64 : t;
}

struct Types {
  DType accumulate, result;
};

Types types_of(ReduceKind k, DType in, std::optional<DType> asked) {
  if (is_arg(k)) return {in, DType::kI64};
  if (is_logic(k)) return {DType::kBool, DType::kBool};
  if (is_moment(k)) {
    DType work = asked ? *asked : kind(in) < Kind::kFloat ? DType::kF64 : in;
    return {work, k == ReduceKind::kMean ? work : real_of(work)};
  }
  bool widens = k == ReduceKind::kSum || k == ReduceKind::kProd;
  DType work = asked ? *asked : widens ? widened(in) : in;
  return {work, work};
}

const char* reduction_name(ReduceKind k) {
  constexpr const char* kNames[] = {"sum",    "prod", "min",         "max",        "fmin",        "fmax",
                                    "all",    "any",  "bitwise_and", "bitwise_or", "bitwise_xor", "argmin",
                                    "argmax", "mean", "var",         "std"};
  return kNames[static_cast<size_t>(k)];
}

const char* ufunc_name(ReduceKind k) {
  switch (k) {
    case ReduceKind::kMin: return "minimum";
    case ReduceKind::kMax: return "maximum";
    case ReduceKind::kFMin: return "fmin";
    default: return "fmax";
  }
}

void check_not_empty(ReduceKind k, const Array& in, uint64_t axes, const ReduceOptions& options) {
  bool empty = false;  // one lane; NumPy refuses that even where there are no lanes
  for (int axis = 0; axis < in.rank(); ++axis) empty |= (axes >> axis & 1) && in.shape()[axis] == 0;
  if (is_arg(k) && empty)
    raise(ErrorKind::kValue,
          std::string("attempt to get arg") + (k == ReduceKind::kArgMin ? "min" : "max") + " of an empty sequence");
  if (is_extremum(k) && (empty || options.where) && !options.initial)
    raise(ErrorKind::kValue,
          options.where
              ? std::string("reduction operation '") + ufunc_name(k) +
                    "' does not have an identity, so to use a where mask one has to specify 'initial'"
              : std::string("zero-size array to reduction operation ") + ufunc_name(k) + " which has no identity");
}

struct Kept {
  Dims shape;     // of the result
  Dims strides;   // of the result
  Dims per_axis;  // result strides over the input's axes, 0 on reduced ones
};

// NumPy lays the result out as the input is, but argmin's and argmax's in C order.
Kept kept_layout(const Array& in, uint64_t axes, DType result, bool keepdims, bool c_order) {
  Dims shape, from;
  SmallVector<int, 4> kept;
  for (int axis = 0; axis < in.rank(); ++axis)
    if (!(axes >> axis & 1)) {
      kept.push_back(axis);
      shape.push_back(in.shape()[axis]);
      from.push_back(in.strides()[axis]);
    }
  const Dims* strides[] = {&from};
  Dims dense = shape.size() <= 1 || c_order ? contiguous_strides(shape, itemsize(result))
                                            : dense_strides(shape, k_order(shape, strides), itemsize(result));
  Kept out{shape, dense, Dims(in.rank())};
  for (int i = 0; i < kept.size(); ++i) out.per_axis[kept[i]] = dense[i];
  if (!keepdims) return out;
  out.strides = Dims(in.rank());
  out.shape = in.shape();
  for (int axis = 0; axis < in.rank(); ++axis) {
    bool gone = axes >> axis & 1;
    out.strides[axis] = gone ? 0 : out.per_axis[axis];
    if (gone) out.shape[axis] = 1;
  }
  return out;
}

Array reduce_now(ReduceKind k, const Array& in, uint64_t axes, const Types& types, const Kept& kept, double ddof) {
  Ref<Value> value(new Value(checked_bytes(kept.shape, itemsize(types.result))));
  auto* data = static_cast<std::byte*>(value->allocate(cpu_backend()));
  ReduceCall call{k,    in.dtype(),     types.accumulate, types.result, in.host(), &in.strides(),
                  data, &kept.per_axis, &in.shape(),      axes,         ddof};
  cpu_backend().run_reduce(call);
  return Array(Ref<Storage>(new Storage(std::move(value))), types.result, Layout{kept.shape, kept.strides, 0});
}

void set_operand(Operand& operand, const Array& a, const Dims& strides) {
  operand.value = a.storage()->value();
  operand.dtype = a.dtype();
  operand.strides = strides;
  operand.offset = a.layout().offset;
}

Array reduce_later(ReduceKind k, const Array& in, uint64_t axes, const Types& types, const Kept& kept,
                   const ReduceOptions& options) {
  Ref<Expr> expr(new Expr);
  expr->kind = ExprKind::kReduce;
  expr->reduce = k;
  expr->loop_out = expr->out_dtype = types.result;
  expr->accumulate = expr->loop_in[0] = types.accumulate;
  expr->loop_in[1] = DType::kBool;
  expr->space = in.shape();
  expr->reduced = axes;
  expr->param = options.ddof;
  expr->out_strides = kept.per_axis;
  set_operand(expr->in[0], in, in.strides());
  bool at_once = in.storage()->shared();
  if (options.where) {
    expr->arity = 2;
    set_operand(expr->in[1], *options.where, broadcast_to(options.where->layout(), in.shape()).strides);
    at_once = at_once || options.where->storage()->shared();
  }
  if (options.initial) {
    expr->has_initial = true;
    expr->initial = cast_scalar(*options.initial, is_arg(k) ? in.dtype() : types.accumulate);
  }
  limit_graph(*expr);
  expr->pin = common_pin(reduction_name(k), *expr);
  Array out = finish_node(expr, kept.shape, kept.strides, at_once);
  if (at_once) settle_shared(in);
  return out;
}

// No axis to reduce: every element is a reduction of one, over a new axis of extent 1.
Array reduce_nothing(ReduceKind k, const Array& in, const ReduceOptions& options) {
  Array wide = in.view(insert_axis(in.layout(), in.rank()));
  ReduceOptions inner = options;
  inner.keepdims = false;
  Array mask;
  if (options.where) {
    mask = options.where->view(insert_axis(broadcast_to(options.where->layout(), in.shape()), in.rank()));
    inner.where = &mask;
  }
  return reduce(k, wide, uint64_t{1} << in.rank(), inner);
}

bool small_and_ready(const Array& in, const ReduceOptions& options) {
  return !options.where && !options.initial && in.ready() &&
         static_cast<size_t>(in.size()) * in.item() < config().eager_bytes;
}

}  // namespace

Array reduce(ReduceKind k, const Array& in, uint64_t axes, const ReduceOptions& options) {
  if (in.rank() < 64) axes &= (uint64_t{1} << in.rank()) - 1;
  if (axes == 0) return reduce_nothing(k, in, options);
  check_not_empty(k, in, axes, options);
  Types types = types_of(k, in.dtype(), options.dtype);
  Kept kept = kept_layout(in, axes, types.result, options.keepdims, is_arg(k));
  Array out = small_and_ready(in, options) ? reduce_now(k, in, axes, types, kept, options.ddof)
                                           : reduce_later(k, in, axes, types, kept, options);
  out.scalar_flag = out.rank() == 0;
  return out;
}

bool reduce_tiny(ReduceKind k, const Array& in, uint64_t axes, Array& out) {
  constexpr int kMaxTinyRank = 4;
  if (in.rank() == 0 || in.rank() > kMaxTinyRank || !small_and_ready(in, {}) || !in.c_contiguous()) return false;
  axes &= (uint64_t{1} << in.rank()) - 1;
  if (axes == 0 || in.size() == 0) return false;
  const Types types = types_of(k, in.dtype(), {});
  Dims shape, per_axis(in.rank());
  for (int axis = 0; axis < in.rank(); ++axis)
    if (!(axes >> axis & 1)) shape.push_back(in.shape()[axis]);
  std::byte* memory = renew_contiguous(out, shape, types.result);
  for (int axis = 0, kept = 0; axis < in.rank(); ++axis)
    if (!(axes >> axis & 1)) per_axis[axis] = out.strides()[kept++];
  cpu_backend().run_reduce({k, in.dtype(), types.accumulate, types.result, in.host(), &in.strides(), memory, &per_axis,
                            &in.shape(), axes, 0});
  out.scalar_flag = shape.empty();
  return true;
}

std::optional<ReduceKind> reduce_kind(Op op, DType loop) {
  bool logic = loop == DType::kBool;
  switch (op) {
    case Op::add: return logic ? ReduceKind::kAny : ReduceKind::kSum;
    case Op::multiply: return logic ? ReduceKind::kAll : ReduceKind::kProd;
    case Op::minimum: return ReduceKind::kMin;
    case Op::maximum: return ReduceKind::kMax;
    case Op::fmin: return ReduceKind::kFMin;
    case Op::fmax: return ReduceKind::kFMax;
    case Op::logical_and: return ReduceKind::kAll;
    case Op::logical_or: return ReduceKind::kAny;
    case Op::bitwise_and: return logic ? ReduceKind::kAll : ReduceKind::kBitAnd;
    case Op::bitwise_or: return logic ? ReduceKind::kAny : ReduceKind::kBitOr;
    case Op::bitwise_xor: return ReduceKind::kBitXor;
    default: return std::nullopt;
  }
}

}  // namespace crossarray
