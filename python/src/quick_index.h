// Keys made of plain integers and slices, which run no Python code when they are read: element offsets and views without
// the general walk over a key (index_basic.cc). What they do not take, the general way takes or refuses.
#pragma once

#include "python/src/ndarray.h"

namespace crossarray::python {

/// The value of an exact int of one digit, which nearly all indices are; false for any other object.
inline bool small_int(PyObject* o, int64_t& value) {
  if (!PyLong_CheckExact(o)) return false;
  auto* number = reinterpret_cast<PyLongObject*>(o);
#if PY_VERSION_HEX >= 0x030C0000
  if (!PyUnstable_Long_IsCompact(number)) return false;
  value = PyUnstable_Long_CompactValue(number);
#else
  const Py_ssize_t digits = Py_SIZE(number);
  if (digits < -1 || digits > 1) return false;
  value = digits * static_cast<int64_t>(number->ob_digit[0]);
#endif
  return true;
}

/// Adds the place of index `o` along `axis` to `offset`. False if `o` is no small int, or out of bounds.
inline bool add_quick_index(const Layout& in, int axis, PyObject* o, int64_t& offset) {
  int64_t index;
  if (!small_int(o, index)) return false;
  const int64_t extent = in.shape[axis];
  if (index < 0) index += extent;
  if (static_cast<uint64_t>(index) >= static_cast<uint64_t>(extent)) return false;
  offset += index * in.strides[axis];
  return true;
}

/// Byte offset of the element that an int, or a tuple of one per axis, names. False for anything else.
inline bool quick_offset(const Layout& in, PyObject* key, int64_t& offset) {
  offset = 0;
  if (PyLong_CheckExact(key)) return in.rank() == 1 && add_quick_index(in, 0, key, offset);
  if (!PyTuple_CheckExact(key) || PyTuple_GET_SIZE(key) != in.rank() || in.rank() == 0) return false;
  for (int axis = 0; axis < in.rank(); ++axis)
    if (!add_quick_index(in, axis, PyTuple_GET_ITEM(key, axis), offset)) return false;
  return true;
}

/// Narrows `layout`, an array's own, to what a key of ints and slices selects. False (and `layout` is spoilt) for any
/// other key, or one out of bounds.
bool quick_view(Layout& layout, PyObject* key);

}  // namespace crossarray::python
