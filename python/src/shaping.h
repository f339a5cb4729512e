// Reshaping with NumPy's orders: a view where strides allow it, else a copy.
#pragma once

#include "python/src/ndarray.h"

namespace crossarray::python {

/// `shape` may hold one -1; order is 'C', 'F' or 'A'. `copied` (may be null) tells whether the result is a new array.
/// Throws kValue: "cannot reshape array of size 6 into shape (4,)".
Array reshaped(const Array& a, const Dims& shape, char order = 'C', bool* copied = nullptr);
/// View with axes in the order `axes`.
Array permuted(const Array& a, const Dims& axes);
/// View with axes reversed.
Array reversed_axes(const Array& a);
/// View of a's bytes as elements of `dtype`: the last axis is split or joined. Evaluates. Throws kValue.
Array reinterpreted(const Array& a, DType dtype);

}  // namespace crossarray::python
