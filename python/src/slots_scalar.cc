// Conversions of arrays to Python values: bool, int, float, complex, index, hash, len, and `item`.
#include "python/src/elements.h"
#include "python/src/numpy_api.h"
#include "python/src/pyref.h"
#include "python/src/slots.h"
#include "python/src/warn.h"

namespace crossarray::python {
namespace {

/// Throws what bool(x) says about an array that is not one element.
void require_one_truth(const Array& a) {
  const int64_t size = a.size();
  if (size == 1) return;
  raise(ErrorKind::kValue, size == 0
                               ? "The truth value of an empty array is ambiguous. Use `array.size > 0` to check that "
                                 "an array is not empty."
                               : "The truth value of an array with more than one element is ambiguous. Use a.any() "
                                 "or a.all()");
}

int truth(PyObject* self) noexcept try {
  const Array& a = array_of(self);
  require_one_truth(a);
  const std::byte* bytes = read_host(a);
  if (a.dtype() == DType::kBool) return *bytes != std::byte{0};
  if (a.dtype() == DType::kF64) return *reinterpret_cast<const double*>(bytes) != 0.0;
  PyRef value(element_to_python(bytes, a.dtype()));
  return value ? PyObject_IsTrue(value.get()) : -1;
} catch (...) {
  translate_current_exception();
  return -1;
}

/// The element for int(), float() and complex(), which take 0-d arrays only. Null with TypeError set.
PyRef only_element(PyObject* self) {
  const Array& a = array_of(self);
  if (a.rank() == 0) return PyRef(item(a));
  PyErr_SetString(PyExc_TypeError, "only 0-dimensional arrays can be converted to Python scalars");
  return PyRef();
}

/// NumPy's complex scalars warn and drop the imaginary part where its arrays raise. Throws what the warning raises.
void discard_imaginary(const Array& a, PyRef& value) {
  if (!value || !a.scalar_flag || !is_complex(a.dtype())) return;
  warn_discarded(a.dtype(), DType::kF64);
  value = PyRef(PyFloat_FromDouble(PyComplex_RealAsDouble(value.get())));
}

PyObject* to_float(PyObject* self) noexcept try {
  const Array& a = array_of(self);
  if (a.rank() == 0 && a.dtype() == DType::kF64) return element_to_python(read_host(a), DType::kF64);
  PyRef value = only_element(self);
  discard_imaginary(a, value);
  return value ? PyNumber_Float(value.get()) : nullptr;
} catch (...) {
  return translate_current_exception();
}

PyObject* to_int(PyObject* self) noexcept try {
  PyRef value = only_element(self);
  discard_imaginary(array_of(self), value);
  return value ? PyNumber_Long(value.get()) : nullptr;
} catch (...) {
  return translate_current_exception();
}

PyObject* to_index(PyObject* self) noexcept try {
  const Array& a = array_of(self);
  if (a.rank() == 0 && is_integer(a.dtype())) return item(a);
  PyErr_SetString(PyExc_TypeError, "only integer scalar arrays can be converted to a scalar index");
  return nullptr;
} catch (...) {
  return translate_current_exception();
}

Py_hash_t hash(PyObject* self) noexcept {
  if (!array_of(self).scalar_flag) {
    PyErr_SetString(PyExc_TypeError, "unhashable type: 'crossarray.ndarray'");
    return -1;
  }
  PyRef value(item(array_of(self)));
  return value ? PyObject_Hash(value.get()) : -1;
}

Py_ssize_t length(PyObject* self) noexcept {
  const Array& a = array_of(self);
  if (a.rank() > 0) return a.shape()[0];
  PyErr_SetString(PyExc_TypeError, "len() of unsized object");
  return -1;
}

PyObject* iterate(PyObject* self) noexcept {
  if (array_of(self).rank() > 0) return PySeqIter_New(self);
  PyErr_SetString(PyExc_TypeError, "iteration over a 0-d array");
  return nullptr;
}

/// `value in x` is (x == value).any().
int contains(PyObject* self, PyObject* value) noexcept try {
  PyRef equal(PyObject_RichCompare(self, value, Py_EQ));
  if (!equal) return -1;
  if (!is_ndarray(equal.get())) return PyObject_IsTrue(equal.get());
  const Array& mask = array_of(equal.get());
  const uint64_t all_axes = mask.rank() == 64 ? ~uint64_t{0} : (uint64_t{1} << mask.rank()) - 1;
  return *read_host(reduce(ReduceKind::kAny, mask, all_axes)) != std::byte{0};
} catch (...) {
  translate_current_exception();
  return -1;
}

/// PySequence_SetItem, which C code calls.
int sequence_set_item(PyObject* self, Py_ssize_t i, PyObject* value) noexcept {
  const PyRef key(PyLong_FromSsize_t(i));
  return key ? set_item(self, key.get(), value) : -1;
}

}  // namespace

PyObject* item(const Array& a) noexcept try { return element_to_python(read_host(a), a.dtype()); } catch (...) {
  return translate_current_exception();
}

PyType_Slot kScalarSlots[] = {
    {Py_nb_bool, reinterpret_cast<void*>(&truth)},
    {Py_nb_float, reinterpret_cast<void*>(&to_float)},
    {Py_nb_int, reinterpret_cast<void*>(&to_int)},
    {Py_nb_index, reinterpret_cast<void*>(&to_index)},
    {Py_tp_hash, reinterpret_cast<void*>(&hash)},
    {Py_mp_length, reinterpret_cast<void*>(&length)},
    {Py_sq_length, reinterpret_cast<void*>(&length)},
    {Py_sq_contains, reinterpret_cast<void*>(&contains)},
    {Py_sq_item, reinterpret_cast<void*>(&sequence_item)},
    {Py_sq_ass_item, reinterpret_cast<void*>(&sequence_set_item)},
    {Py_tp_iter, reinterpret_cast<void*>(&iterate)},
    {},
};

}  // namespace crossarray::python
