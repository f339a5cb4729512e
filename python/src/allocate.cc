#include "python/src/allocate.h"

#include "dispatch/core/view.h"

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

}  // namespace crossarray::python
