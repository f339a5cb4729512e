// Calls of the generalized ufuncs: matmul, vecdot, matvec, vecmat with axes=, axis=, keepdims=, out=, dtype=.
#include <vector>

#include "dispatch/core/promote.h"
#include "dispatch/core/view.h"
#include "python/src/foreign.h"
#include "python/src/matmul.h"

namespace crossarray::python {
namespace {

using Axes = SmallVector<int, 2>;

/// One entry of axes=: an int or a tuple of `core` ints, normalised.
Axes axes_entry(PyObject* entry, int core, int rank) {
  Axes axes;
  if (PyIndex_Check(entry)) {
    axes.push_back(normalize_axis(integer(entry), rank));
  } else {
    PyRef items = checked(PySequence_Fast(entry, "axes: each entry must be an int or a tuple of ints"));
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(items.get()); ++i)
      axes.push_back(normalize_axis(integer(PySequence_Fast_GET_ITEM(items.get(), i)), rank));
  }
  if (axes.size() != core)
    value_error("axes: each entry must name the core axes of its operand: " + std::to_string(core) + ", got " +
                std::to_string(axes.size()));
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

/// axes= (or axis=, keepdims=) applied: operands with core axes last, and where the result's core axes go.
struct Arranged {
  Array a, b;
  Axes out;
  bool moves_out = false;
};

Arranged arrange(const Product& kind, const UfuncCall& call, Array a, Array b) {
  Arranged r{std::move(a), std::move(b), {}, false};
  const int a_core = kind.vectors_allowed && r.a.rank() == 1 ? 1 : kind.a_core;
  const int b_core = kind.vectors_allowed && r.b.rank() == 1 ? 1 : kind.b_core;
  if (!absent(call.axis)) {
    if (a_core + b_core != 2)
      type_error(std::string(kind.name) + "(): axis can only be used with a single shared core dimension");
    r.a = r.a.view(core_last(r.a.layout(), axes_entry(call.axis, 1, r.a.rank())));
    r.b = r.b.view(core_last(r.b.layout(), axes_entry(call.axis, 1, r.b.rank())));
  }
  if (absent(call.axes)) return r;
  if (!PyList_Check(call.axes)) type_error("axes should be a list.");
  const Py_ssize_t entries = PyList_GET_SIZE(call.axes);
  const int out_core = (a_core == 2) + (b_core == 2);
  if (entries != 3 && !(entries == 2 && out_core == 0))
    value_error(
        "axes should be a list with an entry for all 3 inputs and outputs; entries for outputs can only be omitted "
        "if none of them has core axes.");
  r.a = r.a.view(core_last(r.a.layout(), axes_entry(PyList_GET_ITEM(call.axes, 0), a_core, r.a.rank())));
  r.b = r.b.view(core_last(r.b.layout(), axes_entry(PyList_GET_ITEM(call.axes, 1), b_core, r.b.rank())));
  const int out_rank = std::max(r.a.rank() - a_core, r.b.rank() - b_core) + out_core;
  if (entries == 3 && out_core) {
    r.out = axes_entry(PyList_GET_ITEM(call.axes, 2), out_core, out_rank);
    r.moves_out = true;
  }
  return r;
}

Array keep_core(Array result, const Product& kind, PyObject* axis) {
  if (kind.a_core + kind.b_core != 2)
    type_error(std::string(kind.name) + "(): keepdims needs core axes shared by all inputs");
  const int at = absent(axis) ? result.rank() : normalize_axis(integer(axis), result.rank() + 1);
  Array wide = result.view(insert_axis(result.layout(), at));
  return wide;
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

PyObject* deliver(const UfuncInfo& u, const UfuncCall& call, Array result, const Array& target) {
  if (result.storage() == target.storage()) return Py_NewRef(call.out[0]);  // was written in place
  check_output_cast(u.name, result.dtype(), target.dtype(), call.options.casting);
  if (!(result.shape() == target.shape()))
    value_error(std::string(u.name) +
                ": Output operand 0 has a mismatch in its core dimension 0, with gufunc signature " + u.signature +
                ": out must have the result's shape.");
  Array writable = target;
  assign(writable, result);
  return Py_NewRef(call.out[0]);
}

}  // namespace

PyObject* call_generalized(const UfuncInfo& u, const Arguments& arguments) {
  const Product& kind = find_product(u.name);
  if (arguments.count == 2 && !arguments.names && is_ndarray(arguments.values[0]) && is_ndarray(arguments.values[1]))
    return wrap(product(kind, array_of(arguments.values[0]), array_of(arguments.values[1])));
  const UfuncCall call = parse_call(u, arguments);
  PyObject *result, *operands[] = {call.in[0], call.in[1], call.out[0]};
  if (try_override(u.name, "__call__", arguments, operands, 3, result)) return result;
  if (leave_to_numpy(call)) return call_foreign(u.name, arguments);
  const Arranged in = arrange(kind, call, array_argument(call.in[0]), array_argument(call.in[1]));
  const std::optional<DType> loop = loop_argument(call, in.a, in.b);
  const bool plain = !in.moves_out && absent(call.keepdims);
  Array target;
  if (!absent(call.out[0])) target = output_array(call.out[0]);
  Array value = product(kind, in.a, in.b, loop, target && plain ? &target : nullptr);
  if (in.moves_out) value = value.view(core_back(value.layout(), in.out));
  if (!absent(call.keepdims) && flag(call.keepdims)) value = keep_core(std::move(value), kind, call.axis);
  return target ? deliver(u, call, std::move(value), target) : wrap(std::move(value));
}

}  // namespace crossarray::python
