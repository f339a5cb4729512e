// Pieces shared by basic and advanced indexing.
#pragma once

#include "python/src/parameters.h"

namespace crossarray::python {

/// The terms of a key: a tuple's items, or the key itself.
struct KeyTerms {
  explicit KeyTerms(PyObject* key) : single(key) {
    const bool tuple = PyTuple_Check(key);
    count = tuple ? PyTuple_GET_SIZE(key) : 1;
    items = tuple ? &PyTuple_GET_ITEM(key, 0) : &single;
  }
  KeyTerms(const KeyTerms&) = delete;

  PyObject* single;
  PyObject* const* items;
  Py_ssize_t count;
};

/// Throws kIndex for what is no index at all.
[[noreturn]] void invalid_index();
/// Non-negative index along `axis`. Throws kIndex: "index 5 is out of bounds for axis 0 with size 3".
int64_t wrap_index(int64_t index, int axis, int64_t extent);
/// What counts as an integer in an index: ints, NumPy integer scalars, 0-d integer arrays, __index__; not bools.
bool plain_integer(PyObject* o, int64_t& value);
/// Appends `slice` of in's `axis` to `out`, offset included.
void push_slice(const Layout& in, int axis, PyObject* slice, Layout& out);
/// Appends whole axes [from, to) of `in`.
void push_axes(const Layout& in, int from, int to, Layout& out);

}  // namespace crossarray::python
