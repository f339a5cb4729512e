// Calls of the generalized ufuncs: matmul, vecdot, matvec, vecmat with axes=, axis=, keepdims=, out=, dtype=.
#include <vector>

#include "dispatch/core/promote.h"
#include "dispatch/core/view.h"
#include "python/src/foreign.h"
#include "python/src/matmul.h"

namespace crossarray::python {
namespace {

using Axes = SmallVector<int, 2>;

/// One entry of axes=: an int (for one core axis) or a tuple of `core` ints, normalised.
Axes axes_entry(const Product& kind, int operand, PyObject* entry, int core, int rank) {
  const std::string place = std::string(kind.name) + ": operand " + std::to_string(operand) + " has " +
                            std::to_string(core) + " core dimensions, but ";
  Axes axes;
  if (!PyTuple_Check(entry)) {
    const int64_t axis = integer(entry);
    if (core != 1) raise(ErrorKind::kAxis, place + "the axes item is a single integer.");
    axes.push_back(normalize_axis(axis, rank));
    return axes;
  }
  if (PyTuple_GET_SIZE(entry) != core)
    raise(ErrorKind::kAxis,
          place + std::to_string(PyTuple_GET_SIZE(entry)) + " dimensions are specified by axes tuple.");
  for (int i = 0; i < core; ++i) {
    axes.push_back(normalize_axis(integer(PyTuple_GET_ITEM(entry, i)), rank));
    for (int j = 0; j < i; ++j)
      if (axes[j] == axes[i])
        value_error("axes item " + std::to_string(operand) + " has value " + std::to_string(axes[i]) + " repeated");
  }
  return axes;
}

/// Layout with the core axes moved to the end.
Layout core_last(const Layout& layout, const Axes& core) {
  std::vector<int> order;
  for (int axis = 0; axis < layout.rank(); ++axis) {
    bool is_core = false;
    for (int c : core) is_core = is_core || c == axis;
    if (!is_core) order.push_back(axis);
  }
  order.insert(order.end(), core.begin(), core.end());
  return transpose(layout, order);
}

/// The reverse: trailing core axes moved to where `core` says.
Layout core_back(const Layout& layout, const Axes& core) {
  const int rank = layout.rank();
  std::vector<int> order(static_cast<size_t>(rank), -1);
  for (int i = 0; i < core.size(); ++i) order[static_cast<size_t>(core[i])] = rank - core.size() + i;
  int next = 0;
  for (int& axis : order)
    if (axis < 0) axis = next++;
  return transpose(layout, order);
}

/// axes=, axis= and keepdims= applied: operands with core axes last, and where the result's core axes go.
struct Arranged {
  Array a, b;
  Axes out;  // empty: they stay last
  bool keepdims = false;
};

/// keepdims= as a truth value. Throws TypeError where there is no core axis that all inputs share.
bool keepdims_argument(const Product& kind, const char* signature, PyObject* keepdims) {
  if (!keepdims) return false;
  if (!PyBool_Check(keepdims)) type_error("'keepdims' must be a boolean");
  if (keepdims == Py_True && kind.a_core + kind.b_core != 2)
    type_error(std::string(kind.name) + " does not support keepdims: its signature " + signature +
               " needs all inputs to have the same number of core dimensions and the output none.");
  return keepdims == Py_True;
}

/// One axis for both inputs, and for the result's kept one.
void arrange_axis(const Product& kind, PyObject* axis, Arranged& r) {
  if (kind.a_core + kind.b_core != 2)
    type_error(std::string(kind.name) + "(): axis can only be used with a single shared core dimension");
  const int64_t at = integer(axis);
  for (Array* in : {&r.a, &r.b}) *in = in->view(core_last(in->layout(), Axes{normalize_axis(at, in->rank())}));
  if (r.keepdims) r.out = Axes{normalize_axis(at, std::max(r.a.rank(), r.b.rank()))};
}

void arrange_axes(const Product& kind, PyObject* axes, Arranged& r) {
  if (!PyList_Check(axes)) type_error("axes should be a list.");
  const int a_core = kind.vectors_allowed && r.a.rank() == 1 ? 1 : kind.a_core;
  const int b_core = kind.vectors_allowed && r.b.rank() == 1 ? 1 : kind.b_core;
  const int out_core = r.keepdims ? 1 : (a_core == 2) + (b_core == 2);
  const Py_ssize_t entries = PyList_GET_SIZE(axes);
  if (entries != 3 && !(entries == 2 && (out_core == 0 || r.keepdims)))
    value_error(
        "axes should be a list with an entry for all 3 inputs and outputs; entries for outputs can only be omitted "
        "if none of them has core axes.");
  const int out_rank = std::max(r.a.rank() - a_core, r.b.rank() - b_core) + out_core;
  r.a = r.a.view(core_last(r.a.layout(), axes_entry(kind, 0, PyList_GET_ITEM(axes, 0), a_core, r.a.rank())));
  r.b = r.b.view(core_last(r.b.layout(), axes_entry(kind, 1, PyList_GET_ITEM(axes, 1), b_core, r.b.rank())));
  if (entries == 3) r.out = axes_entry(kind, 2, PyList_GET_ITEM(axes, 2), out_core, out_rank);
}

Arranged arrange(const Product& kind, const char* signature, const UfuncCall& call, Array a, Array b) {
  Arranged r{std::move(a), std::move(b), {}, keepdims_argument(kind, signature, call.keepdims)};
  if (call.axis && call.axes) type_error("cannot specify both 'axis' and 'axes'");
  if (call.axis) arrange_axis(kind, call.axis, r);
  if (call.axes) arrange_axes(kind, call.axes, r);
  return r;
}

/// The result with its core axes where the call wants them.
Array place_result(const Arranged& in, Array value) {
  if (in.keepdims) value = value.view(insert_axis(value.layout(), value.rank()));
  return in.out.size() > 0 ? value.view(core_back(value.layout(), in.out)) : value;
}

bool leave_to_numpy(const UfuncCall& call) {
  for (PyObject* in : {call.in[0], call.in[1]})
    if (method_belongs_to_numpy(in, call.dtype)) return true;
  return call.out[0] && belongs_to_numpy(call.out[0]) && call.out[0] != Py_None;
}

std::optional<DType> loop_argument(const UfuncCall& call, const Array& a, const Array& b) {
  std::optional<DType> loop = dtype_argument(call.dtype);
  if (!loop && !absent(call.signature) && PyTuple_Check(call.signature) && PyTuple_GET_SIZE(call.signature) == 3)
    loop = dtype_argument(PyTuple_GET_ITEM(call.signature, 2));
  for (const Array* in : {&a, &b})
    if (loop && !can_cast(in->dtype(), *loop, call.options.casting))
      raise(ErrorKind::kUFuncType, std::string("Cannot cast ufunc input from dtype('") + name(in->dtype()) +
                                       "') to dtype('" + name(*loop) +
                                       "'): choose a wider dtype= or casting='unsafe'.");
  return loop;
}

/// `result` broadcast to out= along the loop axes. Throws ValueError where a core axis differs or nothing fits.
Array fit_output(const UfuncInfo& u, const Array& result, const Dims& out, int core) {
  if (result.shape() == out) return result;
  const std::string function(u.name);
  for (int i = 0; i < core && i < out.size(); ++i) {
    const int64_t got = out[out.size() - core + i], wanted = result.shape()[result.rank() - core + i];
    if (got != wanted)
      value_error(function + ": Output operand 0 has a mismatch in its core dimension " + std::to_string(i) +
                  ", with gufunc signature " + u.signature + " (size " + std::to_string(got) + " is different from " +
                  std::to_string(wanted) + ")");
  }
  const Dims* shapes[] = {&result.shape(), &out};
  if (out.size() < result.rank() || !(broadcast_shapes(shapes) == out))
    value_error("non-broadcastable output operand with shape " + shape_text(out, ",") +
                " doesn't match the broadcast shape " + shape_text(result.shape(), ","));
  return result.view(broadcast_to(result.layout(), out));
}

PyObject* deliver(const UfuncInfo& u, const UfuncCall& call, const Array& result, const Array& target, int core) {
  if (result.storage() == target.storage()) return Py_NewRef(call.out[0]);  // was written in place
  check_output_cast(u.name, result.dtype(), target.dtype(), call.options.casting);
  Array writable = target;
  assign(writable, fit_output(u, result, target.shape(), core), u.name);
  return Py_NewRef(call.out[0]);
}

}  // namespace

PyObject* call_generalized(const UfuncInfo& u, const Arguments& arguments) {
  const Product& kind = find_product(u.name);
  if (arguments.count == 2 && !arguments.names && is_ndarray(arguments.values[0]) && is_ndarray(arguments.values[1]))
    return wrap(product(kind, array_of(arguments.values[0]), array_of(arguments.values[1])));
  const UfuncCall call = parse_call(u, arguments);
  PyObject *result, *operands[] = {call.in[0], call.in[1], call.out[0]};
  if (try_override({u.name, "__call__", u.nin}, arguments, operands, result)) return result;
  check_outputs(call);
  if (leave_to_numpy(call)) return call_foreign(u.name, arguments);
  const Arranged in = arrange(kind, u.signature, call, array_argument(call.in[0]), array_argument(call.in[1]));
  const std::optional<DType> loop = loop_argument(call, in.a, in.b);
  const bool plain = in.out.size() == 0 && !in.keepdims;
  Array target;
  if (!absent(call.out[0])) target = output_array(call.out[0]);
  Array value = place_result(in, product(kind, in.a, in.b, loop, target && plain ? &target : nullptr));
  if (!target) return wrap_new(call, std::move(value));
  const int core = plain ? (kind.a_core == 2 && in.a.rank() > 1) + (kind.b_core == 2 && in.b.rank() > 1) : value.rank();
  return deliver(u, call, value, target, core);
}

}  // namespace crossarray::python
