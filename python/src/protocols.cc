// Protocols other libraries speak: __array__, __array_interface__, DLPack, pickle, copy.
#include "dispatch/plan/devices.h"
#include "dispatch/plan/residency.h"
#include "python/src/args.h"
#include "python/src/dlpack.h"
#include "python/src/numpy_arrays.h"
#include "python/src/parameters.h"
#include "python/src/slots.h"

namespace crossarray::python {
namespace {

/// __array__(dtype=None, copy=None): our memory as a NumPy array, or NumPy's copy of it.
PyObject* array_protocol(PyObject* self, Fast args, Py_ssize_t nargs, PyObject* kwnames) noexcept {
  static constexpr Signature<2> kArray{"__array__", 2, 0, {"dtype", "copy"}};
  return guarded([&]() -> PyObject* {
    PyObject* values[2];
    if (!kArray.parse(args, nargs, kwnames, values)) return nullptr;
    PyRef view = to_numpy(array_of(self));
    auto* array = reinterpret_cast<PyArrayObject*>(view.get());
    PyArray_Descr* descr = nullptr;
    if (given(values[0]) && !PyArray_DescrConverter(values[0], &descr)) return nullptr;
    PyRef owner(reinterpret_cast<PyObject*>(descr));
    const bool same = !descr || PyArray_EquivTypes(descr, PyArray_DESCR(array));
    if (!same && values[1] == Py_False)
      raise(ErrorKind::kValue, "Unable to avoid copy while creating an array as requested.");
    if (!same) return PyArray_CastToType(array, reinterpret_cast<PyArray_Descr*>(owner.release()), 0);
    return values[1] == Py_True ? PyArray_NewCopy(array, NPY_KEEPORDER) : view.release();
  });
}

/// NumPy views (which count as exports) of the arrays whose address was given away, by the array object's own address.
PyObject* lent_views() {
  static PyObject* views = PyDict_New();
  return views;
}

/// Called when the array object `key` stands for has died.
PyObject* forget_view(PyObject* key, PyObject*) {
  if (PyDict_DelItem(lent_views(), key) < 0) PyErr_Clear();
  Py_RETURN_NONE;
}

/// Keeps `view`, and with it the storage shared, for as long as the array object `self` lives.
void lend_while_alive(PyObject* self, PyObject* view) {
  static PyMethodDef forget = {"forget_view", forget_view, METH_O, nullptr};
  const PyRef key = checked(PyLong_FromVoidPtr(self));
  if (PyDict_Contains(lent_views(), key.get())) return;
  const PyRef callback = checked(PyCFunction_New(&forget, key.get()));
  const PyRef watch = checked(PyWeakref_NewRef(self, callback.get()));
  const PyRef entry = checked(PyTuple_Pack(2, watch.get(), view));
  if (PyDict_SetItem(lent_views(), key.get(), entry.get()) < 0) throw PythonError{};
}

/// A consumer of the address keeps the array alive, or the dict: the storage is shared as long as either is there.
PyObject* array_interface(PyObject* self, void*) noexcept {
  return guarded([&]() -> PyObject* {
    const Array& a = array_of(self);
    if (a.dtype() == DType::kBF16) {
      PyErr_SetString(PyExc_AttributeError, "bfloat16 has no __array_interface__ type string");
      return nullptr;
    }
    if (is_remote(a.value().pin())) {
      PyErr_SetString(PyExc_AttributeError, "an array pinned to a device has no address for the host");
      return nullptr;
    }
    const PyRef view = to_numpy(a);
    PyRef interface = checked(PyObject_GetAttrString(view.get(), "__array_interface__"));
    if (PyDict_SetItemString(interface.get(), "owner", view.get()) < 0) throw PythonError{};
    lend_while_alive(self, view.get());
    return interface.release();
  });
}

/// True if a __dlpack__ call of a device array asks for memory of the host.
bool asks_for_host(PyObject* dl_device) {
  int type = 0, index = 0;
  if (absent(dl_device)) return false;
  if (!PyArg_ParseTuple(dl_device, "ii", &type, &index)) throw PythonError{};
  return type == dlpack_device(kCpu).type;
}

PyObject* cuda_array_interface(PyObject* self, void*) noexcept {
  return guarded([&]() -> PyObject* {
    if (lending_device(array_of(self)) == kCpu) {
      PyErr_SetString(PyExc_AttributeError, "an array that is not pinned to a GPU has no __cuda_array_interface__");
      return nullptr;
    }
    PyRef interface = checked(device_array_interface(self));
    const PyRef key = checked(PyUnicode_FromString("owner"));
    lend_while_alive(self, PyDict_GetItem(interface.get(), key.get()));
    return interface.release();
  });
}

/// NumPy's capsule over our memory: it holds the NumPy array, which holds the export.
PyObject* host_dlpack(PyObject* self, Fast args, Py_ssize_t nargs, PyObject* kwnames) {
  PyRef view(numpy_array(self));
  PyRef method(view ? PyObject_GetAttrString(view.get(), "__dlpack__") : nullptr);
  return method ? PyObject_Vectorcall(method.get(), args, static_cast<size_t>(nargs), kwnames) : nullptr;
}

PyObject* dlpack(PyObject* self, Fast args, Py_ssize_t nargs, PyObject* kwnames) noexcept {
  static constexpr Signature<4> kDlpack{"__dlpack__", 0, 0, {"stream", "max_version", "dl_device", "copy"}};
  return guarded([&]() -> PyObject* {
    const Array& a = array_of(self);
    if (lending_device(a) == kCpu) return host_dlpack(self, args, nargs, kwnames);
    PyObject* values[4];
    if (!kDlpack.parse(args, nargs, kwnames, values)) return nullptr;
    if (!asks_for_host(values[2])) return device_dlpack(a, values[0], values[1], values[3]);
    const PyRef copied = checked(wrap(to_device(a, kCpu)));
    PyObject* const kept[] = {values[1] ? values[1] : Py_None};
    const PyRef names = checked(Py_BuildValue("(s)", "max_version"));
    return host_dlpack(copied.get(), kept, 0, names.get());
  });
}

PyObject* dlpack_device_method(PyObject* self, PyObject*) noexcept {
  const DlpackDevice device = dlpack_device(lending_device(array_of(self)));
  return Py_BuildValue("(ii)", device.type, device.index);
}

/// Pickles as (rebuild, (NumPy array, scalar flag)).
PyObject* reduce(PyObject* self, PyObject*) noexcept {
  PyRef module(PyImport_ImportModule("crossarray._core"));
  PyRef rebuild(module ? PyObject_GetAttrString(module.get(), "_rebuild") : nullptr);
  PyRef view(rebuild ? numpy_array(self) : nullptr);
  if (!view) return nullptr;
  return Py_BuildValue("O(OO)", rebuild.get(), view.get(), array_of(self).scalar_flag ? Py_True : Py_False);
}

/// A copy in the same memory order. A scalar is a value: its copy is itself.
PyObject* copy_method(PyObject* self, PyObject*) noexcept {
  return guarded([&] { return array_of(self).scalar_flag ? Py_NewRef(self) : wrap(copy(array_of(self), 'K')); });
}

PyObject* size_of(PyObject* self, PyObject*) noexcept {
  const Array& a = array_of(self);
  return PyLong_FromSize_t(sizeof(PyNdarray) + (array_of(self).storage() ? a.value().bytes() : 0));
}

/// round(s): an int for a scalar; round(s, n): the method's result. Arrays have no __round__ in NumPy.
PyObject* round_method(PyObject* self, Fast args, Py_ssize_t nargs) noexcept {
  const DType dtype = array_of(self).dtype();
  if (!array_of(self).scalar_flag || dtype == DType::kBool || (is_complex(dtype) && nargs == 0))
    return PyErr_SetString(PyExc_TypeError, "type crossarray.ndarray doesn't define __round__ method"), nullptr;
  if (nargs > 0 && args[0] != Py_None) return PyObject_CallMethod(self, "round", "O", args[0]);
  PyRef value(item(array_of(self)));
  return value ? PyObject_CallMethod(value.get(), "__round__", nullptr) : nullptr;
}

/// format(s, spec): of a scalar the format of the Python number, as NumPy's scalars do it; the rest is the package's.
PyObject* format_method(PyObject* self, PyObject* spec) noexcept {
  const Array& a = array_of(self);
  if (a.scalar_flag && a.dtype() != DType::kBF16) {
    PyRef value(item(a));
    return value ? PyObject_Format(value.get(), spec) : nullptr;
  }
  PyRef printing(PyImport_ImportModule("crossarray._printing"));
  return printing ? PyObject_CallMethod(printing.get(), "format_of", "OO", self, spec) : nullptr;
}

/// math.trunc(s): an int, of a scalar only.
PyObject* trunc_method(PyObject* self, PyObject*) noexcept {
  const DType dtype = array_of(self).dtype();
  if (!array_of(self).scalar_flag || dtype == DType::kBool || is_complex(dtype))
    return PyErr_SetString(PyExc_TypeError, "type crossarray.ndarray doesn't define __trunc__ method"), nullptr;
  PyRef value(item(array_of(self)));
  return value ? PyObject_CallMethod(value.get(), "__trunc__", nullptr) : nullptr;
}

PyObject* complex_method(PyObject* self, PyObject*) noexcept {
  if (array_of(self).rank() != 0)
    return PyErr_SetString(PyExc_TypeError, "only 0-dimensional arrays can be converted to Python scalars"), nullptr;
  PyRef value(item(array_of(self)));
  return value ? PyObject_CallOneArg(reinterpret_cast<PyObject*>(&PyComplex_Type), value.get()) : nullptr;
}

}  // namespace

PyMethodDef kProtocolMethods[] = {
    {"__array__", entry(&array_protocol), kFast,
     "__array__($self, dtype=None, /, *, copy=None)\n--\n\n"
     "A numpy.ndarray over the same memory, or a copy of it."},
    {"__dlpack__", entry(&dlpack), kFast,
     "__dlpack__($self, /, *, stream=None, max_version=None, dl_device=None, copy=None)\n--\n\n"
     "A DLPack capsule over the same memory."},
    {"__dlpack_device__", dlpack_device_method, METH_NOARGS,
     "__dlpack_device__($self, /)\n--\n\n"
     "DLPack's device type and number: (1, 0), the CPU."},
    {"__reduce__", reduce, METH_NOARGS,
     "__reduce__($self, /)\n--\n\n"
     "What pickle needs."},
    {"__copy__", copy_method, METH_NOARGS,
     "__copy__($self, /)\n--\n\n"
     "A copy in the same memory order."},
    {"__deepcopy__", copy_method, METH_O,
     "__deepcopy__($self, memo, /)\n--\n\n"
     "A copy in the same memory order."},
    {"__sizeof__", size_of, METH_NOARGS, "Bytes of the object and its memory."},
    {"__round__", entry(&round_method), METH_FASTCALL, "round() of a scalar."},
    {"__format__", format_method, METH_O, "format() of a scalar's value, or of an array's text."},
    {"__trunc__", trunc_method, METH_NOARGS, "math.trunc() of a scalar."},
    {"__complex__", complex_method, METH_NOARGS, "complex() of a 0-d array."},
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, "ndarray[shape, dtype] in annotations."},
    {},
};

PyGetSetDef kProtocolAttributes[] = {
    {"__array_interface__", array_interface, nullptr, "NumPy's description of the memory.", nullptr},
    {"__cuda_array_interface__", cuda_array_interface, nullptr,
     "Description of memory on a GPU, for an array pinned there.", nullptr},
    {},
};

}  // namespace crossarray::python
