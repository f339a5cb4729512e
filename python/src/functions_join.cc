// concatenate and stack.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "dispatch/core/promote.h"
#include "dispatch/core/view.h"
#include "dispatch/graph/build.h"
#include "dispatch/plan/executor.h"
#include "dispatch/plan/primitive.h"
#include "python/src/allocate.h"
#include "python/src/native.h"
#include "python/src/ufunc.h"

namespace crossarray::python {
namespace {

std::vector<Array> array_list(PyObject* sequence) {
  if (is_ndarray(sequence) && array_of(sequence).rank() == 0) type_error("iteration over a 0-d array");
  PyRef items = checked(PySequence_Fast(sequence, "The first input argument needs to be a sequence"));
  std::vector<Array> arrays;
  const Py_ssize_t count = PySequence_Fast_GET_SIZE(items.get());
  arrays.reserve(static_cast<size_t>(count));
  for (Py_ssize_t i = 0; i < count; ++i) arrays.push_back(array_argument(PySequence_Fast_GET_ITEM(items.get(), i)));
  return arrays;
}

bool any_foreign(PyObject* sequence) {
  if (!PyList_Check(sequence) && !PyTuple_Check(sequence)) return !is_ndarray(sequence) && belongs_to_numpy(sequence);
  for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(sequence); ++i) {
    PyObject* item = PySequence_Fast_GET_ITEM(sequence, i);
    WeakScalar weak;
    if (!is_ndarray(item) && !weak_scalar(item, weak) && belongs_to_numpy(item)) return true;
  }
  return false;
}

void check_joinable(const std::vector<Array>& arrays, int axis) {
  const Array& first = arrays[0];
  for (size_t i = 1; i < arrays.size(); ++i) {
    const Array& a = arrays[i];
    if (a.rank() != first.rank())
      value_error("all the input arrays must have same number of dimensions, but the array at index 0 has " +
                  std::to_string(first.rank()) + " dimension(s) and the array at index " + std::to_string(i) + " has " +
                  std::to_string(a.rank()) + " dimension(s)");
    for (int d = 0; d < a.rank(); ++d)
      if (d != axis && a.shape()[d] != first.shape()[d])
        value_error(
            "all the input array dimensions except for the concatenation axis must match exactly, but along "
            "dimension " +
            std::to_string(d) + ", the array at index 0 has size " + std::to_string(first.shape()[d]) +
            " and the array at index " + std::to_string(i) + " has size " + std::to_string(a.shape()[d]));
  }
}

void check_casts(const std::vector<Array>& arrays, DType to, Casting casting) {
  for (const Array& a : arrays)
    if (!can_cast(a.dtype(), to, casting))
      type_error(std::string("Cannot cast array data from dtype('") + name(a.dtype()) + "') to dtype('" + name(to) +
                 "') according to the rule 'same_kind'");
}

DType common_dtype(const std::vector<Array>& arrays) {
  DType common = arrays[0].dtype();
  for (const Array& a : arrays) common = promote_types(common, a.dtype());
  return common;
}

/// What the arrays say of an axis and one outside it: +1 keeps them nested so, -1 swaps them, 0 where all have extent 1
/// along either. C order wins a conflict; a stride of 0 counts as the smallest.
int joined_nesting(const std::vector<Array>& arrays, int outer, int inner) {
  int vote = 0;
  for (const Array& a : arrays) {
    if (a.shape()[outer] == 1 || a.shape()[inner] == 1) continue;
    if (std::abs(a.strides()[inner]) <= std::abs(a.strides()[outer])) return 1;
    vote = -1;
  }
  return vote;
}

/// NumPy's layout of the result: the nesting of axes that the inputs have, outermost first.
Dims joined_order(const std::vector<Array>& arrays, int rank) {
  Dims order;
  for (int axis = 0; axis < rank; ++axis) {
    int at = order.size();
    for (int i = order.size() - 1; i >= 0; --i) {
      const int vote = joined_nesting(arrays, static_cast<int>(order[i]), axis);
      if (vote > 0) break;
      if (vote < 0) at = i;
    }
    order.insert(at, axis);
  }
  return order;
}

void evaluate_pending(const std::vector<Array>& arrays) {
  std::vector<const Array*> pending;
  for (const Array& a : arrays)
    if (!a.ready()) pending.push_back(&a);
  if (!pending.empty()) evaluate(pending);
}

/// out=, dtype= and casting= of concatenate and stack.
struct Target {
  PyObject* out;
  std::optional<DType> dtype;
  Casting casting;
};

Target target_of(const Call& call, int out_at) {
  if (!absent(call[out_at]) && !absent(call[out_at + 1]))
    type_error(std::string(call.function()) + "() only takes `out` or `dtype` as an argument, but both were provided.");
  return {call[out_at], dtype_argument(call[out_at + 1]), casting_argument(call[out_at + 2], Casting::kSameKind)};
}

template <class T> void place_items(const std::byte* from, std::byte* to, int64_t step, int64_t count) {
  for (int64_t i = 0; i < count; ++i) std::memcpy(to + i * step, from + i * static_cast<int64_t>(sizeof(T)), sizeof(T));
}

/// `count` runs of `run` bytes, `step` bytes apart in the target.
void place_runs(const std::byte* from, std::byte* to, size_t run, int64_t step, int64_t count) {
  if (run == 8) return place_items<uint64_t>(from, to, step, count);
  if (run == 4) return place_items<uint32_t>(from, to, step, count);
  for (int64_t i = 0; i < count; ++i) std::memcpy(to + i * step, from + i * static_cast<int64_t>(run), run);
}

int64_t extent_before(const Dims& shape, int axis) {
  int64_t n = 1;
  for (int d = 0; d < axis; ++d) n *= shape[d];
  return n;
}

/// C-contiguous arrays of the result's dtype are runs of memory, dealt out in turn. False: not that case.
bool deal_runs(Array& out, const std::vector<Array>& arrays, int axis) {
  if (!out.c_contiguous()) return false;
  for (const Array& a : arrays)
    if (a.dtype() != out.dtype() || !a.c_contiguous()) return false;
  const int64_t count = extent_before(out.shape(), axis);
  if (count == 0 || out.size() == 0) return true;
  const int64_t step = out.size() / count * static_cast<int64_t>(out.item());
  std::byte* to = out.host();
  for (const Array& a : arrays) {
    const size_t run = static_cast<size_t>(a.size() / count) * a.item();
    place_runs(read_host(a), to, run, step, count);
    to += run;
  }
  return true;
}

Device pin_of(const char* name, const std::vector<Array>& arrays) {
  std::vector<const Array*> all;
  all.reserve(arrays.size());
  for (const Array& a : arrays) all.push_back(&a);
  return common_pin(name, all);
}

/// Memory for the result where the arrays are, or on the host if there is no room.
Array joined(const char* name, const std::vector<Array>& arrays, const Dims& shape, DType dtype) {
  const Dims order = joined_order(arrays, shape.size());
  const Device pin = pin_of(name, arrays);
  try {
    if (is_remote(pin)) return empty_on(pin, dtype, Layout{shape, dense_strides(shape, order, itemsize(dtype)), 0});
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::kMemory) throw;
    told_no_room(pin, name);
  }
  Array out = shape.size() == 1 ? Array::empty(shape, dtype) : Array::empty_permuted(shape, dtype, order);
  if (pin != kAuto) out.value().set_pin(pin);
  return out;
}

