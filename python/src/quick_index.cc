#include "python/src/quick_index.h"

namespace crossarray::python {
namespace {

/// A bound of a slice with step 1, as Python clips it to the extent.
bool clipped(PyObject* o, int64_t extent, int64_t left_out, int64_t& bound) {
  if (o == Py_None) return bound = left_out, true;
  if (!small_int(o, bound)) return false;
  if (bound < 0) bound += extent;
  bound = bound < 0 ? 0 : bound > extent ? extent : bound;
  return true;
}

bool take_forward(Layout& layout, int axis, const PySliceObject* slice) {
  const int64_t extent = layout.shape[axis];
  int64_t start, stop;
  if (!clipped(slice->start, extent, 0, start) || !clipped(slice->stop, extent, extent, stop)) return false;
  const int64_t count = stop > start ? stop - start : 0;
  if (count > 0) layout.offset += start * layout.strides[axis];
  layout.shape[axis] = count;
  return true;
}

bool take_stepped(Layout& layout, int axis, const PySliceObject* slice, int64_t step) {
  if (step == 0) return false;
  int64_t from = step < 0 ? PY_SSIZE_T_MAX : 0, to = step < 0 ? PY_SSIZE_T_MIN : PY_SSIZE_T_MAX;
  if (slice->start != Py_None && !small_int(slice->start, from)) return false;
  if (slice->stop != Py_None && !small_int(slice->stop, to)) return false;
  Py_ssize_t start = from, stop = to;
  const Py_ssize_t count = PySlice_AdjustIndices(layout.shape[axis], &start, &stop, step);
  if (count > 0) layout.offset += start * layout.strides[axis];
  layout.shape[axis] = count;
  layout.strides[axis] *= step;
  return true;
}

bool take_slice(Layout& layout, int axis, PyObject* o) {
  if (!PySlice_Check(o)) return false;
  const auto* slice = reinterpret_cast<PySliceObject*>(o);
  int64_t step = 1;
  if (slice->step != Py_None && !small_int(slice->step, step)) return false;
  return step == 1 ? take_forward(layout, axis, slice) : take_stepped(layout, axis, slice, step);
}

void drop_axis(Layout& layout, int axis) {
  layout.shape.erase(axis);
  layout.strides.erase(axis);
}

bool take_terms(Layout& layout, PyObject* key) {
  const Py_ssize_t count = PyTuple_GET_SIZE(key);
  if (count > layout.rank()) return false;
  const int rank = layout.rank();
  int axis = 0;
  for (Py_ssize_t i = 0; i < count; ++i) {
    PyObject* o = PyTuple_GET_ITEM(key, i);
    if (add_quick_index(layout, axis, o, layout.offset)) {
      drop_axis(layout, axis);
    } else if (!take_slice(layout, axis++, o)) {
      return false;
    }
  }
  return layout.rank() > 0 || count < rank;  // integers alone name an element
}

}  // namespace

bool quick_view(Layout& layout, PyObject* key) {
  if (PyTuple_CheckExact(key)) return take_terms(layout, key);
  if (layout.rank() == 0) return false;
  if (PySlice_Check(key)) return take_slice(layout, 0, key);
  if (layout.rank() < 2 || !add_quick_index(layout, 0, key, layout.offset)) return false;
  drop_axis(layout, 0);
  return true;
}

}  // namespace crossarray::python
