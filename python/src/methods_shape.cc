// Methods that give views: reshape, ravel, transpose, swapaxes, squeeze, view; and resize.
#include <algorithm>
#include <string>

#include "dispatch/core/view.h"
#include "dispatch/graph/build.h"
#include "dispatch/plan/executor.h"
#include "python/src/dims.h"
#include "python/src/numpy_api.h"
#include "python/src/parameters.h"
#include "python/src/quick_index.h"
#include "python/src/shaping.h"
#include "python/src/shells.h"
#include "python/src/slots.h"

namespace crossarray::python {
namespace {

/// A view by a method. Of a scalar, a 0-d one is that scalar: s.reshape(()), s.squeeze(), s.transpose().
PyObject* wrap_shaped(Array view, PyObject* self) noexcept {
  if (view.rank() == 0 && array_of(self).scalar_flag) return Py_NewRef(self);
  return wrap_view(std::move(view), self);
}

/// order= and copy= of reshape, whose shape takes all positional arguments.
struct ReshapeKeywords {
  char order = 'C';
  PyObject* copy = nullptr;
};

ReshapeKeywords reshape_keywords(Fast values, PyObject* kwnames) {
  static constexpr Signature<2> kKeywords{"reshape", 0, 0, {"order", "copy"}};
  PyObject* slots[2];
  if (!kKeywords.parse(values, 0, kwnames, slots)) throw PythonError();
  return {order_argument(slots[0], 'C', "CFA"), given(slots[1]) ? slots[1] : nullptr};
}

/// A view of `self`, or an array of its own where a copy was needed.
PyObject* wrap_reshaped(Array result, bool copied, PyObject* self) {
  return copied ? wrap(std::move(result)) : wrap_shaped(std::move(result), self);
}

/// The extents of reshape(2, 3) or reshape((2, 3)), if they are plain and make `size`; false for anything else.
bool plain_shape(Fast args, Py_ssize_t nargs, int64_t size, Dims& shape) {
  if (nargs == 1 && PyTuple_CheckExact(args[0])) {
    nargs = PyTuple_GET_SIZE(args[0]);
    args = PySequence_Fast_ITEMS(args[0]);
  }
  constexpr Py_ssize_t kMostAxes = 4;
  if (nargs > kMostAxes) return false;
  int64_t product = 1;
  for (Py_ssize_t i = 0; i < nargs; ++i) {
    int64_t extent;
    if (!small_int(args[i], extent) || extent < 0 || __builtin_mul_overflow(product, extent, &product)) return false;
    shape.push_back(extent);
  }
  return product == size;
}

/// The commonest reshape: dense elements, extents that fit. Null without an exception otherwise.
PyObject* reshape_dense(PyObject* self, Fast args, Py_ssize_t nargs) {
  const Array& a = array_of(self);
  Dims shape;
  if (nargs == 0 || a.scalar_flag || a.size() == 0 || !a.c_contiguous() || !plain_shape(args, nargs, a.size(), shape))
    return nullptr;
  return wrap_changed(self, [&](Layout& layout) {
    layout.shape = shape;
    layout.strides = contiguous_strides(shape, a.item());
    return true;
  });
}

PyObject* reshape_method(PyObject* self, Fast args, Py_ssize_t nargs, PyObject* kwnames) noexcept {
  return guarded([&]() -> PyObject* {
    if (!kwnames)
      if (PyObject* view = reshape_dense(self, args, nargs)) return view;
    const ReshapeKeywords keywords = kwnames ? reshape_keywords(args + nargs, kwnames) : ReshapeKeywords{};
    Dims shape;
    if (nargs == 0) return PyErr_SetString(PyExc_TypeError, "reshape() takes exactly 1 argument (0 given)"), nullptr;
    if (!dims_from_arguments(args, nargs, shape)) return nullptr;
    bool copied = false;
    Array source = viewable(self);
    if (keywords.copy == Py_True) source = copy(source, 'K');
    Array result = reshaped(source, shape, keywords.order, &copied);
    if (copied && keywords.copy == Py_False)
      raise(ErrorKind::kValue, "Unable to avoid creating a copy while reshaping.");
    return wrap_reshaped(std::move(result), copied || keywords.copy == Py_True, self);
  });
}

/// The elements in memory order, for ravel(order="K").
Array flat_in_memory_order(const Array& a) {
  const Dims* strides[] = {&a.strides()};
  return permuted(a, k_order(a.shape(), strides));
}

/// ravel and flatten of dense elements in C order. Null without an exception otherwise.
PyObject* flatten_dense(PyObject* self, bool always_copy) {
  const Array& a = array_of(self);
  if (a.scalar_flag || !a.c_contiguous()) return nullptr;
  const auto flatten = [&a](Layout& layout) {
    const int64_t size = a.size();
    layout.shape.resize(1);
    layout.strides.resize(1);
    layout.shape[0] = size;
    layout.strides[0] = static_cast<int64_t>(a.item());
    return true;
  };
  if (!always_copy) return wrap_changed(self, flatten);
  Shell shell;
  if (!cast_tiny(a, a.dtype(), shell.array())) return nullptr;
  flatten(shell.array().new_layout());
  return shell.release();
}

PyObject* flattened(PyObject* self, char order, bool always_copy) {
  if (order != 'F')
    if (PyObject* dense = flatten_dense(self, always_copy)) return dense;
  bool copied = false;
  const Array a = viewable(self);
  const Array source = order == 'K' ? flat_in_memory_order(a) : a;
  Array flat = reshaped(source, Dims{-1}, order == 'K' ? 'C' : order, &copied);
  // A view with a step is flat but not contiguous: ravel copies it, as NumPy's does.
  if (!copied && (always_copy || !flat.c_contiguous())) return wrap(copy(flat, 'C'));
  return wrap_reshaped(std::move(flat), copied, self);
}

PyObject* ravel(PyObject* self, Fast args, Py_ssize_t nargs, PyObject* kwnames) noexcept {
  static constexpr Signature<1> kRavel{"ravel", 1, 0, {"order"}};
  return guarded([&]() -> PyObject* {
    PyObject* order;
    if (!kRavel.parse(args, nargs, kwnames, &order)) return nullptr;
    return flattened(self, order_argument(order, 'C'), false);
  });
}

PyObject* flatten(PyObject* self, Fast args, Py_ssize_t nargs, PyObject* kwnames) noexcept {
  static constexpr Signature<1> kFlatten{"flatten", 1, 0, {"order"}};
  return guarded([&]() -> PyObject* {
    PyObject* order;
    if (!kFlatten.parse(args, nargs, kwnames, &order)) return nullptr;
    return flattened(self, order_argument(order, 'C'), true);
  });
}

Dims checked_axes(const Dims& axes, int rank) {
  if (axes.size() != rank) raise(ErrorKind::kValue, "axes don't match array");
  Dims out;
  uint64_t seen = 0;
  for (int64_t axis : axes) {
    const int normal = normalize_axis(axis, rank);
    if (seen >> normal & 1) raise(ErrorKind::kValue, "repeated axis in transpose");
    seen |= uint64_t{1} << normal;
    out.push_back(normal);
  }
  return out;
}

PyObject* transpose_method(PyObject* self, Fast args, Py_ssize_t nargs) noexcept {
  return guarded([&]() -> PyObject* {
    const Array a = viewable(self);
    if (nargs == 0 || (nargs == 1 && args[0] == Py_None)) return wrap_shaped(reversed_axes(a), self);
    Dims axes;
    if (!dims_from_arguments(args, nargs, axes)) return nullptr;
    return wrap_shaped(permuted(a, checked_axes(axes, a.rank())), self);
  });
}

/// An axis argument, whose AxisError begins with the argument's name.
int named_axis(PyObject* o, int rank, const char* argument) {
  const int64_t axis = integer(o);
  if (axis < -rank || axis >= rank)
    raise(ErrorKind::kAxis, std::string(argument) + ": axis " + std::to_string(axis) +
                                " is out of bounds for array of dimension " + std::to_string(rank));
  return normalize_axis(axis, rank);
}

PyObject* swapaxes(PyObject* self, Fast args, Py_ssize_t nargs, PyObject* kwnames) noexcept {
  static constexpr Signature<2> kSwap{"swapaxes", 2, 2, {"axis1", "axis2"}};
  return guarded([&]() -> PyObject* {
    PyObject* values[2];
    if (!kSwap.parse(args, nargs, kwnames, values)) return nullptr;
    const Array a = viewable(self);
    const int first = named_axis(values[0], a.rank(), "axis1"), second = named_axis(values[1], a.rank(), "axis2");
    Dims axes;
    for (int axis = 0; axis < a.rank(); ++axis) axes.push_back(axis == first ? second : axis == second ? first : axis);
    return wrap_view(permuted(a, axes), self);
  });
}

PyObject* squeeze(PyObject* self, Fast args, Py_ssize_t nargs, PyObject* kwnames) noexcept {
  static constexpr Signature<1> kSqueeze{"squeeze", 1, 0, {"axis"}};
  return guarded([&]() -> PyObject* {
    PyObject* axis;
    if (!kSqueeze.parse(args, nargs, kwnames, &axis)) return nullptr;
    const Array a = viewable(self);
    uint64_t mask = 0;
    if (given(axis) && !axis_mask(axis, a.rank(), mask)) return nullptr;
    Layout layout;
    layout.offset = a.layout().offset;
    for (int i = 0; i < a.rank(); ++i) {
      const bool asked = given(axis) ? (mask >> i & 1) != 0 : a.shape()[i] == 1;
      if (asked && a.shape()[i] != 1)
        raise(ErrorKind::kValue, "cannot select an axis to squeeze out which has size not equal to one");
      if (asked) continue;
      layout.shape.push_back(a.shape()[i]);
      layout.strides.push_back(a.strides()[i]);
    }
    if (!given(axis) && layout.rank() == a.rank()) return Py_NewRef(self);
    return wrap_shaped(a.view(std::move(layout)), self);
  });
}

/// NumPy's view of our memory, as an array type of its own or a dtype outside the table.
PyObject* view_in_numpy(PyObject* self, PyObject* asked) {
  PyErr_Clear();
  const PyRef array = checked(numpy_array(self));
  return PyObject_CallMethod(array.get(), "view", "O", asked);
}

PyObject* view_method(PyObject* self, Fast args, Py_ssize_t nargs, PyObject* kwnames) noexcept {
  static constexpr Signature<2> kView{"view", 2, 0, {"dtype", "type"}};
  return guarded([&]() -> PyObject* {
    PyObject* values[2];
    if (!kView.parse(args, nargs, kwnames, values)) return nullptr;
    PyObject* asked = values[0];
    const bool array_type = asked && PyType_Check(asked) &&
                            (asked == reinterpret_cast<PyObject*>(ndarray_type) ||
                             PyType_IsSubtype(reinterpret_cast<PyTypeObject*>(asked), &PyArray_Type));
    if (values[1] || (array_type && asked != reinterpret_cast<PyObject*>(ndarray_type))) {
      return view_in_numpy(self, values[1] ? values[1] : asked);
    }
    if (!given(asked) || array_type) {
      if (array_of(self).scalar_flag) return Py_NewRef(self);
      return wrap_view(array_of(self).view(array_of(self).layout()), self);
    }
    const Array a = viewable(self);
    DType dtype;
    if (!dtype_from(asked, dtype)) return view_in_numpy(self, asked);
    Array result = reinterpreted(a, dtype);
    result.scalar_flag = array_of(self).scalar_flag;
    return wrap_view(std::move(result), self);
  });
}

void check_resizable(PyObject* self, bool refcheck) {
  constexpr Py_ssize_t kCallersOwn = 2;  // a name of the caller's, and this call
  const Array& a = array_of(self);
  const auto* object = reinterpret_cast<PyNdarray*>(self);
  if (object->base || a.scalar_flag || a.storage()->foreign)
    raise(ErrorKind::kValue, "cannot resize this array: it does not own its data");
  if (!a.c_contiguous() && !a.f_contiguous()) raise(ErrorKind::kValue, "resize only works on single-segment arrays");
  if (refcheck && (Py_REFCNT(self) > kCallersOwn || object->weakrefs || a.storage()->refs() > 1))
    raise(ErrorKind::kValue,
          "cannot resize an array that references or is referenced\nby another array in this way.\n"
          "Use the np.resize function or refcheck=False");
}

/// The first elements of `a` in memory order, zeros after them, in a's memory order.
Array resized(const Array& a, const Dims& shape) {
  const char order = a.c_contiguous() ? 'C' : 'F';
  Array out = full(shape, cast_scalar(Scalar::of(DType::kI64, int64_t{0}), a.dtype()));
  if (order == 'F') out = copy(out, 'F');
  const Array from = reshaped(a, Dims{-1}, order), to = reshaped(out, Dims{-1}, order);
  Layout part = to.layout();
  part.shape[0] = std::min(from.size(), to.size());
  Array kept = to.view(part);
  assign(kept, from.view({part.shape, from.strides(), from.layout().offset}));
  return out;
}

/// resize(*new_shape, refcheck=True). Views of the array keep the memory that they had.
PyObject* resize_method(PyObject* self, Fast args, Py_ssize_t nargs, PyObject* kwnames) noexcept {
  static constexpr Signature<1> kKeywords{"resize", 0, 0, {"refcheck"}};
  return guarded([&]() -> PyObject* {
    PyObject* refcheck = nullptr;
    if (!kKeywords.parse(args + nargs, 0, kwnames, &refcheck)) return nullptr;
    Dims shape;
    if (nargs == 0 || (nargs == 1 && args[0] == Py_None)) Py_RETURN_NONE;
    if (!dims_from_arguments(args, nargs, shape)) return nullptr;
    for (int64_t extent : shape)
      if (extent < 0) raise(ErrorKind::kValue, "negative dimensions not allowed");
    Array& a = array_of(self);
    const bool same_size = Layout{shape, shape, 0}.size() == a.size();
    if (!same_size) check_resizable(self, flag(refcheck, true));
    const bool writeable = a.writeable;
    a = same_size ? reshaped(a, shape, a.c_contiguous() ? 'C' : 'F') : resized(a, shape);
    a.writeable = writeable;
    Py_RETURN_NONE;
  });
}

}  // namespace

PyMethodDef kShapeMethods[] = {
    {"reshape", entry(&reshape_method), kFast,
     "reshape($self, /, *shape, order='C', copy=None)\n--\n\n"
     "The elements in another shape: a view where possible."},
    {"ravel", entry(&ravel), kFast,
     "ravel($self, /, order='C')\n--\n\n"
     "The elements in one axis: a view where possible."},
    {"flatten", entry(&flatten), kFast,
     "flatten($self, /, order='C')\n--\n\n"
     "A copy of the elements in one axis."},
    {"transpose", entry(&transpose_method), METH_FASTCALL,
     "transpose($self, /, *axes)\n--\n\n"
     "View with the axes permuted, or reversed."},
    {"swapaxes", entry(&swapaxes), kFast,
     "swapaxes($self, axis1, axis2, /)\n--\n\n"
     "View with two axes exchanged."},
    {"squeeze", entry(&squeeze), kFast,
     "squeeze($self, /, axis=None)\n--\n\n"
     "View without the axes of extent one."},
    {"resize", entry(&resize_method), kFast,
     "resize($self, /, *new_shape, refcheck=True)\n--\n\n"
     "Changes shape and size in place: elements are dropped, or zeros added, at the end."},
    {"view", entry(&view_method), kFast,
     "view($self, /, *args, **kwargs)\n--\n\n"
     "View of the same memory, also as another dtype."},
    {},
};

}  // namespace crossarray::python
