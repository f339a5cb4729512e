// Python exceptions for C++ ones: see translate_current_exception in ndarray.h.
#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>

namespace crossarray::python {

/// Looks up NumPy's exception types and adds DeviceError to the module.
bool register_errors(PyObject* module);

}  // namespace crossarray::python
