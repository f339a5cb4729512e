// The Python ndarray type: one thin heap type around Array.
#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "dispatch/core/array.h"
#include "dispatch/graph/record.h"

namespace crossarray::python {

struct PyNdarray {
  PyObject_HEAD PyObject* weakrefs;  // first: its offset is given to Python as sizeof(PyObject)
  PyObject* base;  // what this is a view of: an ndarray that owns its memory, or the foreign object; null for owners
  // NumPy's generators read out= as an array of theirs without asking what it is. What they take for its flags, 64 bytes
  // in, is the rank of ours thanks to this word, and no rank looks like the flags of an array they would write to.
  uint64_t unused;
  Array array;
};

extern PyTypeObject* ndarray_type;

inline bool is_ndarray(PyObject* o) { return Py_TYPE(o) == ndarray_type || PyObject_TypeCheck(o, ndarray_type); }
inline Array& array_of(PyObject* o) { return reinterpret_cast<PyNdarray*>(o)->array; }

/// New Python object around `array`; null with MemoryError set.
PyObject* wrap(Array array) noexcept;
/// The result of op(args), made in place; throws as apply() does.
PyObject* wrap_applied(Op op, std::span<const Arg> args);
/// The same for a view of `of` (an ndarray object): sets `base` (not for a scalar, which viewable() copies).
PyObject* wrap_view(Array array, PyObject* of) noexcept;
/// The array whose layout a view of `self` starts from: `self`'s own, or for a scalar (a value, architecture 5.7) a copy.
Array viewable(PyObject* self);

/// Sets the Python exception that matches the C++ exception in flight; always returns null. Use in catch (...).
PyObject* translate_current_exception() noexcept;

/// A Python bool, int, float or complex as a weak scalar. False without an exception for anything else (NumPy scalars are
/// strong: 0-d arrays).
bool weak_scalar(PyObject* o, WeakScalar& out);

/// What a ufunc accepts as an operand: our array, a weak scalar, or anything array-like that becomes one of our arrays
/// (`holder` keeps the converted array alive). Returns false with an exception set.
struct OperandHolder {
  Array array;
  WeakScalar weak;
  bool is_weak = false;
  bool single() const { return is_weak || array.size() == 1; }
  Arg arg() const { return is_weak ? Arg(weak) : Arg(array); }
};
bool to_operand(PyObject* o, OperandHolder& out);

/// array(obj): copies any array-like (nested lists, NumPy arrays, buffers, scalars) to a new Array.
/// dtype null = inferred as NumPy does. Throws Error or sets a Python error and throws PythonError.
Array from_python(PyObject* o, const DType* dtype = nullptr, bool copy = true);
/// A Python exception is set already; translate_current_exception leaves it as it is.
struct PythonError {};

/// The element of a 0-d array as a Python bool, int, float or complex (`ndarray.item`); evaluates. Null with an exception.
PyObject* item(const Array& a) noexcept;

/// numpy.dtype object <-> DType. dtype_from returns false with TypeError set if it is not one of the fifteen.
PyObject* dtype_object(DType t);  // new reference
bool dtype_from(PyObject* o, DType& out);

/// axis=None | int | tuple -> bit mask; raises AxisError, "duplicate value in 'axis'". False with an exception set.
bool axis_mask(PyObject* axis, int rank, uint64_t& mask);

/// Registration, one function per file; each returns false with an exception set.
bool register_ndarray(PyObject* module);    // ndarray.cc, slots.cc, indexing.cc, protocols.cc
bool register_ufuncs(PyObject* module);     // ufunc.cc ...
bool register_functions(PyObject* module);  // functions.cc: creation, reductions, linalg, manipulation, config

}  // namespace crossarray::python
