#include "python/src/allocate.h"

#include <cstdlib>

namespace crossarray::python {
namespace {

/// Axes of `like` from the largest stride to the smallest; axes with equal strides keep their order.
Dims axes_by_stride(const Array& like) {
  Dims order;
  for (int axis = 0; axis < like.rank(); ++axis) {
    int at = order.size();
    while (at > 0 && std::llabs(like.strides()[static_cast<int>(order[at - 1])]) < std::llabs(like.strides()[axis])) --at;
    order.insert(at, axis);
  }
  return order;
}

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
  if (like->f_contiguous()) return Array::empty_permuted(shape, dtype, reversed_axes(shape.size()));
  if (order == 'A' || like->rank() != shape.size()) return Array::empty(shape, dtype);
  return Array::empty_permuted(shape, dtype, axes_by_stride(*like));
}

}  // namespace crossarray::python
