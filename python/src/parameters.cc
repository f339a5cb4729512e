#include "python/src/parameters.h"

#include <cstring>

#include "python/src/numpy_api.h"

namespace crossarray::python {
namespace {

PyObject* no_value_marker() {
  static PyObject* marker = [] {
    PyRef numpy = checked(PyImport_ImportModule("numpy"));
    return checked(PyObject_GetAttrString(numpy.get(), "_NoValue")).release();
  }();
  return marker;
}

}  // namespace

bool flag(PyObject* o, bool fallback) {
  if (no_value(o)) return fallback;
  const int truth = PyObject_IsTrue(o);
  if (truth < 0) throw PythonError{};
  return truth != 0;
}

bool no_value(PyObject* o) { return !o || (o != Py_True && o != Py_False && o != Py_None && o == no_value_marker()); }

int64_t integer(PyObject* o) {
  const int64_t value = PyNumber_AsSsize_t(o, PyExc_OverflowError);
  if (value == -1 && PyErr_Occurred()) throw PythonError{};
  return value;
}

double real_number(PyObject* o) {
  const double value = PyFloat_AsDouble(o);
  if (value == -1.0 && PyErr_Occurred()) throw PythonError{};
  return value;
}

/// An extent: NumPy takes no bools for one.
int64_t extent_argument(PyObject* o) {
  if (PyBool_Check(o)) type_error("an integer is required");
  return integer(o);
}

Dims shape_argument(PyObject* o) {
  if (o == Py_None) type_error("Use () not None as shape arguments");
  Dims shape;
  if (PyIndex_Check(o) && !PySequence_Check(o)) {
    shape.push_back(extent_argument(o));
  } else if (is_ndarray(o) && array_of(o).rank() == 0) {
    shape.push_back(extent_argument(o));
  } else {
    PyRef items = checked(PySequence_Fast(o, "expected a sequence of integers or a single integer for shape"));
    const Py_ssize_t rank = PySequence_Fast_GET_SIZE(items.get());
    if (rank > kMaxRank)
      value_error("maximum supported dimension for an ndarray is currently 64, found " + std::to_string(rank));
    for (Py_ssize_t i = 0; i < rank; ++i) shape.push_back(extent_argument(PySequence_Fast_GET_ITEM(items.get(), i)));
  }
  for (int64_t extent : shape)
    if (extent < 0) value_error("negative dimensions are not allowed");
  return shape;
}

std::optional<DType> dtype_argument(PyObject* o) {
  if (absent(o)) return std::nullopt;
  DType dtype;
  if (!dtype_from(o, dtype)) throw PythonError{};
  return dtype;
}

char order_argument(PyObject* o, char fallback, const char* allowed) {
  if (absent(o)) return fallback;
  Py_ssize_t length = 0;
  const char* text = PyUnicode_Check(o) ? PyUnicode_AsUTF8AndSize(o, &length) : nullptr;
  if (!text) type_error(std::string("order must be str, not ") + Py_TYPE(o)->tp_name);
  const char letter = length == 1 ? static_cast<char>(Py_TOUPPER(text[0])) : '\0';
  if (letter && std::strchr(allowed, letter)) return letter;
  if (letter && std::strchr("KACF", letter)) value_error("only 'C' or 'F' order is permitted");
  value_error(std::string("order must be one of 'C', 'F', 'A', or 'K' (got '") + text + "')");
}

Casting casting_argument(PyObject* o, Casting fallback) {
  if (!o) return fallback;
  static constexpr const char* kNames[] = {"no", "equiv", "safe", "same_kind", "unsafe", "same_value"};
  const char* text = PyUnicode_Check(o) ? PyUnicode_AsUTF8(o) : nullptr;
  if (!text) type_error(std::string("casting must be str, not ") + Py_TYPE(o)->tp_name);
  for (int i = 0; i < 6; ++i)
    if (std::strcmp(text, kNames[i]) == 0) return static_cast<Casting>(i);
  value_error(std::string("casting must be one of 'no', 'equiv', 'safe', 'same_kind', 'unsafe' (got '") + text + "')");
}

Array array_argument(PyObject* o) {
  if (is_ndarray(o)) return array_of(o);
  OperandHolder holder = operand(o);
  return holder.is_weak ? Array::scalar(natural_scalar(holder.weak)) : std::move(holder.array);
}

OperandHolder operand(PyObject* o) {
  OperandHolder holder;
  if (!to_operand(o, holder)) throw PythonError{};
  return holder;
}

std::optional<Array> mask_argument(PyObject* o) {
  if (!o || o == Py_True || no_value(o)) return std::nullopt;
  if (o == Py_None) return Array::scalar(Scalar::of(DType::kBool, false));  // an object that is not true
  Array mask = array_argument(o);
  const bool array = is_ndarray(o) || PyArray_Check(o) || PyArray_IsScalar(o, Generic);
  if (array && mask.dtype() != DType::kBool)
    type_error(std::string("Cannot cast array data from dtype('") + name(mask.dtype()) +
               "') to dtype('bool') according to the rule 'safe'");
  return mask.dtype() == DType::kBool ? mask : cast(mask, DType::kBool);
}

Scalar natural_scalar(const WeakScalar& weak) {
  using Type = WeakScalar::Type;
  switch (weak.type) {
    case Type::kBool: return cast_weak(weak, DType::kBool);
    case Type::kInt: return cast_weak(weak, weak.range == WeakScalar::Range::kU64 ? DType::kU64 : DType::kI64);
    case Type::kFloat: return cast_weak(weak, DType::kF64);
    case Type::kComplex: return cast_weak(weak, DType::kC128);
  }
  __builtin_unreachable();
}

Scalar element(const Array& a) {
  if (a.size() != 1) value_error("can only convert an array of size 1 to a scalar");
  Scalar value;
  value.dtype = a.dtype();
  const Array one = only_elements(a);
  std::memcpy(value.bits, read_host(one), a.item());
  return value;
}

}  // namespace crossarray::python
