#include "python/src/convert.h"

#include <cmath>
#include <cstring>

#include "dispatch/core/config.h"
#include "python/src/elements.h"
#include "python/src/numpy_arrays.h"
#include "python/src/sequences.h"

namespace crossarray::python {
namespace {

void weak_int(PyObject* o, WeakScalar& out) {
  out.type = WeakScalar::Type::kInt;
  int overflow = 0;
  out.i = PyLong_AsLongLongAndOverflow(o, &overflow);
  if (!overflow) return;
  out.range = overflow > 0 ? WeakScalar::Range::kTooBig : WeakScalar::Range::kTooSmall;
  if (overflow > 0) {
    out.u = PyLong_AsUnsignedLongLong(o);
    if (PyErr_Occurred()) {
      PyErr_Clear();
    } else {
      out.range = WeakScalar::Range::kU64;
    }
  }
  double nearest = PyLong_AsDouble(o);
  if (nearest == -1.0 && PyErr_Occurred()) {
    PyErr_Clear();
    nearest = overflow > 0 ? HUGE_VAL : -HUGE_VAL;
  }
  out.c = nearest;
}

bool is_numpy_scalar(PyObject* o) { return PyObject_TypeCheck(o, &PyGenericArrType_Type); }

/// A 0-d array from a NumPy scalar; null if its dtype is outside the table.
std::optional<Array> from_numpy_scalar(PyObject* o) {
  Scalar scalar;
  PyRef descr(reinterpret_cast<PyObject*>(PyArray_DescrFromScalar(o)));
  if (!descr) throw PythonError();
  if (!dtype_of_descr(reinterpret_cast<PyArray_Descr*>(descr.get()), scalar.dtype)) return std::nullopt;
  if (!pack_element(o, scalar.dtype, scalar.bits)) throw PythonError();
  return Array::scalar(scalar);
}

Array from_ours(const Array& a, const DType* dtype, CopyMode mode) {
  const bool same = !dtype || *dtype == a.dtype();
  if (mode == CopyMode::kNever && !same)
    raise(ErrorKind::kValue, "Unable to avoid copy while creating an array as requested.");
  Array out = !same ? cast(a, *dtype) : mode == CopyMode::kAlways || a.scalar_flag ? copy(a, 'K') : a;
  out.scalar_flag = false;
  return out;
}

Array from_numpy_array(PyArrayObject* a, DType own, const DType* dtype, CopyMode mode) {
  const bool sharable = (!dtype || *dtype == own) && can_share(a);
  if (mode == CopyMode::kNever && !sharable)
    raise(ErrorKind::kValue, "Unable to avoid copy while creating an array as requested.");
  const bool large = static_cast<size_t>(PyArray_NBYTES(a)) >= config().eager_bytes;
  if (sharable && (mode == CopyMode::kNever || (mode == CopyMode::kShare && large))) return share_numpy(a);
  return copy_of_numpy(a, dtype ? *dtype : own);
}

/// With NumPy's ValueError set: the array of ours that o.__array__() returns, which NumPy takes for none. Else null, and
/// the error stays.
PyRef ours_by_protocol(PyObject* o) {
  if (!PyErr_ExceptionMatches(PyExc_ValueError)) return {};
  PyObject *type, *value, *traceback;
  PyErr_Fetch(&type, &value, &traceback);
  PyRef made(PyObject_CallMethod(o, "__array__", nullptr));
  const bool ours = made && is_ndarray(made.get());
  PyErr_Clear();
  if (ours) {
    Py_XDECREF(type), Py_XDECREF(value), Py_XDECREF(traceback);
    return made;
  }
  PyErr_Restore(type, value, traceback);
  return {};
}

/// Everything else goes through NumPy: nested sequences, buffers, __array__ and the rest of its protocols.
std::optional<Array> from_any(PyObject* o, const DType* dtype, CopyMode mode, PyRef& outside) {
  PyArray_Descr* descr = dtype ? descr_of(*dtype) : nullptr;
  if (dtype && !descr) throw PythonError();
  const bool own_array = PyArray_Check(o);
  PyRef made =
      own_array
          ? PyRef::borrow(o)
          : PyRef(PyArray_FromAny(for_numpy(o).get(), (Py_XINCREF(descr), descr), 0, 0, NPY_ARRAY_FORCECAST, nullptr));
  if (!made) {
    if (PyRef ours = ours_by_protocol(o)) return from_ours(array_of(ours.get()), dtype, mode);
    throw PythonError();
  }
  auto* array = reinterpret_cast<PyArrayObject*>(made.get());
  DType own;
  if (dtype_of_descr(PyArray_DESCR(array), own)) return from_numpy_array(array, own, dtype, mode);
  if (dtype) return copy_of_numpy(array, *dtype);
  const bool copy_it = own_array && mode == CopyMode::kAlways;
  outside = copy_it ? PyRef(PyArray_NewCopy(array, NPY_KEEPORDER)) : std::move(made);
  if (!outside) throw PythonError();
  return std::nullopt;
}

/// A Python scalar's default dtype; false for an int that no integer dtype holds.
bool default_dtype(const WeakScalar& weak, DType& out) {
  switch (weak.type) {
    case WeakScalar::Type::kBool: out = DType::kBool; return true;
    case WeakScalar::Type::kFloat: out = DType::kF64; return true;
    case WeakScalar::Type::kComplex: out = DType::kC128; return true;
    case WeakScalar::Type::kInt: break;
  }
  out = weak.range == WeakScalar::Range::kU64 ? DType::kU64 : DType::kI64;
  return weak.range == WeakScalar::Range::kI64 || weak.range == WeakScalar::Range::kU64;
}

}  // namespace

bool weak_scalar(PyObject* o, WeakScalar& out) {
  if (PyFloat_CheckExact(o)) {
    out.type = WeakScalar::Type::kFloat;
    out.c = PyFloat_AS_DOUBLE(o);
    return true;
  }
  if (PyLong_CheckExact(o)) return weak_int(o, out), true;
  if (PyBool_Check(o)) {
    out.type = WeakScalar::Type::kBool;
    out.i = o == Py_True;
    return true;
  }
  if (PyLong_Check(o)) return weak_int(o, out), true;  // IntEnum and friends: NumPy's integer scalars are no ints
  if (is_numpy_scalar(o)) return false;                // float64 and complex128 derive from float and complex
  if (PyFloat_Check(o)) {
    out.type = WeakScalar::Type::kFloat;
    out.c = PyFloat_AsDouble(o);
    return true;
  }
  if (!PyComplex_Check(o)) return false;
  const Py_complex c = PyComplex_AsCComplex(o);
  out.type = WeakScalar::Type::kComplex;
  out.c = {c.real, c.imag};
  return true;
}

std::optional<Array> convert(PyObject* o, const DType* dtype, CopyMode mode, PyRef& outside) {
  if (is_ndarray(o)) return from_ours(array_of(o), dtype, mode);
  if (mode == CopyMode::kNever && !PyArray_Check(o) && !PyObject_CheckBuffer(o))
    raise(ErrorKind::kValue, "Unable to avoid copy while creating an array as requested.");
  WeakScalar weak;
  if (!dtype && weak_scalar(o, weak)) {
    DType found;
    if (default_dtype(weak, found)) return Array::scalar(cast_weak(weak, found));
  }
  if (!dtype && is_numpy_scalar(o))
    if (std::optional<Array> scalar = from_numpy_scalar(o)) return scalar;
  if (std::optional<Array> list = from_sequence(o, dtype)) return list;
  return from_any(o, dtype, mode, outside);
}

Array from_python(PyObject* o, const DType* dtype, bool copy) {
  PyRef outside;
  if (std::optional<Array> array = convert(o, dtype, copy ? CopyMode::kAlways : CopyMode::kShare, outside))
    return *std::move(array);
  PyErr_Format(
      PyExc_TypeError,
      "'%s' object gives an array of %R, which Crossarray does not have: its arrays hold bools, integers, floats "
      "and complex numbers. Use numpy for others.",
      Py_TYPE(o)->tp_name, PyArray_DESCR(reinterpret_cast<PyArrayObject*>(outside.get())));
  throw PythonError();
}

bool to_operand(PyObject* o, OperandHolder& out) try {
  if (is_ndarray(o)) {
    out.array = array_of(o);
    return true;
  }
  out.is_weak = weak_scalar(o, out.weak);
  if (!out.is_weak) out.array = from_python(o, nullptr, false);
  return true;
} catch (...) {
  translate_current_exception();
  return false;
}

}  // namespace crossarray::python
