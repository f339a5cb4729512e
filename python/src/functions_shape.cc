// expand_dims, squeeze, broadcast_to: views.
#include "dispatch/core/view.h"
#include "python/src/native.h"
#include "python/src/ufunc.h"

namespace crossarray::python {
namespace {

/// A view of the argument: of the array object itself when it is ours.
PyObject* view_of(PyObject* o, Array view) {
  return is_ndarray(o) ? wrap_view(std::move(view), o) : wrap(std::move(view));
}

Array source(PyObject* o) { return is_ndarray(o) ? viewable(o) : array_argument(o); }

/// As reshape() does it, which sets the strides of the new axes.
Layout insert_axes(const Array& a, uint64_t axes) {
  Layout layout = a.layout();
  for (int axis = 0; axis < kMaxRank && axes >> axis; ++axis)
    if (axes >> axis & 1) layout = insert_axis(layout, axis);
  return *reshape(a.layout(), layout.shape, a.item());
}

constexpr Signature<2> kExpandDims{"expand_dims", 2, 2, {"a", "axis"}};
PyObject* expand_dims(const Call& call) {
  if (call.is_foreign({0})) return call.to_numpy();
  const Array a = source(call[0]);
  const bool several = PyTuple_Check(call[1]) || PyList_Check(call[1]);
  const int added = several ? static_cast<int>(PySequence_Fast_GET_SIZE(call[1])) : 1;
  uint64_t axes = 0;
  if (!several) {
    axes = uint64_t{1} << normalize_axis(integer(call[1]), a.rank() + 1);
  } else if (!axis_mask(call[1], a.rank() + added, axes)) {
    return nullptr;
  }
  return view_of(call[0], a.view(insert_axes(a, axes)));
}

uint64_t unit_axes(const Array& a) {
  uint64_t axes = 0;
  for (int axis = 0; axis < a.rank(); ++axis)
    if (a.shape()[axis] == 1) axes |= uint64_t{1} << axis;
  return axes;
}

constexpr Signature<2> kSqueeze{"squeeze", 2, 1, {"a", "axis"}};
PyObject* squeeze(const Call& call) {
  if (call.is_foreign({0})) return call.to_numpy();
  const Array a = source(call[0]);
  if (is_ndarray(call[0]) && array_of(call[0]).scalar_flag && absent(call[1])) return Py_NewRef(call[0]);
  const uint64_t axes = absent(call[1]) ? unit_axes(a) : reduce_axes(call[1], a.rank());
  Layout layout = a.layout();
  for (int axis = a.rank() - 1; axis >= 0; --axis) {
    if (!(axes >> axis & 1)) continue;
    if (layout.shape[axis] != 1) value_error("cannot select an axis to squeeze out which has size not equal to one");
    layout = index_axis(layout, axis, 0);
  }
  return view_of(call[0], a.view(std::move(layout)));
}

constexpr Signature<3> kBroadcastTo{"broadcast_to", 3, 2, {"array", "shape", "subok"}};
PyObject* broadcast(const Call& call) {
  if (call.is_foreign({0})) return call.to_numpy();
  const Array a = source(call[0]);
  Array view = a.view(broadcast_to(a.layout(), shape_argument(call[1])));
  checked_bytes(view.shape(), view.item());  // NumPy refuses shapes beyond the address space here too
  view.writeable = false;
  return view_of(call[0], std::move(view));
}

}  // namespace

PyMethodDef shape_functions[] = {native<kExpandDims, expand_dims>(
                                     R"(expand_dims(a, axis)
--

View with axes of length 1 inserted.

axis: int or tuple, positions in the result.  Raises AxisError.  Same as numpy.expand_dims.
>>> xp.expand_dims([1, 2], 0).shape
(1, 2))"),
                                 native<kSqueeze, squeeze>(
                                     R"(squeeze(a, axis=None)
--

View without axes of length 1.

Raises ValueError for an axis of another length.  Same as numpy.squeeze.
>>> xp.squeeze([[1, 2]]).shape
(2,))"),
                                 native<kBroadcastTo, broadcast>(
                                     R"(broadcast_to(array, shape, subok=False)
--

Read-only view repeated to a shape.

Raises ValueError when the shapes do not fit.  Same as numpy.broadcast_to.
>>> xp.broadcast_to([1, 2], (3, 2)).shape
(3, 2))"),
                                 {}};

}  // namespace crossarray::python
