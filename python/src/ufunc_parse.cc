// Arguments of ufunc.__call__, with NumPy's errors.
#include <cstring>

#include "dispatch/core/promote.h"
#include "python/src/convert.h"
#include "python/src/foreign.h"
#include "python/src/numpy_api.h"
#include "python/src/ufunc.h"

namespace crossarray::python {
namespace {

bool is_name(PyObject* name, const char* text) { return PyUnicode_CompareWithASCIIString(name, text) == 0; }

void check_count(const UfuncInfo& u, Py_ssize_t count) {
  if (count >= u.nin && count <= u.nin + u.nout) return;
  type_error(std::string(u.name) + "() takes from " + std::to_string(u.nin) + " to " + std::to_string(u.nin + u.nout) +
             " positional arguments but " + std::to_string(count) + (count == 1 ? " was given" : " were given"));
}

bool is_output(PyObject* o) { return o == Py_None || is_ndarray(o) || PyArray_Check(o); }

void set_outputs(const UfuncInfo& u, PyObject* out, UfuncCall& call) {
  call.keeps_array = out == Py_Ellipsis;
  call.out_given = !call.keeps_array;
  if (call.keeps_array) return;
  if (!PyTuple_Check(out)) {
    if (u.nout > 1) type_error("'out' must be a tuple of arrays");
    call.out[0] = out;
    return;
  }
  if (PyTuple_GET_SIZE(out) != u.nout) value_error("The 'out' tuple must have exactly one entry per ufunc output");
  for (int i = 0; i < u.nout; ++i) {
    call.out[i] = PyTuple_GET_ITEM(out, i);
    if (call.out[i] == Py_Ellipsis) type_error("must use `...` as `out=...` and not per-operand/in a tuple");
  }
}

/// Keywords that only generalized or only elementwise ufuncs have. False when `name` is neither.
bool bind_special(const UfuncInfo& u, PyObject* name, PyObject* value, UfuncCall& call) {
  const bool generalized = u.kind == UfuncKind::kGeneralized;
  PyObject** slot = nullptr;
  if (generalized && is_name(name, "axes")) slot = &call.axes;
  if (generalized && is_name(name, "axis")) slot = &call.axis;
  if (generalized && is_name(name, "keepdims")) slot = &call.keepdims;
  if (!generalized && is_name(name, "where")) slot = &call.where;
  if (slot) *slot = value;
  return slot != nullptr;
}

void bind_keyword(const UfuncInfo& u, PyObject* name, PyObject* value, UfuncCall& call) {
  if (is_name(name, "out")) {
    if (call.out_given) type_error("cannot specify 'out' as both a positional and keyword argument");
    set_outputs(u, value, call);
  } else if (is_name(name, "casting")) {
    call.options.casting = casting_argument(value, Casting::kSameKind);
  } else if (is_name(name, "order")) {
    call.options.order = order_argument(value, 'K');
  } else if (is_name(name, "dtype")) {
    call.dtype = value;
  } else if (is_name(name, "subok")) {
    if (!PyBool_Check(value)) type_error("'subok' must be a boolean");
  } else if (is_name(name, "sig") || is_name(name, "signature")) {
    if (call.signature) type_error("cannot specify both 'sig' and 'signature'");
    call.signature = value;
  } else if (!bind_special(u, name, value, call)) {
    const char* text = PyUnicode_AsUTF8(name);
    if (!text) throw PythonError{};
    type_error(std::string(u.name) + "() got an unexpected keyword argument '" + text + "'");
  }
}

}  // namespace

UfuncCall parse_call(const UfuncInfo& u, const Arguments& arguments) {
  check_count(u, arguments.count);
  UfuncCall call;
  for (int i = 0; i < u.nin; ++i) call.in[i] = arguments.values[i];
  for (Py_ssize_t i = u.nin; i < arguments.count; ++i) {
    call.out[i - u.nin] = arguments.values[i];
    call.out_given = true;
    if (arguments.values[i] == Py_Ellipsis) type_error("out=... is only allowed as a keyword argument.");
  }
  for (Py_ssize_t k = 0; k < arguments.keywords(); ++k)
    bind_keyword(u, arguments.keyword_name(k), arguments.keyword_value(k), call);
  if (!absent(call.dtype) && !absent(call.signature)) type_error("cannot specify both 'signature' and 'dtype'");
  return call;
}

void check_outputs(const UfuncCall& call) {
  for (PyObject* out : call.out)
    if (out && !is_output(out)) type_error("return arrays must be of ArrayType");
}

PyObject* wrap_new(const UfuncCall& call, Array result) {
  if (call.keeps_array) result.scalar_flag = false;
  return wrap(std::move(result));
}

void check_output_cast(const char* ufunc, DType from, DType to, Casting casting) {
  if (can_cast(from, to, casting)) return;
  static constexpr const char* kNames[] = {"no", "equiv", "safe", "same_kind", "unsafe", "same_value"};
  raise(ErrorKind::kUFuncType, std::string("Cannot cast ufunc '") + ufunc + "' output from dtype('" + name(from) +
                                   "') to dtype('" + name(to) + "') with casting rule '" +
                                   kNames[static_cast<int>(casting)] + "'");
}

Array output_array(PyObject* out) {
  if (is_ndarray(out) && !array_of(out).scalar_flag) return array_of(out);
  if (!PyArray_Check(out)) type_error("return arrays must be of ArrayType");
  PyRef outside;
  std::optional<Array> converted = convert(out, nullptr, CopyMode::kNever, outside);
  if (!converted) type_error("return arrays must be of ArrayType");
  Array shared = *std::move(converted);
  shared.writeable = PyArray_ISWRITEABLE(reinterpret_cast<PyArrayObject*>(out));
  return shared;
}

PyObject* finish(Array result, PyObject* out, const char* function) {
  if (absent(out)) return wrap(std::move(result));
  if (out == Py_Ellipsis) {
    result.scalar_flag = false;
    return wrap(std::move(result));
  }
  if (sole(out) != out) return finish(std::move(result), sole(out), function);
  Array target = output_array(out);
  if (target.rank() != result.rank())
    value_error(std::string("output parameter for reduction operation ") + function +
                " has the wrong number of dimensions: Found " + std::to_string(target.rank()) + " but expected " +
                std::to_string(result.rank()));
  if (!(target.shape() == result.shape()))
    value_error(std::string(function) +
                ": out has another shape than the result; pass an array of the result's shape.");
  assign(target, result, function);
  return Py_NewRef(out);
}

}  // namespace crossarray::python
