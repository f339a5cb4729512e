// ufunc.accumulate and ufunc.reduceat.
#include <algorithm>
#include <cstring>

#include "dispatch/core/view.h"
#include "dispatch/graph/build.h"
#include "dispatch/plan/primitive.h"
#include "dispatch/scalar_fn.h"
#include "python/src/allocate.h"
#include "python/src/device_scope.h"
#include "python/src/foreign.h"
#include "python/src/ufunc.h"

namespace crossarray::python {
namespace {

/// axis= of accumulate and reduceat: one axis, default 0.
int single_axis(PyObject* axis, int rank, const char* method) {
  if (rank == 0) type_error(std::string("cannot ") + method + " on a scalar");
  if (!axis) return 0;
  const uint64_t mask = reduce_axes(axis, rank);
  if (__builtin_popcountll(mask) != 1) value_error(std::string(method) + " does not allow multiple axes");
  return __builtin_ctzll(mask);
}

void check_reduceat_index(const UfuncInfo& u, int64_t index, int64_t count) {
  if (index >= 0 && index < count) return;
  raise(ErrorKind::kIndex, "index " + std::to_string(index) + " out-of-bounds in " + u.name + ".reduceat [0, " +
                               std::to_string(count) + ")");
}

Array index_list(PyObject* o) {
  Array indices = array_argument(o);
  if (indices.rank() != 1) value_error("reduceat: indices must be 1-D, got " + std::to_string(indices.rank()) + "-D.");
  if (indices.size() && !is_integer(indices.dtype()) && indices.dtype() != DType::kBool)
    type_error(std::string("reduceat: indices must be integers, got ") + name(indices.dtype()));
  return settled(as_contiguous(cast(indices, DType::kI64)));
}

/// reduceat along a line of memory, without an array per segment.
Array reduceat_line(Op op, const Array& in, const Array& indices, DType loop) {
  const Array x = settled(as_contiguous(cast(in, loop)));
  Array out = Array::empty(indices.shape(), loop);
  const auto* starts = reinterpret_cast<const int64_t*>(indices.host());
  const SegmentsCall call{op, loop, reduce_kind(op, loop), x.host(), x.shape()[0], starts, indices.size(), out.host()};
  const double elements = static_cast<double>(x.size()) * row(op).flops;
  run_unlocked(5e-3 * static_cast<double>(indices.size()) + 1e-3 * elements,
               [&call] { cpu_backend().run_segments(call); });
  return out;
}

Array reduceat(const UfuncInfo& u, const Array& in, const Array& indices, int axis, const ReduceOptions& options) {
  Dims shape = in.shape();
  const int64_t count = shape[axis];
  const auto* at = reinterpret_cast<const int64_t*>(indices.host());
  for (int64_t i = 0; i < indices.size(); ++i) check_reduceat_index(u, at[i], count);
  if (in.rank() == 1 && !is_half(*options.dtype)) return reduceat_line(u.first, in, indices, *options.dtype);
  shape[axis] = indices.size();
  Array out = empty_ordered(shape, *options.dtype, 'C');
  for (int64_t i = 0; i < indices.size(); ++i) {
    const int64_t stop = i + 1 < indices.size() ? at[i + 1] : count;
    const int64_t length = stop > at[i] ? stop - at[i] : 1;
    const Array part = in.view(slice_axis(in.layout(), axis, at[i], length, 1));
    Array target = out.view(index_axis(out.layout(), axis, i));
    assign(target, reduce_op(u.first, part, uint64_t{1} << axis, options));
  }
  return out;
}

}  // namespace

Array accumulate_op(Op op, const Array& in, int axis, DType loop) {
  const Dims* strides[] = {&in.strides()};
  const Dims order = in.c_contiguous() ? Dims{} : k_order(in.shape(), strides);
  ScanCall call{op, in.dtype(), loop, loop, nullptr, nullptr, in.shape(), in.strides(), {}, axis};
  Work work;
  work.elements = static_cast<double>(in.size());
  work.bytes = work.elements * static_cast<double>(in.item() + itemsize(loop));
  work.reduces = 1;
  const double estimated_us = 1e-3 * work.elements * row(op).flops;
  return run_primitive(
      "accumulate", {&in}, work, [&](Backend& b) { return b.supports(call); },
      [&](PrimitiveRun& run) {
        Array out = run.result(in.shape(), loop, in.c_contiguous() ? nullptr : &order);
        call.in = run.read(in);
        call.out = run.write(out);
        call.out_strides = out.strides();
        run.execute(estimated_us, [&] { run.backend().scan(call); });
        return out;
      });
}

PyObject* ufunc_accumulate(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* names) {
  static constexpr Signature<4> kSignature{"accumulate", 4, 1, {"array", "axis", "dtype", "out"}};
  return guarded([&]() -> PyObject* {
    const UfuncInfo& u = info_of(self);
    const Arguments arguments{args, count, names};
    PyObject* slots[4];
    bind(kSignature, nullptr, arguments, slots);
    static constexpr const char* kLater[] = {"axis", "dtype", "out"};
    PyObject *result, *operands[] = {slots[0], sole(slots[3])};
    if (try_override({u.name, "accumulate", 1, kLater}, arguments, operands, result)) return result;
    check_reducible(u, "accumulate");
    if (reduces_in_numpy(u.first) || method_belongs_to_numpy(slots[0], slots[2]))
      return call_foreign((std::string(u.name) + ".accumulate").c_str(), arguments);
    const Array in = array_argument(slots[0]);
    const int axis = single_axis(slots[1], in.rank(), "accumulate");
    const DType loop = reduction_dtype(u.first, in.dtype(), dtype_argument(slots[2]), output_dtype(slots[3]));
    return finish(accumulate_op(u.first, in, axis, loop), slots[3], u.name);
  });
}

PyObject* ufunc_reduceat(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* names) {
  static constexpr Signature<5> kSignature{"reduceat", 5, 2, {"array", "indices", "axis", "dtype", "out"}};
  return guarded([&]() -> PyObject* {
    const UfuncInfo& u = info_of(self);
    const Arguments arguments{args, count, names};
    PyObject* slots[5];
    bind(kSignature, nullptr, arguments, slots);
    static constexpr const char* kLater[] = {"axis", "dtype", "out"};
    PyObject *result, *operands[] = {slots[0], slots[1], sole(slots[4])};
    if (try_override({u.name, "reduceat", 2, kLater}, arguments, operands, result)) return result;
    check_reducible(u, "reduceat");
    if (reduces_in_numpy(u.first) || method_belongs_to_numpy(slots[0], slots[3]))
      return call_foreign((std::string(u.name) + ".reduceat").c_str(), arguments);
    const Array in = array_argument(slots[0]);
    const int axis = single_axis(slots[2], in.rank(), "reduceat");
    ReduceOptions options;
    options.dtype = reduction_dtype(u.first, in.dtype(), dtype_argument(slots[3]), output_dtype(slots[4]));
    Array sums = placed_on(reduceat(u, in, index_list(slots[1]), axis, options), in.value().pin());
    return finish(std::move(sums), slots[4], u.name);
  });
}

}  // namespace crossarray::python
