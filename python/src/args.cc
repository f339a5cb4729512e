#include "python/src/args.h"

#include <cstring>

namespace crossarray::python {
namespace {

int find_name(const char* const* names, int count, PyObject* keyword) {
  for (int i = 0; i < count; ++i)
    if (PyUnicode_CompareWithASCIIString(keyword, names[i]) == 0) return i;
  return -1;
}

bool too_many(const char* function, int positional, Py_ssize_t given) {
  PyErr_Format(PyExc_TypeError, "%s() takes at most %d positional argument%s but %zd were given", function, positional,
               positional == 1 ? "" : "s", given);
  return false;
}

bool parse_keywords(const char* function, const char* const* names, int count, PyObject* const* values_in,
                    PyObject* kwnames, PyObject** values) {
  for (Py_ssize_t k = 0; k < PyTuple_GET_SIZE(kwnames); ++k) {
    PyObject* keyword = PyTuple_GET_ITEM(kwnames, k);
    const int at = find_name(names, count, keyword);
    if (at < 0) {
      PyErr_Format(PyExc_TypeError, "%s() got an unexpected keyword argument '%U'", function, keyword);
      return false;
    }
    if (values[at]) {
      PyErr_Format(PyExc_TypeError, "%s() got multiple values for argument '%U'", function, keyword);
      return false;
    }
    values[at] = values_in[k];
  }
  return true;
}

}  // namespace

bool parse_arguments(const char* function, const char* const* names, int count, int positional, int required,
                     PyObject* const* args, Py_ssize_t nargs, PyObject* kwnames, PyObject** values) {
  if (nargs > positional) return too_many(function, positional, nargs);
  for (int i = 0; i < count; ++i) values[i] = i < nargs ? args[i] : nullptr;
  if (kwnames && !parse_keywords(function, names, count, args + nargs, kwnames, values)) return false;
  for (int i = 0; i < required; ++i) {
    if (values[i]) continue;
    PyErr_Format(PyExc_TypeError, "%s() missing required argument '%s' (pos %d)", function, names[i], i + 1);
    return false;
  }
  return true;
}

}  // namespace crossarray::python
