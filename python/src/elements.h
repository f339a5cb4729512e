// One element: bytes <-> Python object.
#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <cstddef>

#include "dispatch/core/dtype.h"

namespace crossarray::python {

/// The Python bool, int, float or complex equal to the element at `bytes`. Null with MemoryError set.
PyObject* element_to_python(const std::byte* bytes, DType dtype);

/// Stores `value` as an element when that is simple and exact in NumPy's sense: a Python float or int into a float dtype,
/// an int that fits into an integer dtype, a bool into any. False without an exception otherwise: use pack_element.
bool store_simple(PyObject* value, DType dtype, std::byte* bytes);

/// Converts any Python or NumPy scalar as NumPy's item assignment does, with its errors. False with an exception set.
bool pack_element(PyObject* value, DType dtype, std::byte* bytes);

}  // namespace crossarray::python