PyObject* join(const char* name, const std::vector<Array>& arrays, int axis, const Target& target) {
  check_joinable(arrays, axis);
  Dims shape = arrays[0].shape();
  shape[axis] = 0;
  for (const Array& a : arrays) shape[axis] += a.shape()[axis];
  Array out;
  if (absent(target.out)) {
    out = joined(name, arrays, shape, target.dtype ? *target.dtype : common_dtype(arrays));
  } else {
    out = output_array(target.out);
    if (!(out.shape() == shape)) value_error("Output array is the wrong shape");
  }
  check_casts(arrays, out.dtype(), target.casting);
  evaluate_pending(arrays);
  if (absent(target.out) && !is_remote(out.value().pin()) && deal_runs(out, arrays, axis)) return wrap(std::move(out));
  int64_t at = 0;
  for (const Array& a : arrays) {
    Array part = out.view(slice_axis(out.layout(), axis, at, a.shape()[axis], 1));
    assign(part, a);
    at += a.shape()[axis];
  }
  return absent(target.out) ? wrap(std::move(out)) : Py_NewRef(target.out);
}

Array flat(const Array& a) {
  const Array dense = as_contiguous(a);
  return dense.view(*reshape(dense.layout(), Dims{dense.size()}, dense.item()));
}

/// The arguments of concatenate(axis=None), in which Python's numbers are weak: cast to the dtype of the arrays.
std::vector<Array> flat_list(PyObject* sequence) {
  const PyRef items = checked(PySequence_Fast(sequence, "The first input argument needs to be a sequence"));
  std::vector<Array> arrays = array_list(items.get());
  std::vector<PromoteArg> args;
  WeakScalar weak;
  for (size_t i = 0; i < arrays.size(); ++i) {
    PyObject* item = PySequence_Fast_GET_ITEM(items.get(), static_cast<Py_ssize_t>(i));
    const bool is_weak = weak_scalar(item, weak);
    args.push_back(is_weak ? PromoteArg{arrays[i].dtype(), true, weak.type} : PromoteArg{arrays[i].dtype()});
  }
  for (size_t i = 0; i < arrays.size(); ++i)
    arrays[i] = flat(args[i].weak ? cast(arrays[i], result_type(args)) : arrays[i]);
  return arrays;
}

