#include "python/src/index_values.h"

#include <array>
#include <cstring>
#include <optional>

#include "dispatch/core/view.h"
#include "dispatch/graph/record.h"
#include "dispatch/plan/primitive.h"
#include "python/src/index_terms.h"
#include "python/src/quick_reduce.h"

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

/// Copies positions that lie `step` bytes apart. True if every one is in [0, extent): one pass over both.
bool copy_inside(const std::byte* from, int64_t step, int64_t count, int64_t extent, int64_t* to) {
  const auto last = static_cast<uint64_t>(extent) - 1;
  uint64_t outside = 0;
#pragma GCC unroll 4
  for (int64_t i = 0; i < count; ++i) {
    std::memcpy(to + i, from + i * step, sizeof(int64_t));
    outside |= static_cast<uint64_t>(to[i]) | (last - static_cast<uint64_t>(to[i]));
  }
  return outside >> 63 == 0;
}

WeakScalar weak_int(int64_t value) {
  WeakScalar weak;
  weak.i = value;
  weak.c = static_cast<double>(value);
  return weak;
}

/// Whether the bytes are on a device and not on the host: then as few of them as possible come here.
bool is_elsewhere(const Array& a) {
  if (!is_remote(a.value().pin())) evaluate(a);
  return !a.value().on_host();
}

struct Extremes {
  int64_t low, high;
};
Extremes extremes_of(const Array& integers) {
  const Array low = reduce(ReduceKind::kMin, integers, kAllAxes), high = reduce(ReduceKind::kMax, integers, kAllAxes);
  evaluate(std::array{&low, &high});
  return {*read_positions(low), *read_positions(high)};
}

/// Positions on a device that stay there; nothing if one is out of bounds.
std::optional<Array> normalize_there(const Array& positions, int axis, int64_t extent) {
  if (axis < 0 || positions.size() == 0) return positions;
  const Extremes at = extremes_of(positions);
  if (at.low < -extent || at.high >= extent) return std::nullopt;
  if (at.low >= 0) return positions;
  const Array from_front = apply(Op::add, {positions, weak_int(extent)});
  return apply(Op::where, {apply(Op::less, {positions, weak_int(0)}), from_front, positions});
}

}  // namespace

Array true_positions(const Array& mask) {
  constexpr double kElementUs = 1e-3;
  MaskCall call{nullptr, mask.shape(), mask.strides()};
  Work work;
  work.elements = static_cast<double>(mask.size());
  work.bytes = 2 * work.elements;
  return run_primitive(
      "nonzero", {&mask}, work, [&](Backend& b) { return b.supports(call); },
      [&](PrimitiveRun& run) {
        call.mask = run.read(mask);
        Array positions = run.result(Dims{run.backend().count_true(call)}, DType::kI64);
        auto* to = reinterpret_cast<int64_t*>(run.write(positions));
        if (positions.size() > 0) run.execute(kElementUs * work.elements, [&] { run.backend().nonzero(call, to); });
        return positions;
      });
}

Array coordinates(const Array& flat, const Dims& shape, int axis) {
  int64_t inner = 1;
  for (int i = axis + 1; i < shape.size(); ++i) inner *= shape[i];
  if (is_elsewhere(flat))
    return apply(Op::remainder, {apply(Op::floor_divide, {flat, weak_int(inner)}), weak_int(shape[axis])});
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
  if (is_elsewhere(positions))
    if (std::optional<Array> there = normalize_there(positions, axis, extent)) return as_contiguous(*there);
  const int64_t count = positions.size();
  if (axis >= 0 && positions.rank() == 1 && !positions.c_contiguous()) {
    const Array line = settled(positions);
    const std::byte* from = read_host(line);
    positions = Array::empty(shape, DType::kI64);
    if (copy_inside(from, line.strides()[0], count, extent, data_of(positions))) return positions;
  }
  positions = settled(as_contiguous(positions));
  const int64_t* values = read_positions(positions);
  if (axis < 0) return positions;
  if (all_inside(values, count, extent)) return positions;
  Array wrapped = Array::empty(shape, DType::kI64);
  int64_t* to = data_of(wrapped);
  for (int64_t i = 0; i < count; ++i) to[i] = wrap_index(values[i], axis, extent);
  return wrapped;
}

}  // namespace crossarray::python
