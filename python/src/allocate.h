// New arrays whose memory order follows another array's.
#pragma once

#include "dispatch/core/array.h"

namespace crossarray::python {

/// Uninitialised array of `shape` laid out by NumPy's order letter: C, F, or A and K after `like` (A: F if `like` is
/// F- but not C-contiguous; K: the axes sorted as like's strides are, when the ranks agree). Throws kMemory.
Array empty_ordered(const Dims& shape, DType dtype, char order, const Array* like = nullptr);

/// `value` everywhere: written at once when small, else recorded as a constant that needs no memory until read.
Array filled(const Dims& shape, const Scalar& value);

}  // namespace crossarray::python
