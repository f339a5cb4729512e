// Advanced indexing: integer and boolean arrays, alone or mixed with slices, by NumPy's rules.
#include <string>

#include "dispatch/core/view.h"
#include "dispatch/graph/build.h"
#include "dispatch/plan/backend.h"
#include "python/src/convert.h"
#include "python/src/device_scope.h"
#include "python/src/index_parse.h"
#include "python/src/index_terms.h"
#include "python/src/index_values.h"
#include "python/src/numpy_api.h"

namespace crossarray::python {
namespace {

/// One term, classified. Arrays are ours by now; an integer array stays as given, a mask is bool.
struct Term {
  enum Kind : uint8_t { kInteger, kSlice, kNewAxis, kEllipsis, kIntegers, kMask, kTruth } kind;
  int64_t value = 0;          // kInteger; kTruth: 0 or 1
  PyObject* slice = nullptr;  // kSlice, borrowed
  Array array = {};

  int axes() const {
    return kind == kMask ? array.rank() : kind == kInteger || kind == kSlice || kind == kIntegers ? 1 : 0;
  }
  bool advanced() const { return kind == kInteger || kind == kIntegers || kind == kMask || kind == kTruth; }
};

/// True for a bool or a 0-d bool array, whose truth goes to `value`.
bool truth_term(PyObject* o, int64_t& value) {
  const bool zero_d = (is_ndarray(o) && array_of(o).rank() == 0 && array_of(o).dtype() == DType::kBool) ||
                      (PyArray_Check(o) && PyArray_NDIM(reinterpret_cast<PyArrayObject*>(o)) == 0 &&
                       PyArray_ISBOOL(reinterpret_cast<PyArrayObject*>(o)));
  if (!PyBool_Check(o) && !PyArray_IsScalar(o, Bool) && !zero_d) return false;
  value = PyObject_IsTrue(o);
  if (value < 0) throw PythonError();
  return true;
}

/// NumPy's integer array of foreign byte order as one of ours; null for other dtypes.
std::optional<Array> swapped_integers(PyObject* o) {
  if (!o || !PyArray_Check(o) || !PyArray_ISINTEGER(reinterpret_cast<PyArrayObject*>(o))) return std::nullopt;
  const DType dtype = DType::kI64;
  return from_python(o, &dtype);
}

/// Lists and other array-likes as an array. A TypeError of the conversion is NumPy's IndexError here.
Array index_array(PyObject* o) {
  PyRef outside;
  std::optional<Array> array;
  try {
    array = convert(o, nullptr, CopyMode::kShare, outside);
  } catch (const PythonError&) {
    if (!PyErr_ExceptionMatches(PyExc_TypeError)) throw;
    PyErr_Clear();
  }
  if (!array) array = swapped_integers(outside.get());
  const bool is_array = is_ndarray(o) || PyArray_Check(o);
  if (array && !is_array && array->size() == 0) array = cast(*array, DType::kI64);  // x[[]]
  if (array && (is_integer(array->dtype()) || array->dtype() == DType::kBool)) return *std::move(array);
  if (is_array) raise(ErrorKind::kIndex, "arrays used as indices must be of integer (or boolean) type");
  invalid_index();
}

Term classify(PyObject* o) {
  Term term{Term::kInteger};
  if (o == Py_None) return {Term::kNewAxis};
  if (o == Py_Ellipsis) return {Term::kEllipsis};
  if (PySlice_Check(o)) return {Term::kSlice, 0, o};
  if (truth_term(o, term.value)) return {Term::kTruth, term.value};
  if (plain_integer(o, term.value)) return term;
  term.array = index_array(o);
  if (term.array.rank() == 0) {  // an array-like of rank 0, such as a scalar of another library
    term.value = cast_scalar(element(term.array), DType::kI64).as<int64_t>();
    return term;
  }
  term.kind = term.array.dtype() == DType::kBool ? Term::kMask : Term::kIntegers;
  return term;
}

std::vector<Term> classify_all(PyObject* key) {
  const KeyTerms terms(key);
  std::vector<Term> out;
  for (Py_ssize_t i = 0; i < terms.count; ++i) out.push_back(classify(terms.items[i]));
  return out;
}

/// Axes an ellipsis stands for. Throws kIndex for two ellipses or too many indices.
int ellipsis_axes(const std::vector<Term>& terms, int rank) {
  int used = 0, ellipses = 0;
  for (const Term& term : terms) {
    used += term.axes();
    ellipses += term.kind == Term::kEllipsis;
  }
  if (ellipses > 1) raise(ErrorKind::kIndex, "an index can only have a single ellipsis ('...')");
  if (used > rank)
    raise(ErrorKind::kIndex, "too many indices for array: array is " + std::to_string(rank) + "-dimensional, but " +
                                 std::to_string(used) + " were indexed");
  return rank - used;
}

/// An advanced term on its axes, before the terms are broadcast to one shape.
struct Selected {
  Array array;  // int64 positions, or integers still to be checked
  int axis;     // -1: positions known to be in bounds
  int64_t extent;
  int64_t step;
  int axes = 1;  // axes of the mask it comes from, of which each counts in NumPy's error text
};

/// NumPy lets an empty axis of a mask pass: it selects nothing.
void check_mask_shape(const Layout& in, int axis, const Array& mask) {
  for (int i = 0; i < mask.rank(); ++i)
    if (mask.shape()[i] != in.shape[axis + i] && mask.shape()[i] > 0)
      raise(ErrorKind::kIndex, "boolean index did not match indexed array along axis " + std::to_string(axis + i) +
                                   "; size of axis is " + std::to_string(in.shape[axis + i]) +
                                   " but size of corresponding boolean axis is " + std::to_string(mask.shape()[i]));
}

/// Whether a term is a truth value for every element.
bool masks_all(const Term& term, const Dims& shape) {
  if (term.kind == Term::kTruth) return shape.size() == 0;
  return term.kind == Term::kMask && term.array.shape() == shape;
}

/// Distance of neighbours if the mask's axes can be walked as one; 0 if they cannot.
int64_t merged_step(const Layout& in, int axis, int rank) {
  int64_t step = 0, expected = 0;
  for (int i = axis + rank - 1; i >= axis; --i) {
    if (in.shape[i] == 1) continue;
    if (in.strides[i] == 0) return 0;  // a broadcast axis
    if (step == 0) {
      step = in.strides[i];
    } else if (in.strides[i] != expected) {
      return 0;
    }
    expected = in.strides[i] * in.shape[i];
  }
  return step;
}

void select_mask(const Layout& in, int axis, const Array& mask, std::vector<Selected>& out) {
  const Array flat = true_positions(mask);
  const int64_t step = merged_step(in, axis, mask.rank());
  if (step != 0 || mask.rank() == 1)
    return out.push_back({flat, -1, 0, mask.rank() == 1 ? in.strides[axis] : step, mask.rank()});
  for (int i = 0; i < mask.rank(); ++i)
    out.push_back({coordinates(flat, mask.shape(), i), -1, 0, in.strides[axis + i]});
}

/// Collects the basic part into `rest` and the advanced terms into `selected`; finds where the latter go.
class TermWalk {
 public:
  TermWalk(const Layout& in, AdvancedIndex& out, int ellipsis) : in_(in), out_(out), ellipsis_(ellipsis) {
    out_.rest.offset = in.offset;
  }

