#include "python/src/sequences.h"

#include <cstring>
#include <vector>

#include "dispatch/core/promote.h"
#include "dispatch/core/view.h"
#include "dispatch/plan/executor.h"
#include "python/src/elements.h"
#include "python/src/numpy_arrays.h"
#include "python/src/quick_index.h"

namespace crossarray::python {
namespace {

bool is_sequence(PyObject* o) { return PyList_CheckExact(o) || PyTuple_CheckExact(o); }

/// The dtype NumPy discovers for a Python or NumPy scalar; false: NumPy has to judge.
bool scalar_dtype(PyObject* o, DType& out) {
  if (PyFloat_CheckExact(o)) return out = DType::kF64, true;
  if (PyLong_CheckExact(o)) {
    int64_t small;
    int overflow = 0;
    if (!small_int(o, small)) PyLong_AsLongLongAndOverflow(o, &overflow);
    return out = DType::kI64, overflow == 0;
  }
  if (PyBool_Check(o)) return out = DType::kBool, true;
  if (PyComplex_CheckExact(o)) return out = DType::kC128, true;
  if (!PyArray_IsScalar(o, Generic)) return false;
  PyRef descr(reinterpret_cast<PyObject*>(PyArray_DescrFromScalar(o)));
  if (!descr) throw PythonError();
  return dtype_of_descr(reinterpret_cast<PyArray_Descr*>(descr.get()), out);
}

/// First pass: shape and common dtype of all leaves, and those that have to be computed first.
class Survey {
 public:
  bool visit(PyObject* o, int depth) {
    if (is_sequence(o)) return visit_items(o, depth);
    if (is_ndarray(o)) return visit_array(array_of(o), o, depth);
    return visit_scalar(o, depth);
  }

  const Dims& shape() const { return shape_; }
  DType dtype() const { return dtype_; }
  /// Computes in one go what is not on the host yet. Other Python code may run.
  void evaluate_unready() const {
    std::vector<const Array*> arrays;
    for (const PyRef& o : unready_) arrays.push_back(&array_of(o.get()));
    if (!arrays.empty()) evaluate(arrays);
  }

 private:
  bool visit_items(PyObject* sequence, int depth) {
    const Py_ssize_t count = PySequence_Fast_GET_SIZE(sequence);
    if (count == 0 || depth == kMaxRank || !agree(depth, count)) return false;
    PyObject* const* items = PySequence_Fast_ITEMS(sequence);
    for (Py_ssize_t i = 0; i < count; ++i)
      if (!visit(items[i], depth + 1)) return false;
    return true;
  }

  bool visit_scalar(PyObject* o, int depth) {
    if (!leaf(depth)) return false;
    PyTypeObject* type = Py_TYPE(o);
    int64_t small;
    if (type == last_ && (type == &PyFloat_Type || small_int(o, small))) return true;
    DType dtype;
    if (!scalar_dtype(o, dtype)) return false;
    last_ = type;
    return join(dtype);
  }

  bool visit_array(const Array& a, PyObject* o, int depth) {
    if (depth + a.rank() > kMaxRank) return false;
    for (int axis = 0; axis < a.rank(); ++axis)
      if (a.shape()[axis] == 0 || !agree(depth + axis, a.shape()[axis])) return false;
    if (!leaf(depth + a.rank()) || is_remote(a.value().pin())) return false;
    if (!a.ready()) unready_.push_back(PyRef::borrow(o));
    last_ = nullptr;
    return join(a.dtype());
  }

  /// The extent along `axis`, which the way to the first leaf decides.
  bool agree(int axis, int64_t extent) {
    if (found_) return axis < shape_.size() && shape_[axis] == extent;
    shape_.push_back(extent);
    return true;
  }

  bool leaf(int rank) const { return rank == shape_.size(); }

  bool join(DType dtype) {
    if (!found_ || dtype != dtype_) dtype_ = found_ ? promote_types(dtype_, dtype) : dtype;
    return found_ = true;
  }

  Dims shape_;
  DType dtype_ = DType::kF64;
  bool found_ = false;
  PyTypeObject* last_ = nullptr;
  std::vector<PyRef> unready_;
};

/// Elements of the same dtype from any layout to dense memory at `to`, which moves on behind them.
void copy_strided(const std::byte* from, const Array& a, int axis, std::byte*& to) {
  if (axis == a.rank()) {
    copy_item(to, from, a.item());
    to += a.item();
    return;
  }
  for (int64_t i = 0; i < a.shape()[axis]; ++i) copy_strided(from + i * a.strides()[axis], a, axis + 1, to);
}

/// Second pass: puts the leaves behind each other. Python code may have run since the first: everything is checked again.
class Filler {
 public:
  Filler(const Dims& shape, DType dtype, std::byte* to) : shape_(shape), dtype_(dtype), to_(to) {}

  bool fill(PyObject* o, int axis) {
    if (is_sequence(o)) return fill_items(o, axis);
    if (is_ndarray(o)) return fill_array(o, axis);
    if (axis != shape_.size() || !fill_scalar(o)) return false;
    to_ += itemsize(dtype_);
    return true;
  }

