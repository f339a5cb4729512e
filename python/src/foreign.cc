#include "python/src/foreign.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "python/src/numpy_api.h"
#include "python/src/sequences.h"

namespace crossarray::python {
namespace {

PyObject* foreign_hook = nullptr;

/// numpy.add.reduce for "add.reduce".
PyRef numpy_function(const char* dotted) {
  PyRef at = checked(PyImport_ImportModule("numpy"));
  for (std::string_view rest = dotted; !rest.empty();) {
    const size_t dot = rest.find('.');
    at = checked(PyObject_GetAttrString(at.get(), std::string(rest.substr(0, dot)).c_str()));
    rest = dot == std::string_view::npos ? std::string_view() : rest.substr(dot + 1);
  }
  return at;
}

PyRef keyword_dict(const Arguments& arguments) {
  PyRef kwargs = checked(PyDict_New());
  for (Py_ssize_t k = 0; k < arguments.keywords(); ++k)
    if (PyDict_SetItem(kwargs.get(), arguments.keyword_name(k), arguments.keyword_value(k)) < 0) throw PythonError{};
  return kwargs;
}

/// `first` (those that are not null), then the first `count` positional arguments.
PyRef positional_tuple(const Arguments& arguments, Py_ssize_t count, std::initializer_list<PyObject*> first) {
  Py_ssize_t leading = 0;
  for (PyObject* o : first) leading += o != nullptr;
  PyRef tuple = checked(PyTuple_New(leading + count));
  Py_ssize_t at = 0;
  for (PyObject* o : first)
    if (o) PyTuple_SET_ITEM(tuple.get(), at++, Py_NewRef(o));
  for (Py_ssize_t i = 0; i < count; ++i) PyTuple_SET_ITEM(tuple.get(), at++, Py_NewRef(arguments.values[i]));
  return tuple;
}

bool dtype_outside_table(PyObject* array) {
  DType known;
  return !dtype_of_descr(PyArray_DESCR(reinterpret_cast<PyArrayObject*>(array)), known);
}

bool scalar_outside_table(PyObject* scalar) {
  PyRef descr = checked(reinterpret_cast<PyObject*>(PyArray_DescrFromScalar(scalar)));
  DType known;
  return !dtype_of_descr(reinterpret_cast<PyArray_Descr*>(descr.get()), known);
}

/// Neither a number nor anything array-like: NumPy wraps it as an object (a dict, a Decimal).
bool is_opaque(PyObject* o) {
  if (is_ndarray(o) || PyBool_Check(o) || PyLong_Check(o) || PyFloat_Check(o) || PyComplex_Check(o)) return false;
  if (PyObject_CheckBuffer(o) || PySequence_Check(o)) return false;
  for (const char* protocol : {"__array__", "__array_interface__", "__array_struct__", "__dlpack__"})
    if (PyObject_HasAttrString(o, protocol)) return false;
  return true;
}

void set_item(PyObject* dict, const char* key, PyObject* value) {
  if (PyDict_SetItemString(dict, key, value) < 0) throw PythonError{};
}

PyRef take_item(PyObject* dict, const char* key) {
  PyRef value = PyRef::borrow(PyDict_GetItemString(dict, key));
  if (value && PyDict_DelItemString(dict, key) < 0) throw PythonError{};
  return value;
}

bool only_none(PyObject* tuple) {
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(tuple); ++i)
    if (PyTuple_GET_ITEM(tuple, i) != Py_None) return false;
  return true;
}

/// Everything but the inputs as keywords, in NumPy's normal form: signature= under that name, out= a tuple or absent.
PyRef override_keywords(const Arguments& arguments, const OverrideForm& form) {
  PyRef kwargs = keyword_dict(arguments);
  for (Py_ssize_t i = form.inputs; i < arguments.count && !form.later.empty(); ++i)
    set_item(kwargs.get(), form.later[static_cast<size_t>(i - form.inputs)], arguments.values[i]);
  if (PyRef sig = take_item(kwargs.get(), "sig")) set_item(kwargs.get(), "signature", sig.get());
  PyRef out = take_item(kwargs.get(), "out");
  if (form.later.empty() && arguments.count > form.inputs) {
    out = checked(PyTuple_New(arguments.count - form.inputs));
    for (Py_ssize_t i = form.inputs; i < arguments.count; ++i)
      PyTuple_SET_ITEM(out.get(), i - form.inputs, Py_NewRef(arguments.values[i]));
  }
  if (out && !PyTuple_Check(out.get())) out = checked(PyTuple_Pack(1, out.get()));
  if (out && !only_none(out.get())) set_item(kwargs.get(), "out", out.get());
  return kwargs;
}

/// An operand with its __array_ufunc__.
struct Override {
  PyObject* operand;
  PyRef method;
};

/// One per type, subclasses before their bases, else in order.
std::vector<Override> find_overrides(std::span<PyObject* const> operands) {
  std::vector<Override> found;
  for (PyObject* o : operands) {
    WeakScalar weak;
    if (!o || o == Py_None || is_ndarray(o) || weak_scalar(o, weak)) continue;
    const auto same_type = [o](const Override& other) { return Py_TYPE(other.operand) == Py_TYPE(o); };
    if (std::any_of(found.begin(), found.end(), same_type)) continue;
    PyRef method = array_ufunc_override(o);
    if (!method) continue;
    const auto base = std::find_if(found.begin(), found.end(), [o](const Override& other) {
      return PyType_IsSubtype(Py_TYPE(o), Py_TYPE(other.operand));
    });
    found.insert(base, Override{o, std::move(method)});
  }
  return found;
}

[[noreturn]] void all_declined(PyObject* ufunc, const char* method, PyObject* inputs, PyObject* kwargs,
                               const std::vector<Override>& found) {
  std::string types;
  for (const Override& one : found)
    types += (types.empty() ? "'" : ", '") + std::string(Py_TYPE(one.operand)->tp_name) + "'";
  PyRef text = checked(
      PyUnicode_FromFormat("operand type(s) all returned NotImplemented from __array_ufunc__(%R, '%s', %R, %R): %s",
                           ufunc, method, inputs, kwargs, types.c_str()));
  PyErr_SetObject(PyExc_TypeError, text.get());
  throw PythonError{};
}

/// The call with NumPy's arrays in place of ours, which more libraries know: NumPy asks the operands again. Null if there
/// is none of ours, or an output to write to.
PyObject* call_with_hosts(PyObject* ufunc, const char* method, PyObject* inputs, PyObject* kwargs) {
  const PyRef hosts = for_numpy(inputs);
  if (hosts.get() == inputs || PyDict_GetItemString(kwargs, "out")) return nullptr;
  const PyRef function = checked(PyObject_GetAttrString(ufunc, method));
  const PyRef args = checked(PySequence_Tuple(hosts.get()));
  return checked(PyObject_Call(function.get(), args.get(), kwargs)).release();
}

bool is_memmap(PyObject* array) { return std::strcmp(Py_TYPE(array)->tp_name, "memmap") == 0; }

}  // namespace

