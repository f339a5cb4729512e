#include "python/src/allocate.h"

#include <algorithm>
#include <cstring>

#include "dispatch/core/config.h"
#include "dispatch/core/view.h"
#include "dispatch/graph/record.h"

namespace crossarray::python {
namespace {

Dims reversed_axes(int rank) {
  Dims order;
  for (int axis = rank - 1; axis >= 0; --axis) order.push_back(axis);
  return order;
}

}  // namespace

Array empty_ordered(const Dims& shape, DType dtype, char order, const Array* like) {
  if (shape.size() < 2 || order == 'C') return Array::empty(shape, dtype);
  if (order == 'F') return Array::empty_permuted(shape, dtype, reversed_axes(shape.size()));
  if (!like || like->c_contiguous()) return Array::empty(shape, dtype);
  if (order == 'K' && like->rank() != shape.size()) return Array::empty(shape, dtype);
  if (like->f_contiguous()) return Array::empty_permuted(shape, dtype, reversed_axes(shape.size()));
  if (order == 'A') return Array::empty(shape, dtype);
  return Array::empty_permuted(shape, dtype, axes_by_stride(like->layout()));
}

Array filled(const Dims& shape, const Scalar& value) {
  const size_t item = itemsize(value.dtype), bytes = checked_bytes(shape, item);
  if (bytes >= config().eager_bytes) return full(shape, value);
  Array out = Array::empty(shape, value.dtype);
  std::byte* at = out.host();
  if (bytes == 0) return out;
  std::memcpy(at, value.bits, item);
  for (size_t done = item; done < bytes; done *= 2) std::memcpy(at + done, at, std::min(done, bytes - done));
  return out;
}

}  // namespace crossarray::python
