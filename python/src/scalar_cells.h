// Dead scalars kept whole, so that reading an element of an array allocates nothing: loops over elements live from this.
#pragma once

#include "python/src/ndarray.h"

namespace crossarray::python {

/// Keeps a dying exact ndarray, storage and value included, if it is a scalar nobody else can reach. Its memory is then
/// not to be freed. False: the caller frees it.
bool keep_scalar(PyNdarray* object);

/// A scalar holding the element at `bits`: a kept one if there is one of its size.
PyObject* wrap_scalar(DType dtype, const std::byte* bits);

}  // namespace crossarray::python
