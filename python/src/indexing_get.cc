// x[key]: elements, views, gathers.
#include "dispatch/core/view.h"
#include "dispatch/graph/build.h"
#include "dispatch/plan/primitive.h"
#include "python/src/index_parse.h"
#include "python/src/index_short.h"
#include "python/src/index_terms.h"
#include "python/src/quick_index.h"
#include "python/src/shells.h"
#include "python/src/slots.h"

namespace crossarray::python {
namespace {

constexpr double kElementUs = 2e-3;  // of take(), on one thread

/// A scalar with the bytes that the host has, pinned where `a` is: nothing moves until somebody needs it there.
Array element_at_hand(const Array& a, int64_t offset) {
  Scalar scalar;
  scalar.dtype = a.dtype();
  std::memcpy(scalar.bits, a.host() + offset, a.item());
  Array one = Array::scalar(scalar);
  one.value().set_pin(a.value().pin());
  return one;
}

/// An element that is not on the host, or belongs on a device: copied there, as any scalar result.
PyObject* wrap_remote_element(const Array& a, int64_t offset) {
  const bool at_hand = a.value().on_host() && !a.storage()->shared();
  Array one = at_hand ? element_at_hand(a, offset) : copy(a.view(Layout{{}, {}, a.layout().offset + offset}));
  one.scalar_flag = true;
  return wrap(std::move(one));
}

/// The element at `offset` bytes from the first, as a scalar: a value, no view.
PyObject* wrap_element(const Array& a, int64_t offset) {
  if (!a.ready()) {
    if (!is_remote(a.value().pin())) evaluate(a);
    if (!a.ready()) return wrap_remote_element(a, offset);
  }
  return wrap_scalar(a.dtype(), a.host() + offset);
}

/// The axes of `in` in another order.
Layout reordered(const Layout& in, const Dims& order) {
  Layout out;
  out.offset = in.offset;
  for (int64_t axis : order) push_axes(in, static_cast<int>(axis), static_cast<int>(axis) + 1, out);
  return out;
}

/// Axes of the gathered block (index axes first, then the rest's in `order`) in the result's order.
Layout in_result_order(const Layout& gathered, const AdvancedIndex& index, const Dims& order) {
  Layout block = gathered, out;
  const int indexed = index.shape.size();
  for (int i = 0; i < order.size(); ++i) {
    const int axis = indexed + static_cast<int>(order[i]);
    block.shape[axis] = gathered.shape[indexed + i];
    block.strides[axis] = gathered.strides[indexed + i];
  }
  out.offset = block.offset;
  push_axes(block, indexed, indexed + index.place, out);
  push_axes(block, 0, indexed, out);
  push_axes(block, indexed + index.place, block.rank(), out);
  return out;
}

Array gather(const Array& a, const AdvancedIndex& index) {
  // The axes that no array indexes stay nested as they are in memory: NumPy's layout of the result.
  const Dims order = axes_by_stride(index.rest);
  const Layout rest = reordered(index.rest, order);
  Dims block = index.shape;
  for (int64_t extent : rest.shape) block.push_back(extent);
  IndexCall call = index_call(index, a.item());
  call.rest_shape = rest.shape;
  call.base_rest = rest.strides;
  const Dims* nesting = index.order.empty() ? nullptr : &index.order;
  const Dims strides = nesting ? dense_strides(block, *nesting, a.item()) : contiguous_strides(block, a.item());
  for (int axis = 0; axis < block.size(); ++axis)
    (axis < index.shape.size() ? call.value_index : call.value_rest).push_back(strides[axis]);
  Work work;
  work.elements = static_cast<double>(Layout{block, block, 0}.size());
  work.bytes = work.elements * static_cast<double>(2 * a.item() + sizeof(int64_t));
  const Array out = run_primitive(
      "take", {&a}, work, [&](Backend& b) { return b.supports(call); },
      [&](PrimitiveRun& run) {
        Array taken = run.result(block, a.dtype(), nesting);
        call.base = run.read(a) + (index.rest.offset - a.layout().offset);
        read_positions(run, index, call);
        call.values = run.write(taken);
        if (taken.size() > 0) run.execute(kElementUs * work.elements, [&] { run.backend().take(call); });
        return taken;
      });
  return out.view(in_result_order(out.layout(), index, order));
}

PyObject* get_from_scalar(PyObject* self, PyObject* key) {
  const Array a = viewable(self);
  Layout layout;
  const bool truth = PyBool_Check(key) || (is_ndarray(key) && array_of(key).dtype() == DType::kBool);
  const bool integer = PyIndex_Check(key) && !truth;
  const IndexOutcome outcome =
      integer || PyUnicode_Check(key) ? IndexOutcome::kAdvanced : basic_index(a.layout(), key, layout);
  if (outcome == IndexOutcome::kElement) return Py_NewRef(self);
  if (outcome != IndexOutcome::kAdvanced) return wrap(a.view(std::move(layout)));
  if (integer || PyUnicode_Check(key) || PySlice_Check(key))
    raise(ErrorKind::kIndex, "invalid index to scalar variable.");
  check_index_device("getitem", self, key);
  return wrap(gather(a, parse_advanced(a, key)));
}

PyObject* get_item(PyObject* self, PyObject* key) noexcept try {
  const Array& a = array_of(self);
  int64_t offset;
  if (quick_offset(a.layout(), key, offset)) return wrap_element(a, offset);
  if (a.scalar_flag) return get_from_scalar(self, key);
  if (Py_TYPE(key) == ndarray_type) {
    if (a.value().pin() != kAuto) check_index_device("getitem", self, key);
    Shell shell;
    if (short_get(a, key, shell.array())) return shell.release();
  } else if (PyObject* view = wrap_changed(self, [key](Layout& layout) { return quick_view(layout, key); })) {
    return view;
  }
  Layout layout;
  switch (basic_index(a.layout(), key, layout)) {
    case IndexOutcome::kElement: return wrap_element(a, layout.offset - a.layout().offset);
    case IndexOutcome::kView: return wrap_view(a.view(std::move(layout)), self);
    case IndexOutcome::kCopy: return wrap(copy(a.view(std::move(layout)), 'K'));
    case IndexOutcome::kAdvanced: break;
  }
  check_index_device("getitem", self, key);
  const AdvancedIndex index = parse_advanced(a, key);
  return wrap(gather(a, index));
} catch (...) {
  return translate_current_exception();
}

}  // namespace

void read_positions(PrimitiveRun& run, const AdvancedIndex& index, IndexCall& call) {
  call.index.clear();
  for (const IndexArray& one : index.arrays)
    call.index.push_back(reinterpret_cast<const int64_t*>(run.read(one.positions)));
}

IndexCall index_call(const AdvancedIndex& index, size_t item) {
  IndexCall call;
  call.item = item;
  call.index_shape = index.shape;
  for (const IndexArray& one : index.arrays) call.base_step.push_back(one.step);
  call.rest_shape = index.rest.shape;
  call.base_rest = index.rest.strides;
  return call;
}

PyObject* sequence_item(PyObject* self, Py_ssize_t i) noexcept try {
  const Array& a = array_of(self);
  if (a.rank() == 0) {
    PyErr_SetString(PyExc_IndexError, a.scalar_flag
                                          ? "invalid index to scalar variable."
                                          : "too many indices for array: array is 0-dimensional, but 1 were indexed");
    return nullptr;
  }
  const Layout& in = a.layout();
  if (i < 0 || i >= in.shape[0]) {  // no C++ exception: every loop over an array ends here
    PyErr_Format(PyExc_IndexError, "index %zd is out of bounds for axis 0 with size %lld", i,
                 static_cast<long long>(in.shape[0]));
    return nullptr;
  }
  if (in.rank() == 1) return wrap_element(a, i * in.strides[0]);
  return wrap_changed(self, [i](Layout& layout) {
    layout.offset += i * layout.strides[0];
    layout.shape.erase(0);
    layout.strides.erase(0);
    return true;
  });
} catch (...) {
  return translate_current_exception();
}

PyType_Slot kIndexingSlots[] = {
    {Py_mp_subscript, reinterpret_cast<void*>(&get_item)},
    {Py_mp_ass_subscript, reinterpret_cast<void*>(&set_item)},
    {},
};

}  // namespace crossarray::python
