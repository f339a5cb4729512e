// Positions for advanced indexing: int64 arrays made from masks and integer arrays.
#pragma once

#include <string>

#include "python/src/ndarray.h"

namespace crossarray::python {

/// Flat C-order positions of the true elements of a mask (1-d int64). Evaluates it.
Array true_positions(const Array& mask);
/// Coordinate along `axis` of flat positions in `shape`.
Array coordinates(const Array& flat, const Dims& shape, int axis);
/// `count` zeros.
Array zero_positions(int64_t count);
/// `integers` as int64, C-contiguous over `shape`, negative ones wrapped; `axis` < 0: known to be in bounds. Returns the
/// array itself where it is so already. Throws kIndex: "index 5 is out of bounds for axis 0 with size 3".
Array normalize_positions(const Array& integers, const Dims& shape, int axis, int64_t extent);

}  // namespace crossarray::python
