// Entry points of native functions: from CPython's calling convention to a body that sees bound parameters.
//
//   constexpr Signature<3> kPtp{"ptp", 4, 1, {"a", "axis", "out"}};
//   PyObject* ptp(const Call& call) { ... call[0], call[1] ... }
//   PyMethodDef methods[] = {native<kPtp, ptp>("Range of values along an axis ..."), {}};
#pragma once

#include <initializer_list>

#include "python/src/device_scope.h"
#include "python/src/foreign.h"

namespace crossarray::python {

/// One bound call: call[i] is parameter i (borrowed, null where not given).
class Call {
 public:
  Call(const char* function, const Arguments& arguments, PyObject* self, PyObject* const* slots)
      : function_(function), arguments_(arguments), self_(self), slots_(slots) {}
  PyObject* operator[](int i) const { return slots_[i]; }
  const char* function() const { return function_; }
  /// Arguments given by position, the array of a method call not counted.
  Py_ssize_t positional() const { return arguments_.count; }
  bool is_method() const { return self_ != nullptr; }

  /// True if a parameter holds what only NumPy understands: the array-likes listed, or the dtype at `dtype` (-1: none).
  bool is_foreign(std::initializer_list<int> arrays, int dtype = -1) const {
    for (int i : arrays) {
      WeakScalar weak;
      PyObject* o = slots_[i];
      if (o && o != Py_None && o != Py_Ellipsis && !is_ndarray(o) && !weak_scalar(o, weak) && belongs_to_numpy(o))
        return true;
    }
    return dtype >= 0 && foreign_dtype(slots_[dtype]);
  }
  /// NumPy's function of the same name on these arguments.
  PyObject* to_numpy() const { return call_foreign(function_, arguments_, self_); }

 private:
  const char* function_;
  const Arguments& arguments_;
  PyObject* self_;  // the array of a method call, else null
  PyObject* const* slots_;
};

template <const auto& kSignature, PyObject* (*kBody)(const Call&)>
PyObject* native_entry(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* names) {
  return guarded([&]() -> PyObject* {
    constexpr int kParameters = static_cast<int>(kSignature.names.size());
    PyObject* slots[kParameters];
    PyObject* array = self && is_ndarray(self) ? self : nullptr;
    const Arguments arguments{args, count, names};
    bind(kSignature, array, arguments, slots);
    const Call call(kSignature.function, arguments, array, slots);
    const Device pin = pin_of_arguments(kSignature.function, slots, kParameters);
    return pin == kAuto ? kBody(call) : pinned_result(kBody(call), pin, slots, kParameters);
  });
}

/// Table entry of a native function; it is an ndarray method too when the type's table lists it.
template <const auto& kSignature, PyObject* (*kBody)(const Call&)> PyMethodDef native(const char* doc) {
  auto* entry = native_entry<kSignature, kBody>;
  return {kSignature.function, reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(entry)),
          METH_FASTCALL | METH_KEYWORDS, doc};
}

/// Tuple of index arrays of the nonzero elements (rank >= 1). Evaluates. Throws kMemory.
PyObject* nonzero_arrays(const Array& in);

/// a's elements at integer positions along `axis`, in C order: what indexing by them would give in its own order. Throws
/// kIndex.
Array take_along(const Array& a, const Array& positions, int axis);

// Function tables, one per file; register_functions adds them to the module.
extern PyMethodDef product_functions[];
extern PyMethodDef reduction_functions[];
extern PyMethodDef statistics_functions[];
extern PyMethodDef creation_functions[];
extern PyMethodDef range_functions[];
extern PyMethodDef select_functions[];
extern PyMethodDef count_functions[];
extern PyMethodDef along_functions[];
extern PyMethodDef join_functions[];
extern PyMethodDef shape_functions[];

}  // namespace crossarray::python