  void take(const Term& term) {
    if (term.advanced()) {
      if (state_ == kNone) out_.place = out_.rest.rank();
      if (state_ == kAfter) out_.place = 0;
      state_ = state_ == kAfter ? kSplit : state_ == kSplit ? kSplit : kInside;
    } else if (state_ == kInside) {
      state_ = kAfter;
    }
    take_axes(term);
  }
  void finish() { push_axes(in_, axis_, in_.rank(), out_.rest); }

  std::vector<Selected> selected;

 private:
  enum State : uint8_t { kNone, kInside, kAfter, kSplit };

  void take_axes(const Term& term) {
    switch (term.kind) {
      case Term::kInteger:
        out_.rest.offset += wrap_index(term.value, axis_, in_.shape[axis_]) * in_.strides[axis_];
        break;
      case Term::kSlice: push_slice(in_, axis_, term.slice, out_.rest); break;
      case Term::kNewAxis:
        out_.rest.shape.push_back(1);
        out_.rest.strides.push_back(0);
        break;
      case Term::kEllipsis:
        push_axes(in_, axis_, axis_ + ellipsis_, out_.rest);
        axis_ += ellipsis_;
        break;
      case Term::kIntegers: selected.push_back({term.array, axis_, in_.shape[axis_], in_.strides[axis_]}); break;
      case Term::kMask:
        check_mask_shape(in_, axis_, term.array);
        select_mask(in_, axis_, term.array, selected);
        break;
      case Term::kTruth: selected.push_back({zero_positions(term.value), -1, 0, 0}); break;
    }
    axis_ += term.axes();
  }

