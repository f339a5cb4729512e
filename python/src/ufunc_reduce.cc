// ufunc.reduce: the engine's reductions where there is one, otherwise in order along each axis.
#include "dispatch/core/promote.h"
#include "dispatch/core/view.h"
#include "dispatch/graph/build.h"
#include "dispatch/plan/backend.h"
#include "dispatch/plan/executor.h"
#include "python/src/device_scope.h"
#include "python/src/foreign.h"
#include "python/src/ufunc.h"

namespace crossarray::python {
namespace {

/// NumPy may take several axes in any order for ops with an identity and for the four extrema.
bool reorderable(Op op) {
  return *row(op).identity || op == Op::maximum || op == Op::minimum || op == Op::fmax || op == Op::fmin;
}

std::optional<Scalar> identity_of(Op op, DType loop) {
  const std::string text = row(op).identity;
  if (text.empty()) return std::nullopt;
  if (text == "-inf") return cast_scalar(Scalar::of(DType::kF64, -__builtin_inf()), loop);
  const int64_t value = text == "True" ? 1 : text == "False" ? 0 : std::stol(text);
  return cast_scalar(Scalar::of(DType::kI64, value), loop);
}

[[noreturn]] void no_loop(Op op) {
  type_error(std::string("No loop matching the specified signature and casting was found for ufunc ") + row(op).name);
}

[[noreturn]] void no_identity(Op op) {
  value_error(std::string("zero-size array to reduction operation ") + row(op).name + " which has no identity");
}

bool is_logical(Op op) { return op == Op::logical_and || op == Op::logical_or || op == Op::logical_xor; }

Dims without_axis(Dims shape, int axis) {
  shape.erase(axis);
  return shape;
}

/// Every line along `axis` folded from left to right: a scan whose results all go to the same place.
Array fold_lines(Op op, const Array& x, int axis) {
  const Dims shape = without_axis(x.shape(), axis), kept = without_axis(x.strides(), axis);
  const Dims* order_of[] = {&kept};
  Array out = Array::empty_permuted(shape, x.dtype(), k_order(shape, order_of));
  if (out.size() == 0) return out;
  Dims strides = out.strides();
  strides.insert(axis, 0);
  const ScanCall call{op,         x.dtype(), x.dtype(),   x.dtype(), read_host(x),
                      out.host(), x.shape(), x.strides(), strides,   axis};
  const Ref<Value> keep = x.storage()->value();  // another thread's write makes a copy while we read
  const double estimated_us = 1e-3 * static_cast<double>(x.size()) * row(op).flops;
  run_unlocked(estimated_us, [&call] { cpu_backend().scan(call); });
  return out;
}

/// Longer dense lines of floats are folded as this many rows of vectors first, for ops that may be taken in any order:
/// vectors beat a chain of scalar steps, and errors grow with the logarithm of the length.
constexpr int64_t kRows = 64;

bool folds_in_rows(Op op, const Array& x, int axis) {
  return reorderable(op) && is_float(x.dtype()) && x.shape()[axis] >= 4 * kRows &&
         x.strides()[axis] == static_cast<int64_t>(x.item());
}

Array fold_any(Op op, const Array& x, int axis) {
  if (!folds_in_rows(op, x, axis)) return fold_lines(op, x, axis);
  const int64_t count = x.shape()[axis], columns = count / kRows, rest = count % kRows;
  const Array whole = x.view(slice_axis(x.layout(), axis, 0, kRows * columns, 1));
  Layout rows = whole.layout();
  rows.shape[axis] = columns;
  rows.shape.insert(axis, kRows);
  rows.strides.insert(axis, columns * static_cast<int64_t>(x.item()));
  Array result = fold_any(op, fold_lines(op, x.view(rows), axis), axis);
  if (rest == 0) return result;
  const Array last = fold_lines(op, x.view(slice_axis(x.layout(), axis, count - rest, rest, 1)), axis);
  return apply(op, {result, last});
}

/// x folded along `axis`: op(op(x0, x1), x2)...; `start`, if any, goes first.
Array fold(Op op, Array x, int axis, const std::optional<Scalar>& start) {
  const int64_t count = x.shape()[axis];
  if (count == 0) {
    Dims kept = without_axis(x.shape(), axis);
    if (start) return full(kept, *start);
    no_identity(op);
  }
  if (start) {
    x = copy(x);
    Array first = x.view(index_axis(x.layout(), axis, 0));
    assign(first, apply(op, {Array::scalar(*start), first}));
  }
  return placed_on(fold_any(op, x, axis), x.value().pin());
}

/// The same over the elements where `mask` is true.
Array fold_masked(Op op, const Array& x, const Array& mask, int axis, const Scalar& start) {
  Array result = full(without_axis(x.shape(), axis), start);
  for (int64_t i = 0; i < x.shape()[axis]; ++i) {
    const Array item = x.view(index_axis(x.layout(), axis, i));
    const Array chosen = mask.view(index_axis(mask.layout(), axis, i));
    result = apply(Op::where, {chosen, apply(op, {result, item}), result});
  }
  return result;
}

/// A reduction of all axes of a contiguous array goes through memory in order, as NumPy's does.
std::optional<Array> in_memory_order(const Array& in, uint64_t axes, const ReduceOptions& options) {
  const bool all = __builtin_popcountll(axes) == in.rank();
  if (!all || in.rank() < 2 || options.where || !(in.c_contiguous() || in.f_contiguous())) return std::nullopt;
  return in.view(Layout{Dims{in.size()}, Dims{static_cast<int64_t>(in.item())}, in.layout().offset});
}

Array fold_axes(Op op, const Array& in, uint64_t axes, const ReduceOptions& options, DType loop) {
  const std::optional<Scalar> identity = identity_of(op, loop);
  std::optional<Scalar> last = identity;
  if (options.initial) last = cast_scalar(*options.initial, loop);
  Array x = in.dtype() == loop ? in : cast(in, loop);
  std::optional<Array> mask;
  if (options.where) mask = options.where->view(broadcast_to(options.where->layout(), in.shape()));
  for (int axis = in.rank() - 1, left = __builtin_popcountll(axes); axis >= 0; --axis) {
    if (!(axes >> axis & 1)) continue;
    const std::optional<Scalar>& start = --left == 0 ? last : identity;
    x = mask ? fold_masked(op, x, *mask, axis, *start) : fold(op, std::move(x), axis, start);
    mask.reset();
  }
  return x;
}

Array restore_axes(const Array& x, int rank, uint64_t axes) {
  Layout layout = x.layout();
  for (int axis = 0; axis < rank; ++axis)
    if (axes >> axis & 1) layout = insert_axis(layout, axis);
  return x.view(layout);
}

void check_reduction(Op op, uint64_t axes, const ReduceOptions& options) {
  if (!reorderable(op) && __builtin_popcountll(axes) > 1)
    value_error(std::string("reduction operation '") + row(op).name +
                "' is not reorderable, so at most one axis may be specified");
  if (options.where && !options.initial && !*row(op).identity)
    value_error(std::string("reduction operation '") + row(op).name +
                "' does not have an identity, so to use a where mask one has to specify 'initial'");
}

/// A reduction over no axes: the elements themselves in the loop's dtype, initial applied to each.
Array reduce_nothing(Op op, const Array& in, const ReduceOptions& options, DType loop) {
  Array x = cast(in, loop);
  if (options.initial) x = apply(op, {Array::scalar(cast_scalar(*options.initial, loop)), x});
  x.scalar_flag = x.rank() == 0;
  return x;
}

}  // namespace

DType reduction_dtype(Op op, DType in, std::optional<DType> dtype, std::optional<DType> out_dtype) {
  const OpRow& r = row(op);
  if (is_logical(op)) {
    if (dtype && *dtype != DType::kBool) no_loop(op);
    return DType::kBool;
  }
  if (r.result != Result::Same) {
    if (r.result == Result::Bool && in == DType::kBool && dtype.value_or(in) == in) return DType::kBool;
    no_loop(op);
  }
  const bool widened = (op == Op::add || op == Op::multiply) && !dtype && !out_dtype;
  if (widened) return in >= DType::kI64 ? in : kind(in) == Kind::kUnsigned ? DType::kU64 : DType::kI64;
  const PromoteArg operands[] = {{out_dtype.value_or(in)}, {in}};
  return resolve_loop(op, operands, dtype, Casting::kUnsafe).out;
}

Array reduce_op(Op op, const Array& in, uint64_t axes, const ReduceOptions& options, std::optional<DType> out_dtype) {
  const DType loop = reduction_dtype(op, in.dtype(), options.dtype, out_dtype);
  check_reduction(op, axes, options);
  if (const std::optional<ReduceKind> kind = reduce_kind(op, loop)) {
    ReduceOptions native = options;
    native.dtype = loop;
    if (is_logical(op)) native.dtype.reset();
    return reduce(*kind, in, axes, native);
  }
  if (axes == 0) return reduce_nothing(op, in, options, loop);
  const std::optional<Array> flat = in_memory_order(in, axes, options);
  Array x = flat ? fold_axes(op, *flat, 1, options, loop) : fold_axes(op, in, axes, options, loop);
  if (options.keepdims) x = restore_axes(x, in.rank(), axes);
  x.scalar_flag = x.rank() == 0;
  return x;
}

uint64_t reduce_axes(PyObject* axis, int rank) {
  uint64_t mask = 0;
  if (rank == 0 && axis && PyLong_Check(axis)) {
    const int64_t value = integer(axis);
    if (value == 0 || value == -1) return 0;
  }
  if (!axis_mask(axis ? axis : Py_None, rank, mask)) throw PythonError{};
  return mask;
}

void check_reducible(const UfuncInfo& u, const char* method) {
  if (u.signature) raise(ErrorKind::kRuntime, "Reduction not defined on ufunc with signature");
  if (u.nin != 2) value_error(std::string(method) + " only supported for binary functions");
  if (u.nout != 1) value_error(std::string(method) + " only supported for functions returning a single value");
}

bool reduces_in_numpy(Op op) { return row(op).inputs != Inputs::Same; }

bool method_belongs_to_numpy(PyObject* array, PyObject* dtype) {
  WeakScalar weak;
  return foreign_dtype(dtype) || (!is_ndarray(array) && !weak_scalar(array, weak) && belongs_to_numpy(array));
}

PyObject* sole(PyObject* out) {
  return out && PyTuple_Check(out) && PyTuple_GET_SIZE(out) == 1 ? PyTuple_GET_ITEM(out, 0) : out;
}

std::optional<DType> output_dtype(PyObject* out) {
  if (absent(out) || out == Py_Ellipsis) return std::nullopt;
  return output_array(sole(out)).dtype();
}

std::optional<Scalar> initial_argument(PyObject* o) {
  WeakScalar weak;
  if (no_value(o) || o == Py_None) return std::nullopt;
  if (weak_scalar(o, weak)) return natural_scalar(weak);
  return element(array_argument(o));
}

PyObject* ufunc_reduce(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* names) {
  static constexpr Signature<7> kSignature{
      "reduce", 7, 1, {"array", "axis", "dtype", "out", "keepdims", "initial", "where"}};
  return guarded([&]() -> PyObject* {
    const UfuncInfo& u = info_of(self);
    const Arguments arguments{args, count, names};
    PyObject* slots[7];
    bind(kSignature, nullptr, arguments, slots);
    static constexpr const char* kLater[] = {"axis", "dtype", "out", "keepdims", "initial", "where"};
    PyObject *result, *operands[] = {slots[0], sole(slots[3]), slots[6]};
    if (try_override({u.name, "reduce", 1, kLater}, arguments, operands, result)) return result;
    check_reducible(u, "reduce");
    if (reduces_in_numpy(u.first) || method_belongs_to_numpy(slots[0], slots[2]))
      return call_foreign((std::string(u.name) + ".reduce").c_str(), arguments);
    const Array in = array_argument(slots[0]);
    static PyObject* const zero = PyLong_FromLong(0);
    const uint64_t axes = reduce_axes(slots[1] ? slots[1] : zero, in.rank());
    const std::optional<Array> mask = mask_argument(slots[6]);
    ReduceOptions options{flag(slots[4]), dtype_argument(slots[2]), initial_argument(slots[5]),
                          mask ? &*mask : nullptr};
    if (slots[5] == Py_None && in.size() == 0) no_identity(u.first);
    return finish(reduce_op(u.first, in, axes, options, output_dtype(slots[3])), slots[3], u.name);
  });
}

}  // namespace crossarray::python
