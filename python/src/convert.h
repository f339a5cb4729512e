// Python objects -> Array, beyond from_python: what array() and asarray() need.
#pragma once

#include <optional>

#include "python/src/ndarray.h"
#include "python/src/pyref.h"

namespace crossarray::python {

enum class CopyMode : uint8_t {
  kAlways,    // array()
  kIfNeeded,  // asarray(): ours are passed on, foreign memory is copied
  kShare,     // operands: large foreign memory is read in place
  kNever,     // copy=False: share, or raise NumPy's ValueError
};

/// Converts any array-like. Null when its dtype is outside the table: then `outside` is NumPy's own array of it.
/// Throws, with NumPy's exceptions.
std::optional<Array> convert(PyObject* o, const DType* dtype, CopyMode mode, PyRef& outside);

}  // namespace crossarray::python
