// x.flags: what NumPy's flags object says, by attribute and by key.
#include "python/src/flags.h"

#include <cstring>

#include "python/src/pyref.h"

namespace crossarray::python {
namespace {

struct PyFlags {
  PyObject_HEAD PyObject* array;
};

PyTypeObject* flags_type = nullptr;

struct Row {
  const char* attribute;
  const char* key;        // upper-case name, or null
  const char* short_key;  // or null
  bool (*value)(PyObject* array);
};

bool c_contiguous(PyObject* o) { return array_of(o).c_contiguous(); }
bool f_contiguous(PyObject* o) { return array_of(o).f_contiguous(); }
bool own_data(PyObject* o) { return !reinterpret_cast<PyNdarray*>(o)->base && !array_of(o).storage()->foreign; }
bool writeable(PyObject* o) { return array_of(o).writeable && !array_of(o).scalar_flag; }
bool always(PyObject*) { return true; }
bool never(PyObject*) { return false; }
bool fnc(PyObject* o) { return f_contiguous(o) && !c_contiguous(o); }
bool forc(PyObject* o) { return f_contiguous(o) || c_contiguous(o); }

const Row kRows[] = {
    {"c_contiguous", "C_CONTIGUOUS", "C", c_contiguous},
    {"f_contiguous", "F_CONTIGUOUS", "F", f_contiguous},
    {"owndata", "OWNDATA", "O", own_data},
    {"writeable", "WRITEABLE", "W", writeable},
    {"aligned", "ALIGNED", "A", always},
    {"writebackifcopy", "WRITEBACKIFCOPY", "X", never},
    {"contiguous", "CONTIGUOUS", nullptr, c_contiguous},
    {"fortran", "FORTRAN", nullptr, f_contiguous},
    {"fnc", "FNC", nullptr, fnc},
    {"forc", "FORC", nullptr, forc},
    {"behaved", "BEHAVED", "B", writeable},
    {"carray", "CARRAY", "CA", c_contiguous},
    {"farray", "FARRAY", "FA", fnc},
};
constexpr int kShown = 6;  // the rows that repr prints

PyObject* array_behind(PyObject* self) { return reinterpret_cast<PyFlags*>(self)->array; }

/// As NumPy: a view of read-only memory cannot be made writeable.
int set_writeable(PyObject* self, PyObject* value) {
  const int on = value ? PyObject_IsTrue(value) : -1;
  if (on < 0) return -1;
  PyObject* array = array_behind(self);
  PyObject* base = reinterpret_cast<PyNdarray*>(array)->base;
  const bool base_is_locked = base && is_ndarray(base) && !array_of(base).writeable;
  if (on && !array_of(array).writeable &&
      (base_is_locked || has_internal_overlap(array_of(array).layout(), array_of(array).item()))) {
    PyErr_SetString(PyExc_ValueError, "cannot set WRITEABLE flag to True of this array");
    return -1;
  }
  array_of(array).writeable = on;
  return 0;
}

PyObject* get_row(PyObject* self, void* row) {
  return PyBool_FromLong(static_cast<const Row*>(row)->value(array_behind(self)));
}

int set_row(PyObject* self, PyObject* value, void* row) {
  if (std::strcmp(static_cast<const Row*>(row)->attribute, "writeable") == 0) return set_writeable(self, value);
  PyErr_Format(PyExc_AttributeError, "attribute '%s' of 'crossarray.flagsobj' objects is not writable",
               static_cast<const Row*>(row)->attribute);
  return -1;
}

const Row* find_row(PyObject* key) {
  const char* text = PyUnicode_Check(key) ? PyUnicode_AsUTF8(key) : nullptr;
  if (!text) PyErr_Clear();
  for (const Row& row : kRows)
    if (text && (std::strcmp(text, row.key) == 0 || (row.short_key && std::strcmp(text, row.short_key) == 0)))
      return &row;
  PyErr_SetString(PyExc_KeyError, "Unknown flag");
  return nullptr;
}

PyObject* get_item(PyObject* self, PyObject* key) {
  const Row* row = find_row(key);
  return row ? get_row(self, const_cast<Row*>(row)) : nullptr;
}

int set_item(PyObject* self, PyObject* key, PyObject* value) {
  const Row* row = find_row(key);
  return row ? set_row(self, value, const_cast<Row*>(row)) : -1;
}

PyObject* represent(PyObject* self) {
  PyRef text(PyUnicode_FromString(""));
  for (int i = 0; i < kShown && text; ++i)
    text = PyRef(PyUnicode_FromFormat("%U  %s : %s\n", text.get(), kRows[i].key,
                                      kRows[i].value(array_behind(self)) ? "True" : "False"));
  return text.release();
}

/// Equal when every flag that repr prints is.
PyObject* compare(PyObject* a, PyObject* b, int op) {
  if (Py_TYPE(b) != flags_type || (op != Py_EQ && op != Py_NE)) Py_RETURN_NOTIMPLEMENTED;
  bool same = true;
  for (int i = 0; i < kShown; ++i) same = same && kRows[i].value(array_behind(a)) == kRows[i].value(array_behind(b));
  return PyBool_FromLong(same == (op == Py_EQ));
}

void deallocate(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  Py_CLEAR(reinterpret_cast<PyFlags*>(self)->array);
  type->tp_free(self);
  Py_DECREF(type);
}

PyGetSetDef* attributes() {
  constexpr int count = sizeof(kRows) / sizeof(kRows[0]);
  static PyGetSetDef table[count + 1];
  for (int i = 0; i < count; ++i)
    table[i] = {kRows[i].attribute, get_row, set_row, nullptr, const_cast<Row*>(&kRows[i])};
  return table;
}

}  // namespace

bool register_flags() {
  PyType_Slot slots[] = {
      {Py_tp_dealloc, reinterpret_cast<void*>(&deallocate)},
      {Py_tp_getset, attributes()},
      {Py_tp_richcompare, reinterpret_cast<void*>(&compare)},
      {Py_tp_repr, reinterpret_cast<void*>(&represent)},
      {Py_mp_subscript, reinterpret_cast<void*>(&get_item)},
      {Py_mp_ass_subscript, reinterpret_cast<void*>(&set_item)},
      {},
  };
  PyType_Spec spec = {"crossarray.flagsobj", sizeof(PyFlags), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                      slots};
  flags_type = reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&spec));
  return flags_type != nullptr;
}

PyObject* make_flags(PyObject* array) {
  auto* flags = PyObject_New(PyFlags, flags_type);
  if (!flags) return nullptr;
  flags->array = Py_NewRef(array);
  return reinterpret_cast<PyObject*>(flags);
}

}  // namespace crossarray::python
