// Short ways for reductions called as a.sum(), sum(a), a.sum(axis=0) and the like: no parameters to bind.
#pragma once

#include "python/src/native.h"
#include "python/src/quick_index.h"
#include "python/src/shells.h"

namespace crossarray::python {

inline constexpr uint64_t kAllAxes = ~uint64_t{0};

/// A call that names an array of ours and at most one axis.
struct QuickReduction {
  PyObject* array = nullptr;  // null: any other call
  uint64_t axes = kAllAxes;
};

inline bool is_axis_keyword(PyObject* names) {
  static PyObject* const axis = PyUnicode_InternFromString("axis");
  return PyTuple_GET_SIZE(names) == 1 && PyTuple_GET_ITEM(names, 0) == axis;
}

inline QuickReduction quick_reduction(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* names) {
  QuickReduction call;
  if (names && !is_axis_keyword(names)) return call;
  const bool method = self && is_ndarray(self);
  const Py_ssize_t given = count + (names != nullptr), first = method ? 0 : 1;
  if (count < first || given > first + 1) return call;
  PyObject* array = method ? self : args[0];
  if (!is_ndarray(array)) return call;
  if (given == first + 1) {
    int64_t axis;
    const int rank = array_of(array).rank();
    if (!small_int(args[first], axis)) return call;
    if (axis < 0) axis += rank;
    if (axis < 0 || axis >= rank) return call;
    call.axes = uint64_t{1} << axis;
  }
  call.array = array;
  return call;
}

/// As native_entry, with the short way in front. kReduce gives the reduction's result as a new reference.
template <const auto& kSignature, PyObject* (*kReduce)(const Array& in, uint64_t axes), PyObject* (*kBody)(const Call&)>
PyObject* reduction_entry(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* names) {
  const QuickReduction call = quick_reduction(self, args, count, names);
  if (call.array) return guarded([&] { return kReduce(array_of(call.array), call.axes); });
  return native_entry<kSignature, kBody>(self, args, count, names);
}

/// Table entry of a reduction, as native() makes those of other functions.
template <const auto& kSignature, PyObject* (*kReduce)(const Array&, uint64_t), PyObject* (*kBody)(const Call&)>
PyMethodDef reduction(const char* doc) {
  auto* entry = reduction_entry<kSignature, kReduce, kBody>;
  return {kSignature.function, reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(entry)),
          METH_FASTCALL | METH_KEYWORDS, doc};
}

}  // namespace crossarray::python