bool foreign_dtype(PyObject* dtype) {
  if (absent(dtype)) return false;
  DType known;
  if (dtype_from(dtype, known)) return false;
  PyErr_Clear();
  return true;
}

bool belongs_to_numpy(PyObject* o) {
  if (PyArray_CheckExact(o)) return dtype_outside_table(o);
  if (PyArray_Check(o)) return !is_memmap(o) || dtype_outside_table(o);
  if (PyArray_IsScalar(o, Generic)) return scalar_outside_table(o);
  if (PyUnicode_Check(o) || PyBytes_Check(o) || o == Py_None) return true;
  if (!PyList_Check(o) && !PyTuple_Check(o)) return is_opaque(o);
  const Py_ssize_t count = PySequence_Fast_GET_SIZE(o);
  for (Py_ssize_t i = 0; i < count; ++i) {
    PyObject* item = PySequence_Fast_GET_ITEM(o, i);
    if (PyFloat_CheckExact(item) || PyLong_CheckExact(item) || is_ndarray(item)) continue;
    if (belongs_to_numpy(item)) return true;
  }
  return false;
}

PyObject* call_foreign(const char* name, const Arguments& arguments, PyObject* self) {
  PyRef args = positional_tuple(arguments, arguments.count, {self});
  PyRef kwargs = keyword_dict(arguments);
  if (!foreign_hook) {
    PyRef function = numpy_function(name);
    return PyObject_Call(function.get(), args.get(), kwargs.get());
  }
  PyRef text = checked(PyUnicode_FromString(name));
  return PyObject_CallFunctionObjArgs(foreign_hook, text.get(), args.get(), kwargs.get(), nullptr);
}

PyObject* set_foreign_hook(PyObject*, PyObject* hook) {
  Py_XSETREF(foreign_hook, hook == Py_None ? nullptr : Py_NewRef(hook));
  Py_RETURN_NONE;
}

PyRef array_ufunc_override(PyObject* o) {
  static PyObject* name = PyUnicode_InternFromString("__array_ufunc__");
  static PyObject* numpys = [] {
    return checked(PyObject_GetAttr(reinterpret_cast<PyObject*>(&PyArray_Type), name)).release();
  }();
  PyTypeObject* type = Py_TYPE(o);
  if (is_ndarray(o) || PyArray_CheckExact(o) || type == &PyList_Type || type == &PyTuple_Type) return {};
  PyRef method(PyObject_GetAttr(reinterpret_cast<PyObject*>(type), name));
  if (!method) PyErr_Clear();
  if (method.get() == numpys) return {};
  return method;
}

bool try_override(const OverrideForm& form, const Arguments& arguments, std::span<PyObject* const> operands,
                  PyObject*& result) {
  const std::vector<Override> found = find_overrides(operands);
  if (found.empty()) return false;
  PyRef ufunc = numpy_function(form.ufunc), method = checked(PyUnicode_FromString(form.method));
  PyRef kwargs = override_keywords(arguments, form);
  const Py_ssize_t inputs = std::min<Py_ssize_t>(arguments.count, form.inputs);
  for (const Override& one : found) {
    if (one.method.get() == Py_None)
      raise(ErrorKind::kType, std::string("operand '") + Py_TYPE(one.operand)->tp_name +
                                  "' does not support ufuncs (__array_ufunc__=None)");
    PyRef args = positional_tuple(arguments, inputs, {one.operand, ufunc.get(), method.get()});
    result = PyObject_Call(one.method.get(), args.get(), kwargs.get());
    if (result != Py_NotImplemented) return true;
    Py_CLEAR(result);
  }
  PyRef shown = positional_tuple(arguments, inputs, {});
  result = call_with_hosts(ufunc.get(), form.method, shown.get(), kwargs.get());
  if (result) return true;
  all_declined(ufunc.get(), form.method, shown.get(), kwargs.get(), found);
}

}  // namespace crossarray::python
