#include "python/src/shells.h"

namespace crossarray::python {

Shells whole_shells, bare_shells;

PyNdarray* new_shell() {
  PyNdarray* object = PyObject_New(PyNdarray, ndarray_type);
  if (!object) return nullptr;
  new (&object->array) Array;
  object->weakrefs = nullptr;
  object->base = nullptr;
  return object;
}

}  // namespace crossarray::python