 private:
  bool fill_items(PyObject* sequence, int axis) {
    if (axis >= shape_.size()) return false;
    const PyRef held = PyRef::borrow(sequence);
    for (int64_t i = 0; i < shape_[axis]; ++i) {
      if (PySequence_Fast_GET_SIZE(sequence) != shape_[axis]) return false;
      if (!fill(PySequence_Fast_GET_ITEM(sequence, i), axis + 1)) return false;
    }
    return true;
  }

  bool fill_scalar(PyObject* o) {
    if (store_simple(o, dtype_, to_)) return true;
    DType own;
    if (!scalar_dtype(o, own) || !can_cast(own, dtype_, Casting::kSafe)) return false;
    Scalar value;
    if (!pack_element(o, own, value.bits)) throw PythonError();
    value.dtype = own;
    std::memcpy(to_, cast_scalar(value, dtype_).bits, itemsize(dtype_));
    return true;
  }

  bool fill_array(PyObject* o, int axis) {
    if (!array_of(o).ready()) return fill_ready(settled(array_of(o)), axis);
    const PyRef held = PyRef::borrow(o);
    return fill_ready(array_of(o), axis);
  }

  bool fill_ready(const Array& a, int axis) {
    if (axis + a.rank() != shape_.size()) return false;
    for (int i = 0; i < a.rank(); ++i)
      if (a.shape()[i] != shape_[axis + i]) return false;
    if (a.rank() == 0 && a.dtype() != dtype_) return fill_other(a);
    const size_t bytes = static_cast<size_t>(a.size()) * a.item();
    if (a.dtype() == dtype_ && (a.c_contiguous() || bytes <= kShortBytes)) return fill_same(a, bytes);
    if (is_complex(a.dtype()) && !is_complex(dtype_)) return false;  // NumPy warns
    const Array dense = as_contiguous(cast(a, dtype_));
    const size_t cast_bytes = static_cast<size_t>(dense.size()) * dense.item();
    std::memcpy(to_, read_host(dense), cast_bytes);
    to_ += cast_bytes;
    return true;
  }

  bool fill_same(const Array& a, size_t bytes) {
    if (a.rank() == 0 || !a.c_contiguous()) return copy_strided(a.host(), a, 0, to_), true;
    std::memcpy(to_, a.host(), bytes);
    to_ += bytes;
    return true;
  }

  /// A 0-d array of another dtype. What may fail in NumPy (nan to int) is NumPy's.
  bool fill_other(const Array& a) {
    if (!can_cast(a.dtype(), dtype_, Casting::kSameKind)) return false;
    Scalar value;
    value.dtype = a.dtype();
    copy_item(value.bits, a.host(), a.item());
    std::memcpy(to_, cast_scalar(value, dtype_).bits, itemsize(dtype_));
    to_ += itemsize(dtype_);
    return true;
  }

  static constexpr size_t kShortBytes = 4096;  // longer strided leaves are copied by the engine
  const Dims& shape_;
  const DType dtype_;
  std::byte* to_;
};

/// `o` with NumPy's scalars and arrays in place of ours.
PyRef hosted(PyObject* o, int depth) {
  if (is_ndarray(o)) {
    PyRef host = to_numpy(array_of(o));
    if (!array_of(o).scalar_flag) return host;
    return PyRef(PyArray_Return(reinterpret_cast<PyArrayObject*>(host.release())));
  }
  if (!is_sequence(o) || depth == kMaxRank) return PyRef::borrow(o);
  PyRef list(PyList_New(0));
  if (!list) throw PythonError();
  for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(o); ++i) {
    const PyRef held = PyRef::borrow(PySequence_Fast_GET_ITEM(o, i));
    const PyRef item = hosted(held.get(), depth + 1);
    if (!item || PyList_Append(list.get(), item.get()) < 0) throw PythonError();
  }
  return list;
}

}  // namespace

bool holds_ours(PyObject* o, int depth) {
  if (is_ndarray(o) || PyDict_CheckExact(o)) return true;
  if (!is_sequence(o) || depth == kMaxRank) return false;
  for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(o); ++i)
    if (holds_ours(PySequence_Fast_GET_ITEM(o, i), depth + 1)) return true;
  return false;
}

PyRef for_numpy(PyObject* o) { return holds_ours(o) ? hosted(o, 0) : PyRef::borrow(o); }

std::optional<Array> from_sequence(PyObject* o, const DType* dtype) {
  if (!is_sequence(o)) return std::nullopt;
  Survey survey;
  if (!survey.visit(o, 0)) return std::nullopt;
  survey.evaluate_unready();
  const DType target = dtype ? *dtype : survey.dtype();
  Array out = Array::empty(survey.shape(), target);
  if (!Filler(survey.shape(), target, out.host()).fill(o, 0)) return std::nullopt;
  return out;
}

}  // namespace crossarray::python
