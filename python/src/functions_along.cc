// Elements and slices along one axis: those at given positions, and each several times.
#include <cstring>

#include "dispatch/core/view.h"
#include "dispatch/plan/executor.h"
#include "dispatch/plan/primitive.h"
#include "python/src/index_parse.h"
#include "python/src/index_terms.h"
#include "python/src/index_values.h"
#include "python/src/native.h"

namespace crossarray::python {
namespace {

constexpr double kElementUs = 2e-3;  // of take(), on one thread
constexpr double kByteUs = 5e-5;     // of writing

constexpr Signature<3> kTakeAlong{"take_along", 3, 3, {"a", "indices", "axis"}};
PyObject* take_along_axis(const Call& call) {
  const Array a = array_of(call[0]), positions = array_of(call[1]);  // kept: others may run while values are looked at
  return wrap(take_along(a, positions, static_cast<int>(integer(call[2]))));
}

/// `chunks` chunks of `bytes` bytes, each `count` times. kCount 0: a count known at run time only.
template <size_t kBytes, int64_t kCount>
void repeat_chunks(const std::byte* from, std::byte* to, int64_t chunks, int64_t count, size_t bytes) {
  const size_t step = kBytes ? kBytes : bytes;
  const int64_t times = kCount ? kCount : count;
  for (int64_t i = 0; i < chunks; ++i, from += step)
    for (int64_t k = 0; k < times; ++k, to += step) std::memcpy(to, from, step);
}
template <size_t kBytes>
void repeat_sized(const std::byte* from, std::byte* to, int64_t chunks, int64_t count, size_t bytes) {
  switch (count) {
    case 2: return repeat_chunks<kBytes, 2>(from, to, chunks, count, bytes);
    case 3: return repeat_chunks<kBytes, 3>(from, to, chunks, count, bytes);
    case 4: return repeat_chunks<kBytes, 4>(from, to, chunks, count, bytes);
    default: return repeat_chunks<kBytes, 0>(from, to, chunks, count, bytes);
  }
}
void repeat_all(const std::byte* from, std::byte* to, int64_t chunks, int64_t count, size_t bytes) {
  switch (bytes) {
    case 1: return repeat_sized<1>(from, to, chunks, count, bytes);
    case 2: return repeat_sized<2>(from, to, chunks, count, bytes);
    case 4: return repeat_sized<4>(from, to, chunks, count, bytes);
    case 8: return repeat_sized<8>(from, to, chunks, count, bytes);
    case 16: return repeat_sized<16>(from, to, chunks, count, bytes);
    default: return repeat_chunks<0, 0>(from, to, chunks, count, bytes);
  }
}

constexpr Signature<3> kRepeatAlong{"repeat_along", 3, 3, {"a", "count", "axis"}};
PyObject* repeat_along(const Call& call) {
  const Array a = as_contiguous(array_of(call[0]));
  const int64_t count = integer(call[1]);
  const auto axis = static_cast<int>(integer(call[2]));
  Dims shape = a.shape();
  shape[axis] *= count;
  Array out = Array::empty(shape, a.dtype());
  if (out.size() == 0) return wrap(std::move(out));
  int64_t chunk = 1;
  for (int i = axis + 1; i < shape.size(); ++i) chunk *= shape[i];
  const std::byte* from = read_host(a);
  std::byte* to = out.host();
  const Ref<Value> keep = a.storage()->value();  // another thread's write makes a copy while we read
  run_unlocked(kByteUs * static_cast<double>(out.size()) * static_cast<double>(a.item()),
               [&] { repeat_all(from, to, a.size() / chunk, count, static_cast<size_t>(chunk) * a.item()); });
  return wrap(std::move(out));
}

}  // namespace

Array take_along(const Array& a, const Array& positions, int axis) {
  const Layout& in = a.layout();
  AdvancedIndex index;
  index.place = axis;
  index.shape = positions.shape();
  push_axes(in, 0, axis, index.rest);
  push_axes(in, axis + 1, in.rank(), index.rest);
  index.arrays.push_back({normalize_positions(positions, positions.shape(), axis, in.shape[axis]), in.strides[axis]});
  IndexCall call = index_call(index, a.item());
  call.rest_shape = index.rest.shape;
  call.base_rest = index.rest.strides;
  const Dims shape = index.result_shape(), strides = contiguous_strides(shape, a.item());
  const int last = axis + index.shape.size();
  for (int i = 0; i < shape.size(); ++i)
    (i >= axis && i < last ? call.value_index : call.value_rest).push_back(strides[i]);
  Work work;
  work.elements = static_cast<double>(Layout{shape, shape, 0}.size());
  work.bytes = work.elements * static_cast<double>(2 * a.item() + sizeof(int64_t));
  return run_primitive(
      "take", {&a}, work, [&](Backend& b) { return b.supports(call); },
      [&](PrimitiveRun& run) {
        Array taken = run.result(shape, a.dtype(), nullptr);
        call.base = run.read(a);
        read_positions(run, index, call);
        call.values = run.write(taken);
        if (taken.size() > 0) run.execute(kElementUs * work.elements, [&] { run.backend().take(call); });
        return taken;
      });
}

PyMethodDef along_functions[] = {native<kTakeAlong, take_along_axis>(R"(take_along(a, indices, axis)
--

The elements of an array at an integer array's positions along an axis counted from the front.)"),
                                 native<kRepeatAlong, repeat_along>(R"(repeat_along(a, count, axis)
--

Each slice of an array along an axis counted from the front, `count` times.)"),
                                 {}};

}  // namespace crossarray::python
