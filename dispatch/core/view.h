// O(1) views: pure functions from layout to layout. Errors carry NumPy's type and text.
#pragma once

#include <optional>
#include <span>

#include "dispatch/core/array.h"

namespace crossarray {

/// Normalises a possibly negative axis. Throws kAxis: "axis 3 is out of bounds for array of dimension 2".
int normalize_axis(int64_t axis, int rank);

/// start:stop:step along one axis, already resolved against the extent (Python's slice.indices).
Layout slice_axis(const Layout& in, int axis, int64_t start, int64_t count, int64_t step);
/// Drops `axis` at `index` (0 <= index < extent).
Layout index_axis(const Layout& in, int axis, int64_t index);
Layout insert_axis(const Layout& in, int axis);  // newaxis
Layout transpose(const Layout& in, std::span<const int> axes);
/// View with `shape` if strides allow it, else nullopt (the caller copies). Sizes must match: NumPy's no-copy rule.
std::optional<Layout> reshape(const Layout& in, const Dims& shape, size_t itemsize);
/// Throws kValue in NumPy's words when `in` does not broadcast to `shape`.
Layout broadcast_to(const Layout& in, const Dims& shape);
/// Axes from the largest stride to the smallest, equal ones as they come: how NumPy nests the axes of a copy in 'K' order.
Dims axes_by_stride(const Layout& layout);
/// Common shape of several; throws kValue "operands could not be broadcast together with shapes (3,4) (5,) ".
Dims broadcast_shapes(std::span<const Dims* const> shapes);
/// Resolves one -1 in `shape` against `size`. Throws kValue "cannot reshape array of size 6 into shape (4,)".
Dims resolve_reshape(int64_t size, const Dims& shape);

}  // namespace crossarray
