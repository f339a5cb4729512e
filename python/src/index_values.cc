#include "python/src/index_values.h"

#include <cstring>

#include "dispatch/core/view.h"
#include "dispatch/plan/backend.h"
#include "python/src/index_terms.h"

namespace crossarray::python {
namespace {

int64_t* data_of(Array& positions) { return reinterpret_cast<int64_t*>(positions.host()); }
const int64_t* read_positions(const Array& positions) { return reinterpret_cast<const int64_t*>(read_host(positions)); }

/// True if every value is in [0, extent). Branch-free, four at a time: this pass costs as much as the gather itself.
bool all_inside(const int64_t* values, int64_t count, int64_t extent) {
  const auto last = static_cast<uint64_t>(extent) - 1;
  uint64_t outside[4] = {};  // top bit set once a value is below 0 or above last
  const auto sign = [last](int64_t value) {
    return static_cast<uint64_t>(value) | (last - static_cast<uint64_t>(value));
  };
  int64_t i = 0;
  for (; i + 4 <= count; i += 4)
    for (int k = 0; k < 4; ++k) outside[k] |= sign(values[i + k]);
  for (; i < count; ++i) outside[0] |= sign(values[i]);
  return ((outside[0] | outside[1] | outside[2] | outside[3]) >> 63) == 0;
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
  positions = settled(as_contiguous(positions));
  const int64_t* values = read_positions(positions);
  const int64_t count = positions.size();
  if (axis < 0) return positions;
  if (all_inside(values, count, extent)) return positions;
  Array wrapped = Array::empty(shape, DType::kI64);
  int64_t* to = data_of(wrapped);
  for (int64_t i = 0; i < count; ++i) to[i] = wrap_index(values[i], axis, extent);
  return wrapped;
}

}  // namespace crossarray::python
