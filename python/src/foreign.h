// Operands that are not ours to compute with: NumPy's own dtypes and subclasses, and types with __array_ufunc__.
#pragma once

#include <span>

#include "python/src/parameters.h"

namespace crossarray::python {

/// True for what only NumPy understands: strings, objects, datetimes, structured and long double arrays or scalars,
/// masked arrays and other subclasses of numpy.ndarray. Asked only about objects that are neither ours nor weak
/// scalars.
bool belongs_to_numpy(PyObject* o);
/// True if `dtype` (any dtype-like, may be null or None) is outside the fifteen.
bool foreign_dtype(PyObject* dtype);

/// NumPy's function `name` ("add", "add.reduce", "zeros") on the arguments of this call, through the package's hook
/// (_core.set_foreign_hook). `self`, if not null, goes first: a method's array.
PyObject* call_foreign(const char* name, const Arguments& arguments, PyObject* self = nullptr);
/// _core.set_foreign_hook(f).
PyObject* set_foreign_hook(PyObject* module, PyObject* hook);

/// The __array_ufunc__ of `o`, unless it is ours or NumPy's own; null without an exception when there is none.
PyRef array_ufunc_override(PyObject* o);
/// How NumPy spells a call to an __array_ufunc__.
struct OverrideForm {
  const char* ufunc;
  const char* method;
  int inputs;                               // positional arguments that are inputs
  std::span<const char* const> later = {};  // names of the positional ones after them; empty: they are outputs
};

/// Gives the operands that override their turn: o.__array_ufunc__(numpy.<ufunc>, method, *inputs, **kwargs). Returns
/// false when none overrides; else `result` is what it returned (null with an exception set). Throws TypeError when all
/// return NotImplemented.
bool try_override(const OverrideForm& form, const Arguments& arguments, std::span<PyObject* const> operands,
                  PyObject*& result);

}  // namespace crossarray::python
