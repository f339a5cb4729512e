// Slot tables of the ndarray type, one per file, concatenated in ndarray.cc. Each ends with an empty entry.
#pragma once

#include "python/src/ndarray.h"

namespace crossarray::python {

extern PyType_Slot kNumberSlots[];         // slots_number.cc
extern PyType_Slot kScalarSlots[];         // slots_scalar.cc: bool, int, float, index, hash, len
extern PyType_Slot kIndexingSlots[];       // indexing_get.cc
extern PyType_Slot kBufferSlots[];         // buffer.cc
extern PyGetSetDef kAttributes[];          // attributes.cc
extern PyGetSetDef kProtocolAttributes[];  // protocols.cc
extern PyMethodDef kShapeMethods[];        // methods_shape.cc
extern PyMethodDef kValueMethods[];        // methods_value.cc
extern PyMethodDef kProtocolMethods[];     // protocols.cc

// Slot functions that indexing.cc's table takes from indexing_set.cc.
int set_item(PyObject* self, PyObject* key, PyObject* value) noexcept;
/// a.fill(value).
PyObject* fill_method(PyObject* self, PyObject* value) noexcept;
/// Element `i` of the first axis (iteration); IndexError at the end.
PyObject* sequence_item(PyObject* self, Py_ssize_t i) noexcept;

/// The array object as one of NumPy's, for what NumPy does itself (a new reference, or null with an exception).
PyObject* numpy_array(PyObject* self) noexcept;

/// Functions of _core about arrays as such: array, asarray, from_dlpack, is_scalar, as_strided.
extern PyMethodDef kArrayFunctions[];  // functions_array.cc
/// eval, explain, get_config, set_config, free_cached, backends.
extern PyMethodDef kRuntimeFunctions[];  // functions_runtime.cc

}  // namespace crossarray::python
