#include "python/src/index_values.h"

#include <cstring>

#include "dispatch/core/view.h"
#include "dispatch/plan/backend.h"
#include "python/src/index_terms.h"

namespace crossarray::python {
namespace {

int64_t* data_of(Array& positions) { return reinterpret_cast<int64_t*>(positions.host()); }
const int64_t* read_positions(const Array& positions) {
  return reinterpret_cast<const int64_t*>(read_host(positions));
}

struct Range {
  int64_t low = 0, high = -1;
};

Range range_of(const int64_t* values, int64_t count) {
  Range range{0, -1};
  for (int64_t i = 0; i < count; ++i) {
    range.low = values[i] < range.low ? values[i] : range.low;
    range.high = values[i] > range.high ? values[i] : range.high;
  }
  return range;
}

/// Raises for the first position outside the axis, as NumPy reports it.
void report_first_outside(const int64_t* values, int64_t count, int axis, int64_t extent) {
  for (int64_t i = 0; i < count; ++i) wrap_index(values[i], axis, extent);
}

}  // namespace

Array true_positions(const Array& mask) {
  const MaskCall call{read_host(mask), mask.shape(), mask.strides()};
  Array positions = Array::empty(Dims{cpu_backend().count_true(call)}, DType::kI64);
  cpu_backend().nonzero(call, data_of(positions));
  return positions;
}

Array coordinates(const Array& flat, const Dims& shape, int axis) {
  int64_t inner = 1;
  for (int i = axis + 1; i < shape.size(); ++i) inner *= shape[i];
  Array out = Array::empty(flat.shape(), DType::kI64);
  const int64_t* from = read_positions(flat);
  int64_t* to = data_of(out);
  for (int64_t i = 0; i < flat.size(); ++i) to[i] = from[i] / inner % shape[axis];
  return out;
}

Array zero_positions(int64_t count) {
  Array out = Array::empty(Dims{count}, DType::kI64);
  std::memset(out.host(), 0, static_cast<size_t>(count) * sizeof(int64_t));
  return out;
}

Array normalize_positions(const Array& integers, const Dims& shape, int axis, int64_t extent) {
  Array positions = integers.dtype() == DType::kI64 ? integers : cast(integers, DType::kI64);
  if (!(positions.shape() == shape)) positions = positions.view(broadcast_to(positions.layout(), shape));
  positions = as_contiguous(positions);
  const int64_t* values = read_positions(positions);
  const int64_t count = positions.size();
  if (axis < 0) return positions;
  const Range range = range_of(values, count);
  if (range.low < -extent || range.high >= extent) report_first_outside(values, count, axis, extent);
  if (range.low >= 0) return positions;
  Array wrapped = Array::empty(shape, DType::kI64);
  int64_t* to = data_of(wrapped);
  for (int64_t i = 0; i < count; ++i) to[i] = values[i] < 0 ? values[i] + extent : values[i];
  return wrapped;
}

}  // namespace crossarray::python
