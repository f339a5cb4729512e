#include "python/src/foreign.h"

#include <cstring>
#include <string>

#include "python/src/numpy_api.h"

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

PyRef positional_tuple(const Arguments& arguments, std::initializer_list<PyObject*> first) {
  Py_ssize_t leading = 0;
  for (PyObject* o : first) leading += o != nullptr;
  PyRef tuple = checked(PyTuple_New(leading + arguments.count));
  Py_ssize_t at = 0;
  for (PyObject* o : first)
    if (o) PyTuple_SET_ITEM(tuple.get(), at++, Py_NewRef(o));
  for (Py_ssize_t i = 0; i < arguments.count; ++i) PyTuple_SET_ITEM(tuple.get(), at++, Py_NewRef(arguments.values[i]));
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
  PyRef args = positional_tuple(arguments, {self});
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

bool try_override(const char* ufunc, const char* method, const Arguments& arguments, PyObject* const* operands,
                  int count, PyObject*& result) {
  for (int i = 0; i < count; ++i) {
    WeakScalar weak;
    if (!operands[i] || operands[i] == Py_None || is_ndarray(operands[i]) || weak_scalar(operands[i], weak)) continue;
    PyRef override_method = array_ufunc_override(operands[i]);
    if (!override_method) continue;
    if (override_method.get() == Py_None)
      raise(ErrorKind::kType, std::string("operand '") + Py_TYPE(operands[i])->tp_name +
                                  "' does not support ufuncs (__array_ufunc__=None)");
    PyRef function = numpy_function(ufunc);
    PyRef method_name = checked(PyUnicode_FromString(method));
    PyRef args = positional_tuple(arguments, {operands[i], function.get(), method_name.get()});
    PyRef kwargs = keyword_dict(arguments);
    result = PyObject_Call(override_method.get(), args.get(), kwargs.get());
    if (result == Py_NotImplemented) {
      Py_CLEAR(result);
      continue;
    }
    return true;
  }
  return false;
}

}  // namespace crossarray::python
