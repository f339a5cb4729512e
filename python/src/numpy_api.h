// NumPy's C API, imported once by module.cc. Include this instead of numpy/arrayobject.h.
#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#ifndef XA_IMPORT_NUMPY
#define NO_IMPORT_ARRAY
#endif
#ifndef NPY_TARGET_VERSION
#define NPY_TARGET_VERSION NPY_2_0_API_VERSION
#endif
#define PY_ARRAY_UNIQUE_SYMBOL crossarray_numpy_api
#include <numpy/arrayobject.h>
#include <numpy/arrayscalars.h>

#include "dispatch/core/dtype.h"

namespace crossarray::python {

/// NumPy's descriptor of a dtype. Borrowed, never null for the fourteen of NumPy; bfloat16 comes from ml_dtypes at first
/// use: null with ImportError set when that package is missing.
PyArray_Descr* descr_of(DType t);
/// DType of a native-byte-order descriptor of the table; false (no exception) for any other.
bool dtype_of_descr(PyArray_Descr* descr, DType& out);

}  // namespace crossarray::python
