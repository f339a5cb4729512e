#include "python/src/shaping.h"

#include "dispatch/core/view.h"

namespace crossarray::python {
namespace {

Dims reversed(const Dims& dims) {
  Dims out;
  for (int i = dims.size() - 1; i >= 0; --i) out.push_back(dims[i]);
  return out;
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

}  // namespace crossarray::python
