#include "python/src/dims.h"

#include "dispatch/core/view.h"
#include "python/src/ndarray.h"
#include "python/src/pyref.h"

namespace crossarray::python {
namespace {

/// NumPy takes no bool for an extent or an axis. False with an exception set.
bool is_integer_object(PyObject* o) {
  if (!PyBool_Check(o)) return true;
  PyErr_SetString(PyExc_TypeError, "an integer is required");
  return false;
}

bool push_int(PyObject* o, Dims& out) {
  if (!is_integer_object(o)) return false;
  const Py_ssize_t value = PyNumber_AsSsize_t(o, PyExc_ValueError);  // NumPy: a dimension beyond all sizes
  if (value == -1 && PyErr_Occurred()) return false;
  if (out.size() == kMaxRank) {
    PyErr_Format(PyExc_ValueError, "maximum supported dimension for an ndarray is %d, found more", kMaxRank);
    return false;
  }
  out.push_back(value);
  return true;
}

/// Adds one axis to the mask. False with an exception set.
bool add_axis(PyObject* o, int rank, uint64_t& mask) try {
  if (!is_integer_object(o)) return false;
  const Py_ssize_t axis = PyNumber_AsSsize_t(o, PyExc_OverflowError);
  if (axis == -1 && PyErr_Occurred()) return false;
  const uint64_t bit = uint64_t{1} << normalize_axis(axis, rank);
  if (mask & bit) raise(ErrorKind::kValue, "duplicate value in 'axis'");
  mask |= bit;
  return true;
} catch (...) {
  translate_current_exception();
  return false;
}

}  // namespace

bool axis_mask(PyObject* axis, int rank, uint64_t& mask) {
  mask = 0;
  if (!axis || axis == Py_None) {
    mask = rank == kMaxRank ? ~uint64_t{0} : (uint64_t{1} << rank) - 1;
    return true;
  }
  if (!PyTuple_Check(axis)) return add_axis(axis, rank, mask);
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(axis); ++i)
    if (!add_axis(PyTuple_GET_ITEM(axis, i), rank, mask)) return false;
  return true;
}

PyObject* tuple_of(const Dims& dims) {
  PyRef tuple(PyTuple_New(dims.size()));
  if (!tuple) return nullptr;
  for (int i = 0; i < dims.size(); ++i) {
    PyObject* extent = PyLong_FromLongLong(dims[i]);
    if (!extent) return nullptr;
    PyTuple_SET_ITEM(tuple.get(), i, extent);
  }
  return tuple.release();
}

bool dims_from(PyObject* o, Dims& out) {
  out.clear();
  if (PyLong_Check(o) || !PySequence_Check(o) || (PyIndex_Check(o) && PySequence_Size(o) < 0)) {
    PyErr_Clear();  // an array of rank 0 looks like a sequence without a length
    return push_int(o, out);
  }
  PyRef items(PySequence_Fast(o, "expected an integer or a sequence of integers"));
  if (!items) return false;
  for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(items.get()); ++i)
    if (!push_int(PySequence_Fast_GET_ITEM(items.get(), i), out)) return false;
  return true;
}

bool dims_from_arguments(PyObject* const* args, Py_ssize_t count, Dims& out) {
  if (count == 1) return dims_from(args[0], out);
  out.clear();
  for (Py_ssize_t i = 0; i < count; ++i)
    if (!push_int(args[i], out)) return false;
  return true;
}

}  // namespace crossarray::python