  const Layout in_;
  AdvancedIndex& out_;
  const int ellipsis_;
  int axis_ = 0;
  State state_ = kNone;
};

Dims common_shape(const std::vector<Selected>& selected) {
  SmallVector<const Dims*, 8> shapes;
  for (const Selected& one : selected) shapes.push_back(&one.array.shape());
  try {
    return broadcast_shapes({shapes.data(), static_cast<size_t>(shapes.size())});
  } catch (const Error&) {
    std::string text = "shape mismatch: indexing arrays could not be broadcast together with shapes ";
    for (const Selected& one : selected)
      for (int i = 0; i < one.axes; ++i) text += shape_text(one.array.shape(), ",") + ' ';
    raise(ErrorKind::kIndex, text);
  }
}

/// Where every axis left is indexed, NumPy lays the result out as the index arrays are.
Dims order_of_arrays(const std::vector<Selected>& selected, const Dims& shape) {
  std::vector<Dims> strides;
  for (const Selected& one : selected) strides.push_back(broadcast_to(one.array.layout(), shape).strides);
  std::vector<const Dims*> all;
  for (const Dims& each : strides) all.push_back(&each);
  return k_order(shape, all);
}

}  // namespace

Dims AdvancedIndex::result_shape() const {
  Dims out;
  for (int axis = 0; axis < place; ++axis) out.push_back(rest.shape[axis]);
  for (int64_t extent : shape) out.push_back(extent);
  for (int axis = place; axis < rest.rank(); ++axis) out.push_back(rest.shape[axis]);
  return out;
}

void check_index_device(const char* name, PyObject* self, PyObject* key, PyObject* value) {
  PyObject* const all[] = {self, key, value};
  pin_of_arguments(name, all, 3);
}

AdvancedIndex parse_advanced(const Array& a, PyObject* key) {
  AdvancedIndex out;
  const std::vector<Term> terms = classify_all(key);
  // A copy: reading masks lets other threads in, and one may reshape the array.
  const Layout in = a.layout();  // NOLINT(performance-unnecessary-copy-initialization)
  const int ellipsis = ellipsis_axes(terms, in.rank());
  out.single_mask = terms.size() == 1 && masks_all(terms[0], in.shape);
  TermWalk walk(in, out, ellipsis);
  for (const Term& term : terms) walk.take(term);
  walk.finish();
  if (walk.selected.empty()) walk.selected.push_back({zero_positions(1), -1, 0, 0});
  if (out.rest.rank() == 0 && walk.selected.size() >= kMaxRank)
    raise(ErrorKind::kIndex, "when no subspace is given, the number of index arrays cannot be above 63, but " +
                                 std::to_string(walk.selected.size()) + " index arrays found");
  out.shape = common_shape(walk.selected);
  if (out.shape.size() + out.rest.rank() > kMaxRank)
    raise(ErrorKind::kIndex, "number of dimensions must be within [0, 64], indexing result would have more");
  if (out.rest.rank() == 0 && out.shape.size() > 1) out.order = order_of_arrays(walk.selected, out.shape);
  for (const Selected& one : walk.selected)
    out.arrays.push_back({normalize_positions(one.array, out.shape, one.axis, one.extent), one.step});
  return out;
}

const Array* mask_key(const Array& a, PyObject* key) {
  if (!is_ndarray(key)) return nullptr;
  const Array& mask = array_of(key);
  if (mask.dtype() != DType::kBool || mask.rank() == 0 || mask.rank() > a.rank()) return nullptr;
  for (int axis = 0; axis < mask.rank(); ++axis)
    if (mask.shape()[axis] != a.shape()[axis]) return nullptr;
  return &mask;
}

}  // namespace crossarray::python
