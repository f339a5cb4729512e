// Dead ndarray objects, kept to become the next results: tiny arrays and loops over elements live from this.
//
// A whole shell still has its storage and value, so that a small result allocates nothing; a bare one has none and
// becomes a view. Kept objects keep their reference to the type.
#pragma once

#include <new>

#include "dispatch/graph/tiny.h"
#include "python/src/ndarray.h"

namespace crossarray::python {

struct Shells {
  static constexpr int kMax = 256;
  PyNdarray* kept[kMax];
  int count = 0;
};
extern Shells whole_shells, bare_shells;

/// A new object with an empty array; null with MemoryError set.
PyNdarray* new_shell();

inline PyNdarray* revive(Shells& from) {
  PyNdarray* object = from.kept[--from.count];
  Py_SET_REFCNT(reinterpret_cast<PyObject*>(object), 1);
  return object;
}

/// An object whose array is empty; null with MemoryError set.
inline PyNdarray* bare_shell() { return bare_shells.count > 0 ? revive(bare_shells) : new_shell(); }
/// An object whose array is dead, as Array::renew() wants it; null with MemoryError set.
inline PyNdarray* whole_shell() { return whole_shells.count > 0 ? revive(whole_shells) : bare_shell(); }

/// Keeps or frees an object of the exact type that nobody refers to any more. Its memory goes back at once.
inline void keep_shell(PyNdarray* object) {
  Array& array = object->array;
  if (array.storage() && array.storage()->recyclable() && whole_shells.count < Shells::kMax) {
    array.value().shed();
    whole_shells.kept[whole_shells.count++] = object;
    return;
  }
  array.drop_storage();
  if (bare_shells.count < Shells::kMax) {
    bare_shells.kept[bare_shells.count++] = object;
    return;
  }
  array.~Array();
  PyObject_Free(object);
  Py_DECREF(ndarray_type);
}

/// A whole shell that becomes a result, or is kept again when making the result throws.
class Shell {
 public:
  Shell() : object_(whole_shell()) {
    if (!object_) throw PythonError{};
  }
  Shell(const Shell&) = delete;
  Shell& operator=(const Shell&) = delete;
  ~Shell() {
    if (object_) keep_shell(object_);
  }
  Array& array() { return object_->array; }
  PyObject* release() { return reinterpret_cast<PyObject*>(std::exchange(object_, nullptr)); }

 private:
  PyNdarray* object_;
};

/// A view of `self`, no scalar, whose layout `change` changes in place; null without an exception if that says false.
template <class Change> PyObject* wrap_changed(PyObject* self, Change&& change) {
  PyNdarray* view = bare_shell();
  if (!view) throw PythonError{};
  view->array = array_of(self);
  if (!change(view->array.new_layout())) return keep_shell(view), nullptr;
  PyObject* base = reinterpret_cast<PyNdarray*>(self)->base;
  view->base = Py_NewRef(base && is_ndarray(base) ? base : self);
  return reinterpret_cast<PyObject*>(view);
}

/// The result of a reduction without options.
inline PyObject* wrap_reduced(ReduceKind kind, const Array& in, uint64_t axes) {
  Shell shell;
  if (!reduce_tiny(kind, in, axes, shell.array())) shell.array() = reduce(kind, in, axes);
  return shell.release();
}

/// A scalar holding the element at `bits`.
inline PyObject* wrap_scalar(DType dtype, const std::byte* bits) {
  Shell shell;
  copy_item(shell.array().renew_scalar(dtype), bits, itemsize(dtype));
  return shell.release();
}

}  // namespace crossarray::python
