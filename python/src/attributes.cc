// Attributes of ndarray: shape, dtype, strides, T, real, ...
#include <algorithm>

#include "dispatch/core/view.h"
#include "dispatch/plan/devices.h"
#include "python/src/dims.h"
#include "python/src/flags.h"
#include "python/src/numpy_api.h"
#include "python/src/parameters.h"
#include "python/src/shaping.h"
#include "python/src/shells.h"
#include "python/src/slots.h"

namespace crossarray::python {
namespace {

PyObject* get_shape(PyObject* self, void*) { return tuple_of(array_of(self).shape()); }
PyObject* get_strides(PyObject* self, void*) { return tuple_of(array_of(self).strides()); }
PyObject* get_dtype(PyObject* self, void*) { return dtype_object(array_of(self).dtype()); }
PyObject* get_ndim(PyObject* self, void*) { return PyLong_FromLong(array_of(self).rank()); }
PyObject* get_size(PyObject* self, void*) { return PyLong_FromLongLong(array_of(self).size()); }
PyObject* get_itemsize(PyObject* self, void*) { return PyLong_FromSize_t(array_of(self).item()); }

/// The device the array is pinned to, else the one that has its elements; "auto" if that is not decided yet.
PyObject* get_device(PyObject* self, void*) {
  return guarded([&] {
    const Value& v = array_of(self).value();
    Device device = v.pin();
    if (device == kAuto && (v.on_host() || device_count() == 1)) device = kCpu;
    if (device == kAuto && !v.pending())
      for (const DeviceCopy* copy = v.copies(); copy; copy = copy->next)
        if (copy->valid) device = copy->device;
    return PyUnicode_InternFromString(device_name(device).c_str());
  });
}

PyObject* get_priority(PyObject*, void*) { return PyFloat_FromDouble(0.0); }
PyObject* get_data(PyObject* self, void*) { return PyMemoryView_FromObject(self); }

PyObject* get_nbytes(PyObject* self, void*) {
  const Array& a = array_of(self);
  return PyLong_FromLongLong(a.size() * static_cast<int64_t>(a.item()));
}

PyObject* get_flags(PyObject* self, void*) { return make_flags(self); }

PyObject* get_base(PyObject* self, void*) {
  PyObject* base = reinterpret_cast<PyNdarray*>(self)->base;
  return Py_NewRef(base ? base : Py_None);
}

/// NumPy's: an AttributeError when the new shape would need a copy, ValueError when it has another size.
int set_shape(PyObject* self, PyObject* value, void*) {
  if (!value) return PyErr_SetString(PyExc_AttributeError, "Cannot delete array shape"), -1;
  Dims shape;
  if (!dims_from(value, shape)) return -1;
  try {
    Array& a = array_of(self);
    std::optional<Layout> layout = reshape(a.layout(), resolve_reshape(a.size(), shape), a.item());
    if (!layout) {
      PyErr_SetString(
          PyExc_AttributeError,
          "Incompatible shape for in-place modification. Use `.reshape()` to make a copy with the desired shape.");
      return -1;
    }
    const bool scalar = a.scalar_flag && layout->rank() == 0;
    a = a.view(*std::move(layout));
    a.scalar_flag = scalar;
    return 0;
  } catch (...) {
    translate_current_exception();
    return -1;
  }
}

/// The same bytes as elements of another dtype, as view(dtype) gives them.
int set_dtype(PyObject* self, PyObject* value, void*) {
  if (!value) return PyErr_SetString(PyExc_AttributeError, "Cannot delete array dtype"), -1;
  try {
    Array& a = array_of(self);
    if (a.scalar_flag) return PyErr_SetString(PyExc_AttributeError, "the dtype of a scalar is not writable"), -1;
    DType dtype;
    if (!dtype_from(value, dtype)) return -1;
    const bool writeable = a.writeable;
    a = reinterpreted(a, dtype);
    a.writeable = writeable;
    return 0;
  } catch (...) {
    translate_current_exception();
    return -1;
  }
}

PyObject* get_transposed(PyObject* self, void*) {
  return guarded([&] {
    if (array_of(self).scalar_flag) return Py_NewRef(self);
    return wrap_changed(self, [](Layout& layout) {
      std::reverse(layout.shape.begin(), layout.shape.end());
      std::reverse(layout.strides.begin(), layout.strides.end());
      return true;
    });
  });
}

PyObject* get_matrix_transposed(PyObject* self, void*) {
  return guarded([&]() -> PyObject* {
    const Array& a = array_of(self);
    if (a.scalar_flag) return PyErr_SetString(PyExc_AttributeError, "a scalar has no attribute 'mT'"), nullptr;
    if (a.rank() < 2) raise(ErrorKind::kValue, "matrix transpose with ndim < 2 is undefined");
    SmallVector<int, 8> axes;
    for (int axis = 0; axis < a.rank(); ++axis) axes.push_back(axis);
    std::swap(axes[a.rank() - 1], axes[a.rank() - 2]);
    return wrap_view(a.view(transpose(a.layout(), {axes.data(), static_cast<size_t>(axes.size())})), self);
  });
}

/// The real or imaginary parts of a complex array, as a view.
Array part_view(PyObject* self, bool imaginary) {
  const Array a = viewable(self);
  Layout layout = a.layout();
  const DType part = real_of(a.dtype());
  if (imaginary) layout.offset += static_cast<int64_t>(itemsize(part));
  return a.view_as(part, std::move(layout));
}

/// A part of a scalar is a scalar.
PyObject* wrap_part(Array part, PyObject* self) {
  part.scalar_flag = array_of(self).scalar_flag;
  return wrap_view(std::move(part), self);
}

PyObject* get_real(PyObject* self, void*) {
  return guarded(
      [&] { return is_complex(array_of(self).dtype()) ? wrap_part(part_view(self, false), self) : Py_NewRef(self); });
}

PyObject* get_imag(PyObject* self, void*) {
  return guarded([&] {
    const Array& a = array_of(self);
    if (is_complex(a.dtype())) return wrap_part(part_view(self, true), self);
    Scalar zero;
    zero.dtype = a.dtype();
    Array zeros = full(a.shape(), zero);
    zeros.writeable = false;
    zeros.scalar_flag = a.scalar_flag;
    return wrap(std::move(zeros));
  });
}

int assign_part(PyObject* self, PyObject* value, bool imaginary) {
  if (!value) return PyErr_SetString(PyExc_AttributeError, "Cannot delete array part"), -1;
  try {
    Array& a = array_of(self);
    if (!is_complex(a.dtype()) && imaginary)
      raise(ErrorKind::kType, "cannot set imaginary part of array with non-complex dtype");
    if (a.scalar_flag) raise(ErrorKind::kType, "the parts of a scalar cannot be set");
    OperandHolder operand;
    if (!to_operand(value, operand)) return -1;
    Array part = is_complex(a.dtype()) ? part_view(self, imaginary) : a;
    assign(part, operand.arg());
    return 0;
  } catch (...) {
    translate_current_exception();
    return -1;
  }
}

int set_real(PyObject* self, PyObject* value, void*) { return assign_part(self, value, false); }
int set_imag(PyObject* self, PyObject* value, void*) { return assign_part(self, value, true); }

/// A scalar is of the class that NumPy's is, to who asks with isinstance: np.floating, float, numbers.Number. type() gives
/// ndarray.
PyObject* get_class(PyObject* self, void*) {
  const Array& a = array_of(self);
  PyTypeObject* const type = a.scalar_flag ? descr_of(a.dtype())->typeobj : Py_TYPE(self);
  return Py_NewRef(reinterpret_cast<PyObject*>(type));
}

}  // namespace

PyGetSetDef kAttributes[] = {
    {"__class__", get_class, nullptr, "The type; of a scalar the class of NumPy's scalar.", nullptr},
    {"shape", get_shape, set_shape, "Extents of the axes. Setting it reshapes in place.", nullptr},
    {"strides", get_strides, nullptr, "Bytes to step along each axis.", nullptr},
    {"dtype", get_dtype, set_dtype, "Element type, a numpy.dtype. Setting it looks at the same bytes anew.", nullptr},
    {"ndim", get_ndim, nullptr, "Number of axes.", nullptr},
    {"size", get_size, nullptr, "Number of elements.", nullptr},
    {"itemsize", get_itemsize, nullptr, "Bytes of one element.", nullptr},
    {"nbytes", get_nbytes, nullptr, "Bytes of all elements.", nullptr},
    {"base", get_base, nullptr, "The object that owns the memory, None if it is this one.", nullptr},
    {"device", get_device, nullptr, "Name of the device that holds the elements.", nullptr},
    {"data", get_data, nullptr, "A memoryview of the elements.", nullptr},
    {"flags", get_flags, nullptr, "Facts about the memory: c_contiguous, writeable, ...", nullptr},
    {"T", get_transposed, nullptr, "View with the axes reversed.", nullptr},
    {"mT", get_matrix_transposed, nullptr, "View with the last two axes swapped.", nullptr},
    {"real", get_real, set_real, "Real parts: a view for complex dtypes, else the array itself.", nullptr},
    {"imag", get_imag, set_imag, "Imaginary parts: a view for complex dtypes, else read-only zeros.", nullptr},
    {"__array_priority__", get_priority, nullptr, "Rank among array types in operators.", nullptr},
    {},
};

}  // namespace crossarray::python
