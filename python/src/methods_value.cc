// Methods that read or copy elements: astype, copy, item, take, tolist, tobytes, fill.
#include <string>
#include <vector>

#include "dispatch/core/view.h"
#include "python/src/elements.h"
#include "python/src/index_short.h"
#include "python/src/index_terms.h"
#include "python/src/native.h"
#include "python/src/numpy_api.h"
#include "python/src/parameters.h"
#include "python/src/shaping.h"
#include "python/src/shells.h"
#include "python/src/slots.h"
#include "python/src/warn.h"

namespace crossarray::python {
namespace {

const char* casting_name(Casting casting) {
  switch (casting) {
    case Casting::kNo: return "no";
    case Casting::kEquiv: return "equiv";
    case Casting::kSafe: return "safe";
    case Casting::kSameKind: return "same_kind";
    case Casting::kUnsafe: return "unsafe";
    case Casting::kSameValue: return "same_value";
  }
  return "";
}

void check_cast(DType from, DType to, Casting casting) {
  if (can_cast(from, to, casting)) return;
  raise(ErrorKind::kType, std::string("Cannot cast array data from dtype('") + name(from) + "') to dtype('" + name(to) +
                              "') according to the rule '" + casting_name(casting) + "'");
}

/// casting="same_value": every element must come back unchanged, but that all become bools. Evaluates.
void check_same_value(const Array& a, const Array& converted) {
  if (converted.dtype() == DType::kBool) return;
  const Array back = cast(converted, a.dtype());
  const Array same = apply(Op::logical_or, {apply(Op::equal, {back, a}), apply(Op::not_equal, {a, a})});
  const Array kept = is_integer(converted.dtype()) ? apply(Op::equal, {back, a}) : same;  // no integer is a NaN
  ReduceOptions all;
  if (element(reduce(ReduceKind::kAll, kept, (uint64_t{1} << kept.rank()) - 1, all)).as<bool>()) return;
  raise(ErrorKind::kValue,
        std::string("could not cast 'same_value' ") + name(a.dtype()) + " to " + name(converted.dtype()));
}

/// A copy as `dtype`; of a scalar a scalar.
PyObject* wrap_cast(const Array& a, DType dtype, char order) {
  Shell shell;
  Array& result = shell.array();
  if ((order == 'F' && a.rank() > 1) || !cast_tiny(a, dtype, result)) result = cast(a, dtype, order);
  result.scalar_flag = a.scalar_flag;
  return shell.release();
}

PyObject* astype(PyObject* self, Fast args, Py_ssize_t nargs, PyObject* kwnames) noexcept {
  static constexpr Signature<6> kAsType{"astype", 5, 1, {"dtype", "order", "casting", "subok", "copy", "device"}};
  return guarded([&]() -> PyObject* {
    PyObject* values[6];
    if (!kAsType.parse(args, nargs, kwnames, values)) return nullptr;
    const Array& a = array_of(self);
    DType dtype;
    if (!dtype_from(values[0], dtype)) {  // strings, objects, dates: NumPy's arrays
      PyErr_Clear();
      PyRef array(numpy_array(self));
      PyRef method(array ? PyObject_GetAttrString(array.get(), "astype") : nullptr);
      return method ? PyObject_Vectorcall(method.get(), args, static_cast<size_t>(nargs), kwnames) : nullptr;
    }
    const Casting casting = casting_argument(values[2], Casting::kUnsafe);
    check_cast(a.dtype(), dtype, casting);
    warn_discarded(a.dtype(), dtype);
    const char order = order_argument(values[1], 'K');
    const bool fits =
        dtype == a.dtype() && (order == 'K' || order == 'A' || (order == 'C' ? a.c_contiguous() : a.f_contiguous()));
    if (fits && values[4] && !flag(values[4], true)) return Py_NewRef(self);
    PyRef result(wrap_cast(a, dtype, order));
    if (casting == Casting::kSameValue) check_same_value(a, array_of(result.get()));
    return result.release();
  });
}

PyObject* copy_method(PyObject* self, Fast args, Py_ssize_t nargs, PyObject* kwnames) noexcept {
  static constexpr Signature<1> kCopy{"copy", 1, 0, {"order"}};
  return guarded([&]() -> PyObject* {
    PyObject* order;
    if (!kCopy.parse(args, nargs, kwnames, &order)) return nullptr;
    const Array& a = array_of(self);
    return wrap_cast(a, a.dtype(), order_argument(order, 'C'));
  });
}

/// Byte offset of the element that item(i) or item(i, j, ...) names.
int64_t item_offset(const Array& a, Fast args, Py_ssize_t nargs) {
  // A copy: an index's __index__ may reshape the array.
  const Layout in = a.layout();  // NOLINT(performance-unnecessary-copy-initialization)
  int64_t offset = 0;
  if (nargs == 1 && !PyTuple_Check(args[0])) {  // position in C order
    const int64_t asked = integer(args[0]), size = in.size();
    if (asked < -size || asked >= size)
      raise(ErrorKind::kIndex, "index " + std::to_string(asked) + " is out of bounds for size " + std::to_string(size));
    int64_t flat = asked < 0 ? asked + size : asked;
    for (int axis = in.rank() - 1; axis >= 0; --axis) {
      offset += flat % in.shape[axis] * in.strides[axis];
      flat /= in.shape[axis];
    }
    return offset;
  }
  const bool tuple = nargs == 1;
  const Py_ssize_t count = tuple ? PyTuple_GET_SIZE(args[0]) : nargs;
  if (count != in.rank()) raise(ErrorKind::kValue, "incorrect number of indices for array");
  for (int axis = 0; axis < in.rank(); ++axis) {
    PyObject* index = tuple ? PyTuple_GET_ITEM(args[0], axis) : args[axis];
    offset += wrap_index(integer(index), axis, in.shape[axis]) * in.strides[axis];
  }
  return offset;
}

PyObject* item_method(PyObject* self, Fast args, Py_ssize_t nargs) noexcept {
  return guarded([&] {
    const Array& a = array_of(self);
    if (nargs > 0) {
      const int64_t offset = item_offset(a, args, nargs);
      const Array one = only_elements(a.view(Layout{{}, {}, a.layout().offset + offset}));
      return element_to_python(read_host(one), a.dtype());
    }
    if (a.size() != 1) raise(ErrorKind::kValue, "can only convert an array of size 1 to a Python scalar");
    return item(a);
  });
}

PyObject* list_of(const std::byte* data, const Layout& layout, DType dtype, int axis) {
  if (axis == layout.rank()) return element_to_python(data, dtype);
  PyRef list(PyList_New(layout.shape[axis]));
  if (!list) return nullptr;
  for (int64_t i = 0; i < layout.shape[axis]; ++i) {
    PyObject* entry = list_of(data + i * layout.strides[axis], layout, dtype, axis + 1);
    if (!entry) return nullptr;
    PyList_SET_ITEM(list.get(), i, entry);
  }
  return list.release();
}

/// The axis of take(positions, axis) and take(positions, axis=axis), counted from the front; -1 for every other call.
int plain_axis(const Array& a, Fast args, Py_ssize_t nargs, PyObject* kwnames) {
  const bool by_name = nargs == 1 && kwnames && PyTuple_GET_SIZE(kwnames) == 1 &&
                       PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(kwnames, 0), "axis") == 0;
  if (!by_name && !(nargs == 2 && !kwnames)) return -1;
  if (Py_TYPE(args[0]) != ndarray_type || !PyLong_CheckExact(args[1])) return -1;
  const Array& positions = array_of(args[0]);
  int overflow = 0;
  const long axis = PyLong_AsLongAndOverflow(args[1], &overflow);
  if (positions.dtype() != DType::kI64 || positions.rank() == 0 || overflow != 0) return -1;
  return axis < -a.rank() || axis >= a.rank() ? -1 : static_cast<int>(axis < 0 ? axis + a.rank() : axis);
}

/// Is neither pinned to a device?
bool is_auto(PyObject* a, PyObject* b) {
  return array_of(a).value().pin() == kAuto && array_of(b).value().pin() == kAuto;
}

/// Positions in an array, alone or along an axis, are taken at once; all other calls are the package's take(a, ...).
PyObject* take(PyObject* self, Fast args, Py_ssize_t nargs, PyObject* kwnames) noexcept {
  return guarded([&]() -> PyObject* {
    if (nargs == 1 && !kwnames && Py_TYPE(args[0]) == ndarray_type && array_of(args[0]).dtype() == DType::kI64) {
      Shell shell;
      if (short_get(array_of(self), args[0], shell.array())) return shell.release();
    }
    if (const int axis = plain_axis(array_of(self), args, nargs, kwnames); axis >= 0 && is_auto(self, args[0])) {
      const Array a = array_of(self), positions = array_of(args[0]);  // kept: others may run while values are looked at
      return wrap(take_along(a, positions, axis));
    }
    const PyRef package = checked(PyImport_ImportModule("crossarray"));
    const PyRef function = checked(PyObject_GetAttrString(package.get(), "take"));
    std::vector<PyObject*> all{self};
    all.insert(all.end(), args, args + nargs + (kwnames ? PyTuple_GET_SIZE(kwnames) : 0));
    return PyObject_Vectorcall(function.get(), all.data(), static_cast<size_t>(nargs) + 1, kwnames);
  });
}

PyObject* tolist(PyObject* self, PyObject*) noexcept {
  return guarded([&] {
    // Keeps the elements while lists are made, which may run the garbage collector.
    const Array a = only_elements(array_of(self));
    return list_of(read_host(a), a.layout(), a.dtype(), 0);
  });
}

PyObject* tobytes(PyObject* self, Fast args, Py_ssize_t nargs, PyObject* kwnames) noexcept {
  static constexpr Signature<1> kToBytes{"tobytes", 1, 0, {"order"}};
  return guarded([&]() -> PyObject* {
    PyObject* order_object;
    if (!kToBytes.parse(args, nargs, kwnames, &order_object)) return nullptr;
    const Array& a = array_of(self);
    const char order = order_argument(order_object, 'C');
    const bool fortran = order == 'F' || (order != 'C' && a.f_contiguous() && !a.c_contiguous());
    const Array dense = as_contiguous(fortran ? reversed_axes(a) : a);
    return PyBytes_FromStringAndSize(reinterpret_cast<const char*>(read_host(dense)),
                                     static_cast<Py_ssize_t>(dense.size() * static_cast<int64_t>(dense.item())));
  });
}

/// The array itself when it is real, as in NumPy.
PyObject* conjugate(PyObject* self, PyObject*) noexcept {
  return guarded([&] {
    const Array& a = array_of(self);
    return is_complex(a.dtype()) ? wrap(apply(Op::conjugate, {Arg(a)})) : Py_NewRef(self);
  });
}

/// setflags(write=None, align=None, uic=None): only write can be changed.
PyObject* setflags(PyObject* self, Fast args, Py_ssize_t nargs, PyObject* kwnames) noexcept {
  static constexpr Signature<3> kSetFlags{"setflags", 3, 0, {"write", "align", "uic"}};
  PyObject* values[3];
  if (!kSetFlags.parse(args, nargs, kwnames, values)) return nullptr;
  if (!given(values[0])) Py_RETURN_NONE;
  PyRef flags(PyObject_GetAttrString(self, "flags"));
  if (!flags || PyObject_SetAttrString(flags.get(), "writeable", values[0]) < 0) return nullptr;
  Py_RETURN_NONE;
}

}  // namespace

