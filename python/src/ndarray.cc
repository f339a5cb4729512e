// The ndarray type object: allocation, free list, construction.
#include "python/src/ndarray.h"

#include <structmember.h>

#include <vector>

#include "python/src/device_scope.h"
#include "python/src/flags.h"
#include "python/src/methods.h"
#include "python/src/numpy_arrays.h"
#include "python/src/pyref.h"
#include "python/src/shells.h"
#include "python/src/slots.h"

namespace crossarray::python {

PyTypeObject* ndarray_type = nullptr;

namespace {

void deallocate(PyObject* self) {
  auto* object = reinterpret_cast<PyNdarray*>(self);
  PyTypeObject* type = Py_TYPE(self);
  const bool exact = type == ndarray_type;
  if (!exact && PyType_IS_GC(type)) PyObject_GC_UnTrack(self);
  if (object->weakrefs) PyObject_ClearWeakRefs(self);
  if (object->base) Py_CLEAR(object->base);
  if (exact) return keep_shell(object);
  object->array.~Array();
  type->tp_free(self);
  Py_DECREF(type);
}

/// ndarray(shape, dtype=float, buffer=None, offset=0, strides=None, order=None): as numpy.ndarray's, which lays it out.
PyObject* construct(PyTypeObject* type, PyObject* args, PyObject* kwargs) noexcept try {
  PyRef made(PyObject_Call(reinterpret_cast<PyObject*>(&PyArray_Type), args, kwargs));
  if (!made) return nullptr;
  auto* array = reinterpret_cast<PyArrayObject*>(made.get());
  DType dtype;
  if (!dtype_from(reinterpret_cast<PyObject*>(PyArray_DESCR(array)), dtype)) return nullptr;
  Array result = PyArray_BASE(array) ? share_numpy(array) : copy_of_numpy(array, dtype);
  auto* object = reinterpret_cast<PyNdarray*>(type->tp_alloc(type, 0));
  if (!object) return nullptr;
  new (&object->array) Array(std::move(result));
  return reinterpret_cast<PyObject*>(object);
} catch (...) {
  return translate_current_exception();
}

template <class Entry, class IsEnd> void append(std::vector<Entry>& to, const Entry* from, IsEnd is_end) {
  for (; !is_end(*from); ++from) to.push_back(*from);
}

/// One table out of the files' tables; it must live as long as the type.
PyMethodDef* all_methods() {
  static std::vector<PyMethodDef> methods;
  auto end = [](const PyMethodDef& m) { return m.ml_name == nullptr; };
  const PyMethodDef* const tables[] = {kShapeMethods, kValueMethods, kProtocolMethods, array_function_methods()};
  for (const PyMethodDef* table : tables) append(methods, table, end);
  methods.push_back({});
  return methods.data();
}

PyGetSetDef* all_attributes() {
  static std::vector<PyGetSetDef> attributes;
  auto end = [](const PyGetSetDef& a) { return a.name == nullptr; };
  for (const PyGetSetDef* table : {kAttributes, kProtocolAttributes}) append(attributes, table, end);
  attributes.push_back({});
  return attributes.data();
}

PyMemberDef kMembers[] = {
    {"__weaklistoffset__", T_PYSSIZET, sizeof(PyObject), READONLY, nullptr},
    {},
};

PyType_Slot* all_slots() {
  static std::vector<PyType_Slot> slots;
  auto end = [](const PyType_Slot& s) { return s.slot == 0; };
  static const char doc[] =
      "An n-dimensional array. Made by crossarray.array, zeros, arange and the like.\n\n"
      "Operations are recorded and run fused when somebody looks at a result; what a program sees equals NumPy's.";
  slots = {{Py_tp_new, reinterpret_cast<void*>(&construct)},
           {Py_tp_dealloc, reinterpret_cast<void*>(&deallocate)},
           {Py_tp_doc, const_cast<char*>(doc)},
           {Py_tp_members, kMembers},
           {Py_tp_methods, all_methods()},
           {Py_tp_getset, all_attributes()}};
  for (const PyType_Slot* table : {kNumberSlots, kScalarSlots, kIndexingSlots, kBufferSlots}) append(slots, table, end);
  slots.push_back({});
  return slots.data();
}

}  // namespace

PyObject* wrap(Array array) noexcept {
  PyNdarray* object = bare_shell();
  if (!object) return nullptr;
  object->array = std::move(array);
  return reinterpret_cast<PyObject*>(object);
}

PyObject* wrap_applied(Op op, std::span<const Arg> args) {
  Shell shell;
  apply_over(op, args, shell.array());
  return shell.release();
}

PyObject* wrap_view(Array array, PyObject* of) noexcept {
  PyObject* view = wrap(std::move(array));
  if (!view || array_of(of).scalar_flag) return view;
  PyObject* base = reinterpret_cast<PyNdarray*>(of)->base;
  reinterpret_cast<PyNdarray*>(view)->base = Py_NewRef(base && is_ndarray(base) ? base : of);
  return view;
}

Array viewable(PyObject* self) {
  const Array& a = array_of(self);
  if (!a.scalar_flag) return a;
  Array detached = copy(a);
  detached.scalar_flag = false;
  return detached;
}

PyObject* numpy_array(PyObject* self) noexcept try { return to_numpy(array_of(self)).release(); } catch (...) {
  return translate_current_exception();
}

bool register_ndarray(PyObject* module) {
  PyType_Spec spec = {"crossarray.ndarray", sizeof(PyNdarray), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
                      all_slots()};
  ndarray_type = reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&spec));
  if (!ndarray_type || !register_flags()) return false;
  if (PyModule_AddObjectRef(module, "ndarray", reinterpret_cast<PyObject*>(ndarray_type)) < 0) return false;
  return PyModule_AddFunctions(module, kArrayFunctions) == 0 && PyModule_AddFunctions(module, kRuntimeFunctions) == 0 &&
         PyModule_AddFunctions(module, kDeviceFunctions) == 0;
}

}  // namespace crossarray::python
