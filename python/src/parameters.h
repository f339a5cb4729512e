// Common parameters of native functions: binding a call, and the values of axis=, dtype=, order=, where= ...
#pragma once

#include <string>

#include "python/src/args.h"
#include "python/src/ndarray.h"

namespace crossarray::python {

/// The new reference `o`, or PythonError when a C API call returned null.
inline PyRef checked(PyObject* o) {
  if (!o) throw PythonError{};
  return PyRef(o);
}

/// Runs `body` (which returns a new reference) and turns C++ exceptions into Python's.
template <class Body> PyObject* guarded(Body&& body) noexcept {
  try {
    return body();
  } catch (...) {
    return translate_current_exception();
  }
}

/// One call as CPython hands it over: positional arguments, then the values of `names`.
struct Arguments {
  PyObject* const* values;
  Py_ssize_t count;  // positional ones
  PyObject* names;   // tuple of str, or null

  Py_ssize_t keywords() const { return names ? PyTuple_GET_SIZE(names) : 0; }
  PyObject* keyword_name(Py_ssize_t i) const { return PyTuple_GET_ITEM(names, i); }
  PyObject* keyword_value(Py_ssize_t i) const { return values[count + i]; }
};

/// Fills slots (borrowed; null where not given). A function that is an ndarray method too finds `self` in the first.
/// Throws PythonError (TypeError) for too many, missing, unknown or doubled arguments.
template <int N> void bind(const Signature<N>& s, PyObject* self, const Arguments& arguments, PyObject* (&slots)[N]) {
  const int skip = self && is_ndarray(self) ? 1 : 0;
  slots[0] = self;
  const int required = s.required > skip ? s.required - skip : 0;
  if (!parse_arguments(s.function, s.names.data() + skip, N - skip, s.positional - skip, required, arguments.values,
                       arguments.count, arguments.names, slots + skip))
    throw PythonError{};
}

[[noreturn]] inline void type_error(const std::string& text) { raise(ErrorKind::kType, text); }
[[noreturn]] inline void value_error(const std::string& text) { raise(ErrorKind::kValue, text); }

/// True if the argument was left out or is None.
inline bool absent(PyObject* o) { return !o || o == Py_None; }
/// Truth of an optional flag; `fallback` when left out.
bool flag(PyObject* o, bool fallback = false);
/// True if `o` (null: left out) is numpy's "no value" marker or left out: what initial= and keepdims= use.
bool no_value(PyObject* o);
/// An index-like argument. Throws PythonError (TypeError, OverflowError).
int64_t integer(PyObject* o);
double real_number(PyObject* o);
/// shape= of creation functions: an int or a sequence of ints. Throws kValue for negative extents and rank > 64.
Dims shape_argument(PyObject* o);
/// dtype= as a DType; nullopt when left out or None. Throws PythonError for dtypes outside the table.
std::optional<DType> dtype_argument(PyObject* o);
/// order=: one of the letters in `allowed`; `fallback` when left out or None.
char order_argument(PyObject* o, char fallback, const char* allowed = "KACF");
Casting casting_argument(PyObject* o, Casting fallback);
/// An array from any array-like without copying where memory can be shared. Throws.
Array array_argument(PyObject* o);
/// An operand: array, or Python scalar that keeps its weakness. Throws PythonError.
OperandHolder operand(PyObject* o);
/// where= of reductions and ufuncs as a bool array; nullopt when left out or True.
std::optional<Array> mask_argument(PyObject* o);
/// Python scalar in the dtype it has on its own (int64 or uint64, float64, complex128).
Scalar natural_scalar(const WeakScalar& weak);
/// The single element of `a`, read now.
Scalar element(const Array& a);

}  // namespace crossarray::python
