// x[key] = value: elements, views, masks, scatters.
#include <cmath>
#include <cstring>
#include <string>

#include "dispatch/core/view.h"
#include "dispatch/graph/tiny.h"
#include "dispatch/plan/primitive.h"
#include "python/src/elements.h"
#include "python/src/index_parse.h"
#include "python/src/index_short.h"
#include "python/src/index_terms.h"
#include "python/src/index_values.h"
#include "python/src/numpy_api.h"
#include "python/src/quick_index.h"
#include "python/src/slots.h"
#include "python/src/warn.h"

namespace crossarray::python {
namespace {

void check_writeable(const Array& a) {
  if (a.scalar_flag)
    raise(ErrorKind::kType, std::string("'numpy.") + name(a.dtype()) + "' object does not support item assignment");
  if (!a.writeable) raise(ErrorKind::kValue, "assignment destination is read-only");
}

/// One of our arrays as the value of one element. NumPy takes 0-d arrays only.
Scalar element_value(const Array& value, DType dtype) {
  if (dtype == DType::kBool && value.size() == 1) return cast_scalar(element(value), dtype);
  if (value.rank() != 0 && is_complex(dtype))
    raise(ErrorKind::kType, "only 0-dimensional arrays can be converted to Python scalars");
  if (value.rank() != 0) raise(ErrorKind::kValue, "setting an array element with a sequence.");
  if (is_complex(value.dtype()) && !is_complex(dtype))
    raise(ErrorKind::kType, is_float(dtype) ? "float() argument must be a string or a real number, not 'complex'"
                                            : "int() argument must be a string, a bytes-like object or a real number, "
                                              "not 'complex'");
  return cast_scalar(element(value), dtype);
}

/// `value` as an element of `dtype`, with the errors of NumPy's item assignment.
Scalar packed(PyObject* value, DType dtype) {
  Scalar scalar;
  scalar.dtype = dtype;
  if (store_simple(value, dtype, scalar.bits)) return scalar;
  if (is_ndarray(value)) return element_value(array_of(value), dtype);
  if (!pack_element(value, dtype, scalar.bits)) throw PythonError();
  return scalar;
}

void set_element(Array& a, int64_t offset, PyObject* value) {
  check_writeable(a);
  if ((!a.ready() || a.value().copies()) && write_device(a) != kCpu) {
    Array one = a.view(Layout{{}, {}, a.layout().offset + offset});
    return assign(one, Array::scalar(packed(value, a.dtype())));
  }
  alignas(16) std::byte element[kMaxItemSize];
  if (!store_simple(value, a.dtype(), element)) copy_item(element, packed(value, a.dtype()).bits, a.item());
  copy_item((writes_at_once(a) ? a.host() : write_host(a)) + offset, element, a.item());
}

bool is_python_scalar(PyObject* value) {
  return PyFloat_Check(value) || PyLong_Check(value) || PyComplex_Check(value) || PyArray_IsScalar(value, Generic) ||
         PyUnicode_Check(value) || PyBytes_Check(value) || value == Py_None;
}

/// The right-hand side as an array (0-d for scalars) that assign() converts to a's dtype.
Array value_for(const Array& a, PyObject* value) {
  if (is_ndarray(value)) return array_of(value);
  if (is_python_scalar(value)) return Array::scalar(packed(value, a.dtype()));
  const DType dtype = a.dtype();
  DType known;
  if (PyArray_Check(value) && dtype_of_descr(PyArray_DESCR(reinterpret_cast<PyArrayObject*>(value)), known))
    return from_python(value, nullptr, false);
  return from_python(value, &dtype, false);
}

void set_view(const Array& a, Layout layout, PyObject* value) {
  Array view = a.view(std::move(layout));
  check_writeable(view);
  if (view.ready() && (PyFloat_CheckExact(value) || PyLong_CheckExact(value)) &&
      short_fill(view, packed(value, a.dtype())))
    return;
  const Array source = value_for(a, value);
  warn_discarded(source.dtype(), a.dtype());
  if (source.rank() > view.rank() && (PyList_Check(value) || PyTuple_Check(value)))
    raise(ErrorKind::kValue,
          "setting an array element with a sequence. The requested array would exceed the maximum number of dimension "
          "of " +
              std::to_string(view.rank()) + ".");
  assign(view, Arg(source), "setitem");
}

/// x[mask] = scalar as one elementwise pass: it can be recorded, and needs no positions.
void set_masked(Array& a, const Array& mask, const Scalar& value) {
  Layout layout = mask.layout();
  while (layout.rank() < a.rank()) layout = insert_axis(layout, layout.rank());
  const Array wide_mask = mask.view(std::move(layout));
  const Array fill = Array::scalar(value);
  apply_into(Op::where, std::initializer_list<Arg>{Arg(wide_mask), Arg(fill), Arg(a)}, a);
}

[[noreturn]] void mask_count_mismatch(const Array& value, const Dims& target) {
  if (value.rank() > 1)
    raise(ErrorKind::kType, "NumPy boolean array indexing assignment requires a 0 or 1-dimensional input, input has " +
                                std::to_string(value.rank()) + " dimensions");
  raise(ErrorKind::kValue, "NumPy boolean array indexing assignment cannot assign " + std::to_string(value.size()) +
                               " input values to the " + std::to_string(target[0]) +
                               " output values where the mask is true");
}

/// The value seen over the result's shape. NumPy drops leading axes of extent 1.
Layout broadcast_value(const Array& value, const AdvancedIndex& index) {
  const Dims target = index.result_shape();
  Layout layout = value.layout();
  if (index.single_mask && (value.rank() > 1 || (value.rank() == 1 && value.size() != 1 && value.size() != target[0])))
    mask_count_mismatch(value, target);
  while (layout.rank() > target.size() && layout.shape[0] == 1) layout = index_axis(layout, 0, 0);
  try {
    return broadcast_to(layout, target);
  } catch (const Error&) {
    raise(ErrorKind::kValue, "shape mismatch: value array of shape " + shape_text(value.shape(), ",") +
                                 " could not be broadcast to indexing result of shape " + shape_text(target, ","));
  }
}

/// Positions and values must not change while elements are written.
void detach(Array& from, const Array& target) {
  if (from.storage() == target.storage()) from = copy(from);
}

void scatter(Array& a, AdvancedIndex index, PyObject* value_object) {
  Array value = value_for(a, value_object);
  warn_discarded(value.dtype(), a.dtype());
  if (value.dtype() != a.dtype()) value = cast(value, a.dtype());
  detach(value, a);
  for (IndexArray& one : index.arrays) detach(one.positions, a);
  const Layout wide = broadcast_value(value, index);
  if (wide.size() == 0) return;
  IndexCall call = index_call(index, a.item());
  const int first = index.place, last = index.place + index.shape.size();
  for (int axis = 0; axis < wide.rank(); ++axis)
    (axis >= first && axis < last ? call.value_index : call.value_rest).push_back(wide.strides[axis]);
  const int64_t shift = index.rest.offset - a.layout().offset;
  const bool done = write_by_primitive(
      "put", a, [&](Backend& b) { return b.supports(call); },
      [&](PrimitiveRun& run, std::byte* base) {
        call.base = base + shift;
        call.values = run.read(value);
        read_positions(run, index, call);
        run.backend().put(call);
      });
  if (done) return;
  value = settled(value);
  PrimitiveRun run("put", kCpu, kAuto, nullptr);
  read_positions(run, index, call);
  call.base = write_host(a) + shift;
  call.values = value.host();  // put() only reads through it
  cpu_backend().put(call);
}

void set_advanced(PyObject* self, PyObject* key, PyObject* value) {
  Array& a = array_of(self);
  check_writeable(a);
  const Array* mask = mask_key(a, key);
  const bool one_value = is_python_scalar(value) || (is_ndarray(value) && array_of(value).rank() == 0);
  if (one_value && !mask && short_put(a, key, packed(value, a.dtype()))) return;
  if (mask && one_value && !has_internal_overlap(a.layout(), a.item()))
    return set_masked(a, *mask, packed(value, a.dtype()));
  scatter(a, parse_advanced(a, key), value);
}

}  // namespace

PyObject* fill_method(PyObject* self, PyObject* value) noexcept {
  return guarded([&]() -> PyObject* {
    Array& a = array_of(self);
    if (a.scalar_flag) Py_RETURN_NONE;  // NumPy's scalars fill a copy of themselves
    check_writeable(a);
    const Scalar scalar = packed(value, a.dtype());
    if (!a.ready() || !short_fill(a, scalar)) assign(a, Arg(Array::scalar(scalar)));
    Py_RETURN_NONE;
  });
}

int set_item(PyObject* self, PyObject* key, PyObject* value) noexcept try {
  if (!value) raise(ErrorKind::kValue, "cannot delete array elements");
  Array& a = array_of(self);
  int64_t offset;
  if (a.value().pin() != kAuto) check_index_device("setitem", self, key, value);
  if (quick_offset(a.layout(), key, offset)) return set_element(a, offset, value), 0;
  check_writeable(a);
  Layout layout;
  switch (basic_index(a.layout(), key, layout)) {
    case IndexOutcome::kElement: set_element(a, layout.offset - a.layout().offset, value); break;
    case IndexOutcome::kView:
    case IndexOutcome::kCopy: set_view(a, std::move(layout), value); break;
    case IndexOutcome::kAdvanced: set_advanced(self, key, value); break;
  }
  return 0;
} catch (...) {
  translate_current_exception();
  return -1;
}

}  // namespace crossarray::python
