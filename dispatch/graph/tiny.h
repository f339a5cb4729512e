// Short ways for arrays of few elements, each into a dead array (see Array::renew): what is not theirs they leave alone.
#pragma once

#include "dispatch/graph/record.h"

namespace crossarray {

/// Makes `out` an uninitialised C-contiguous array; the bytes of `shape` are known to be a size. Returns its memory.
std::byte* renew_contiguous(Array& out, const Dims& shape, DType dtype);

/// True if host code may change the elements of `a` at host() now: nothing has to be evaluated, waited for, copied or
/// told first, as write_host() does.
inline bool writes_at_once(const Array& a) {
  const Value& value = a.value();
  return value.ready() && !value.copies() && !value.running && (value.refs() == 1 || a.storage()->shared());
}

/// cast(in, dtype, 'C') at once if `in` is ready, C-contiguous and small; false otherwise.
bool cast_tiny(const Array& in, DType dtype, Array& out);

/// dst[...] = src at once, if both are dense, small, of one shape and dtype; false otherwise.
bool assign_tiny(const Array& src, Array& dst);

/// reduce(kind, in, axes) at once if `in` is ready, C-contiguous, small and not empty; false otherwise.
bool reduce_tiny(ReduceKind kind, const Array& in, uint64_t axes, Array& out);

}  // namespace crossarray
