// Arguments of METH_FASTCALL | METH_KEYWORDS and vectorcall functions, without building a tuple or a dict.
#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <array>

#include "python/src/pyref.h"

namespace crossarray::python {

/// Names of a function's parameters, in order. Parameters before `positional` may be given by position, those before
/// `required` must be given.
///
///   static const Signature<3> kCumsum{"cumsum", 3, 0, {"axis", "dtype", "out"}};
///   PyObject* values[3];
///   if (!kCumsum.parse(args, nargs, kwnames, values)) return nullptr;   // borrowed; null where not given
template <int N> struct Signature {
  const char* function;
  int positional;
  int required;
  std::array<const char*, N> names;

  bool parse(PyObject* const* args, Py_ssize_t nargs, PyObject* kwnames, PyObject** values) const;
};

/// The parsing itself, out of line. Sets TypeError as Python's own functions do.
bool parse_arguments(const char* function, const char* const* names, int count, int positional, int required,
                     PyObject* const* args, Py_ssize_t nargs, PyObject* kwnames, PyObject** values);

template <int N>
bool Signature<N>::parse(PyObject* const* args, Py_ssize_t nargs, PyObject* kwnames, PyObject** values) const {
  return parse_arguments(function, names.data(), N, positional, required, args, nargs, kwnames, values);
}

/// Positional arguments of a METH_FASTCALL function; keyword values follow them.
using Fast = PyObject* const*;
inline constexpr int kFast = METH_FASTCALL | METH_KEYWORDS;
/// A function of any of CPython's calling conventions as a PyMethodDef wants it.
template <class F> PyCFunction entry(F* function) {
  return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function));
}

/// Null and None both mean "not given".
inline bool given(PyObject* value) { return value != nullptr && value != Py_None; }

}  // namespace crossarray::python