constexpr Signature<5> kConcatenate{"concatenate", 3, 1, {"arrays", "axis", "out", "dtype", "casting"}};
PyObject* concatenate(const Call& call) {
  if (any_foreign(call[0]) || call.is_foreign({2}, 3)) return call.to_numpy();
  std::vector<Array> arrays = call[1] == Py_None ? flat_list(call[0]) : array_list(call[0]);
  const Target target = target_of(call, 2);
  if (arrays.empty()) value_error("need at least one array to concatenate");
  const int64_t axis = absent(call[1]) ? 0 : integer(call[1]);
  if (arrays[0].rank() == 0) value_error("zero-dimensional arrays cannot be concatenated");
  return join("concatenate", arrays, normalize_axis(axis, arrays[0].rank()), target);
}

constexpr Signature<5> kStack{"stack", 3, 1, {"arrays", "axis", "out", "dtype", "casting"}};
PyObject* stack(const Call& call) {
  if (any_foreign(call[0]) || call.is_foreign({2}, 3)) return call.to_numpy();
  std::vector<Array> arrays = array_list(call[0]);
  const Target target = target_of(call, 2);
  if (arrays.empty()) value_error("need at least one array to stack");
  for (const Array& a : arrays)
    if (!(a.shape() == arrays[0].shape())) value_error("all input arrays must have the same shape");
  const int axis = normalize_axis(call[1] ? integer(call[1]) : 0, arrays[0].rank() + 1);
  for (Array& a : arrays) a = a.view(insert_axis(a.layout(), axis));
  return join("stack", arrays, axis, target);
}

/// vstack and hstack: arrays of at least `rank` axes (what is missing comes in front), joined along `axis`; hstack's 1-d
/// ones along their only axis.
PyObject* join_side_by_side(const Call& call, int rank, int axis) {
  if (!PyObject_HasAttrString(call[0], "__getitem__"))
    type_error("arrays to stack must be passed as a \"sequence\" type such as list or tuple.");
  if (any_foreign(call[0]) || call.is_foreign({}, 1)) return call.to_numpy();
  std::vector<Array> arrays = array_list(call[0]);
  if (arrays.empty()) value_error("need at least one array to concatenate");
  for (Array& a : arrays)
    while (a.rank() < rank) a = a.view(insert_axis(a.layout(), 0));
  const Target target{nullptr, dtype_argument(call[1]), casting_argument(call[2], Casting::kSameKind)};
  return join(call.function(), arrays, std::min(axis, arrays[0].rank() - 1), target);
}

constexpr Signature<3> kVstack{"vstack", 1, 1, {"tup", "dtype", "casting"}};
PyObject* vstack(const Call& call) { return join_side_by_side(call, 2, 0); }

constexpr Signature<3> kHstack{"hstack", 1, 1, {"tup", "dtype", "casting"}};
PyObject* hstack(const Call& call) { return join_side_by_side(call, 1, 1); }

}  // namespace

PyMethodDef join_functions[] = {native<kConcatenate, concatenate>(
                                    R"(concatenate(arrays, /, axis=0, out=None, *, dtype=None, casting='same_kind')
--

Arrays joined along an existing axis; axis=None flattens them first.

The other extents must agree (ValueError).  dtype is promoted.  Same as numpy.concatenate.
>>> xp.concatenate(([1, 2], [3]))
array([1, 2, 3]))"),
                                native<kStack, stack>(
                                    R"(stack(arrays, axis=0, out=None, *, dtype=None, casting='same_kind')
--

Arrays of one shape joined along a new axis.

Same as numpy.stack.
>>> xp.stack(([1, 2], [3, 4]))
array([[1, 2],
       [3, 4]]))"),
                                native<kVstack, vstack>(
                                    R"(vstack(tup, *, dtype=None, casting='same_kind')
--

Arrays joined row under row: along the first axis, 1-d arrays as rows.

Same as numpy.vstack.
>>> xp.vstack(([1, 2], [3, 4]))
array([[1, 2],
       [3, 4]]))"),
                                native<kHstack, hstack>(
                                    R"(hstack(tup, *, dtype=None, casting='same_kind')
--

Arrays joined side by side: along the second axis, 1-d arrays end to end.

Same as numpy.hstack.
>>> xp.hstack(([1, 2], [3]))
array([1, 2, 3]))"),
                                {}};

}  // namespace crossarray::python
