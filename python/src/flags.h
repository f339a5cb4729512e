// The object behind x.flags.
#pragma once

#include "python/src/ndarray.h"

namespace crossarray::python {

bool register_flags();
/// A flags object that looks at `array` (new reference).
PyObject* make_flags(PyObject* array);

}  // namespace crossarray::python
