// Short ways for arrays of few elements, each into a dead array (see Array::renew): what is not theirs they leave alone.
#pragma once

#include "dispatch/graph/record.h"

namespace crossarray {

/// Makes `out` an uninitialised C-contiguous array; the bytes of `shape` are known to be a size. Returns its memory.
std::byte* renew_contiguous(Array& out, const Dims& shape, DType dtype);

/// cast(in, dtype, 'C') at once if `in` is ready, C-contiguous and small; false otherwise.
bool cast_tiny(const Array& in, DType dtype, Array& out);

/// reduce(kind, in, axes) at once if `in` is ready, C-contiguous, small and not empty; false otherwise.
bool reduce_tiny(ReduceKind kind, const Array& in, uint64_t axes, Array& out);

}  // namespace crossarray
