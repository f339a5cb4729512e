#include "python/src/shaping.h"

#include "dispatch/core/view.h"
#include "dispatch/plan/executor.h"

namespace crossarray::python {
namespace {

Dims reversed(const Dims& dims) {
  Dims out;
  for (int i = dims.size() - 1; i >= 0; --i) out.push_back(dims[i]);
  return out;
}

/// Layout of the same bytes as elements of another size: the last axis is split or joined.
Layout resized_last_axis(const Array& a, int64_t new_item) {
  const auto old_item = static_cast<int64_t>(a.item());
  if (new_item == old_item) return a.layout();
  if (a.rank() == 0)
    raise(ErrorKind::kValue, "Changing the dtype of a 0d array is only supported if the itemsize is unchanged");
  const int last = a.rank() - 1;
  Layout layout = a.layout();
  if (layout.shape[last] != 1 && layout.size() != 0 && layout.strides[last] != old_item)
    raise(ErrorKind::kValue, "To change to a dtype of a different size, the last axis must be contiguous");
  const int64_t bytes = layout.shape[last] * old_item;
  if (new_item > old_item && bytes % new_item != 0)
    raise(ErrorKind::kValue,
          "When changing to a larger dtype, its size must be a divisor of the total size in bytes of "
          "the last axis of the array.");
  layout.shape[last] = bytes / new_item;
  layout.strides[last] = new_item;
  return layout;
}

}  // namespace

Array permuted(const Array& a, const Dims& axes) {
  SmallVector<int, 8> order;
  for (int64_t axis : axes) order.push_back(static_cast<int>(axis));
  return a.view(transpose(a.layout(), {order.data(), static_cast<size_t>(order.size())}));
}

Array reversed_axes(const Array& a) {
  Dims axes;
  for (int axis = a.rank() - 1; axis >= 0; --axis) axes.push_back(axis);
  return permuted(a, axes);
}

Array reshaped(const Array& a, const Dims& shape, char order, bool* copied) {
  // Fortran order is C order of the transposed array.
  if (order == 'F' || (order == 'A' && a.f_contiguous() && !a.c_contiguous())) {
    const Dims resolved = resolve_reshape(a.size(), shape);
    return reversed_axes(reshaped(reversed_axes(a), reversed(resolved), 'C', copied));
  }
  const Dims resolved = resolve_reshape(a.size(), shape);
  std::optional<Layout> layout = reshape(a.layout(), resolved, a.item());
  if (copied) *copied = !layout;
  if (layout) return a.view(*std::move(layout));
  const Array dense = copy(a, 'C');
  return dense.view(*reshape(dense.layout(), resolved, a.item()));
}

Array reinterpreted(const Array& a, DType dtype) {
  if (dtype != a.dtype()) evaluate(a);  // a pending value has elements of one dtype only
  return a.view_as(dtype, resized_last_axis(a, static_cast<int64_t>(itemsize(dtype))));
}

}  // namespace crossarray::python