PyMethodDef kValueMethods[] = {
    {"astype", entry(&astype), kFast,
     "astype($self, /, dtype, order='K', casting='unsafe', subok=True, copy=True, *, device=None)\n--\n\n"
     "A copy as another dtype (copy=False: the array itself if it fits)."},
    {"copy", entry(&copy_method), kFast,
     "copy($self, /, order='C')\n--\n\n"
     "A copy, in C order unless asked otherwise."},
    {"item", entry(&item_method), METH_FASTCALL,
     "item($self, /, *args)\n--\n\n"
     "One element as a Python bool, int, float or complex."},
    {"take", entry(&take), kFast,
     "take($self, /, indices, axis=None, out=None, mode='raise')\n--\n\n"
     "Elements at indices along an axis (of the flattened array without one)."},
    {"tolist", tolist, METH_NOARGS,
     "tolist($self, /)\n--\n\n"
     "Nested lists of Python values."},
    {"tobytes", entry(&tobytes), kFast,
     "tobytes($self, /, order='C')\n--\n\n"
     "The elements' bytes in C or Fortran order."},
    {"conj", conjugate, METH_NOARGS,
     "conj($self, /)\n--\n\n"
     "Complex conjugate; the array itself when it is real."},
    {"conjugate", conjugate, METH_NOARGS,
     "conjugate($self, /)\n--\n\n"
     "Complex conjugate; the array itself when it is real."},
    {"fill", fill_method, METH_O,
     "fill($self, /, value)\n--\n\n"
     "Sets every element to one value."},
    {"setflags", entry(&setflags), kFast,
     "setflags($self, /, write=None, align=None, uic=None)\n--\n\n"
     "Makes the array read-only or writeable."},
    {},
};

}  // namespace crossarray::python
