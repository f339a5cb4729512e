// Basic indexing: integers, slices, Ellipsis, newaxis.
#include <string>

#include "python/src/index_parse.h"
#include "python/src/index_terms.h"
#include "python/src/numpy_api.h"

namespace crossarray::python {
namespace {

[[noreturn]] void out_of_bounds(int64_t index, int axis, int64_t extent) {
  raise(ErrorKind::kIndex, "index " + std::to_string(index) + " is out of bounds for axis " + std::to_string(axis) +
                               " with size " + std::to_string(extent));
}

int64_t exact_int(PyObject* o) {
  int overflow = 0;
  const long long value = PyLong_AsLongLongAndOverflow(o, &overflow);
  if (overflow) invalid_index();
  return value;
}

}  // namespace

void invalid_index() {
  raise(ErrorKind::kIndex,
        "only integers, slices (`:`), ellipsis (`...`), numpy.newaxis (`None`) and integer or boolean arrays are valid "
        "indices");
}

int64_t wrap_index(int64_t index, int axis, int64_t extent) {
  const int64_t wrapped = index < 0 ? index + extent : index;
  if (wrapped < 0 || wrapped >= extent) out_of_bounds(index, axis, extent);
  return wrapped;
}

bool plain_integer(PyObject* o, int64_t& value) {
  if (PyLong_CheckExact(o)) return value = exact_int(o), true;
  if (is_ndarray(o)) {
    const Array& a = array_of(o);
    if (a.rank() != 0 || !is_integer(a.dtype())) return false;
    value = cast_scalar(element(a), DType::kI64).as<int64_t>();
    return true;
  }
  if (PyBool_Check(o) || PyArray_IsScalar(o, Bool)) return false;
  if (PyArray_Check(o)) {
    auto* array = reinterpret_cast<PyArrayObject*>(o);
    if (PyArray_NDIM(array) != 0 || !PyArray_ISINTEGER(array)) return false;
  } else if (!PyIndex_Check(o) || PySequence_Check(o)) {
    return false;
  }
  value = PyNumber_AsSsize_t(o, PyExc_IndexError);
  if (value == -1 && PyErr_Occurred()) throw PythonError();
  return true;
}

void push_slice(const Layout& in, int axis, PyObject* slice, Layout& out) {
  Py_ssize_t start, stop, step;
  if (PySlice_Unpack(slice, &start, &stop, &step) < 0) throw PythonError();
  const Py_ssize_t count = PySlice_AdjustIndices(in.shape[axis], &start, &stop, step);
  if (count > 0) out.offset += start * in.strides[axis];
  out.shape.push_back(count);
  out.strides.push_back(in.strides[axis] * step);
}

void push_axes(const Layout& in, int from, int to, Layout& out) {
  for (int axis = from; axis < to; ++axis) {
    out.shape.push_back(in.shape[axis]);
    out.strides.push_back(in.strides[axis]);
  }
}

namespace {

/// Axes that the terms after an ellipsis use up, taking each for one axis.
int axes_used(const KeyTerms& terms, Py_ssize_t from) {
  int used = 0;
  for (Py_ssize_t i = from; i < terms.count; ++i) used += terms.items[i] != Py_None && terms.items[i] != Py_Ellipsis;
  return used;
}

/// State while walking over the terms.
struct BasicWalk {
  const Layout& in;
  Layout& out;
  int axis = 0;
  bool ellipsis = false;
  bool element = true;  // only integers so far
  bool zero_d = false;  // one of the integers is an array, no scalar

  /// False if the term needs advanced indexing or does not fit.
  bool take(const KeyTerms& terms, Py_ssize_t i) {
    PyObject* o = terms.items[i];
    if (o == Py_None) {
      out.shape.push_back(1);
      out.strides.push_back(0);
      return element = false, true;
    }
    if (o == Py_Ellipsis) return take_ellipsis(axes_used(terms, i + 1));
    if (axis == in.rank()) return false;
    if (PySlice_Check(o)) {
      push_slice(in, axis++, o, out);
      return element = false, true;
    }
    int64_t index;
    if (!plain_integer(o, index)) return false;
    if (index < -in.shape[axis] || index >= in.shape[axis]) return false;  // NumPy reports too many indices first
    zero_d |= is_ndarray(o) ? !array_of(o).scalar_flag : PyArray_Check(o) != 0;
    out.offset += (index < 0 ? index + in.shape[axis] : index) * in.strides[axis];
    ++axis;
    return true;
  }

  bool take_ellipsis(int used_after) {
    if (ellipsis) raise(ErrorKind::kIndex, "an index can only have a single ellipsis ('...')");
    ellipsis = true;
    element = false;
    const int until = in.rank() - used_after;
    push_axes(in, axis, until, out);
    axis = until > axis ? until : axis;
    return true;
  }
};

}  // namespace

IndexOutcome basic_index(const Layout& array_layout, PyObject* key, Layout& out) {
  const Layout in = array_layout;  // a copy: __index__ may run code that reshapes the array
  const KeyTerms terms(key);
  out.offset = in.offset;
  BasicWalk walk{in, out};
  for (Py_ssize_t i = 0; i < terms.count; ++i)
    if (!walk.take(terms, i)) return IndexOutcome::kAdvanced;
  if (walk.element && walk.axis == in.rank()) return IndexOutcome::kElement;
  push_axes(in, walk.axis, in.rank(), out);
  if (out.rank() > kMaxRank)
    raise(ErrorKind::kIndex,
          "number of dimensions must be within [0, 64], indexing result would have " + std::to_string(out.rank()));
  return walk.zero_d ? IndexOutcome::kCopy : IndexOutcome::kView;
}

}  // namespace crossarray::python
