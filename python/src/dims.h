// Shapes between Python and C++.
#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "dispatch/core/small_vector.h"

namespace crossarray::python {

/// A tuple of ints (new reference).
PyObject* tuple_of(const Dims& dims);
/// An int or a sequence of ints. False with an exception set ("'float' object cannot be interpreted as an integer").
bool dims_from(PyObject* o, Dims& out);
/// The arguments of x.reshape(2, 3) or x.reshape((2, 3)): one sequence, or ints one by one.
bool dims_from_arguments(PyObject* const* args, Py_ssize_t count, Dims& out);

}  // namespace crossarray::python
