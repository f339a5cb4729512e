// numpy.dtype <-> DType. In Python a dtype is a numpy.dtype; bfloat16's comes from ml_dtypes.
#include <cstddef>

#include "python/src/ndarray.h"
#include "python/src/numpy_api.h"
#include "python/src/pyref.h"

namespace crossarray::python {
namespace {

constexpr int kBFloat16 = -1;
constexpr int kNumPyType[kDTypeCount] = {NPY_BOOL,  NPY_INT8,    NPY_UINT8,   NPY_INT16,  NPY_UINT16,
                                         NPY_INT32, NPY_UINT32,  NPY_INT64,   NPY_UINT64, NPY_HALF,
                                         kBFloat16, NPY_FLOAT32, NPY_FLOAT64, NPY_CFLOAT, NPY_CDOUBLE};

PyArray_Descr* bfloat16_descr = nullptr;  // looked up once, kept for the life of the process

/// Imports ml_dtypes only if `import_it` or somebody else already has: a dtype of it cannot exist before.
PyArray_Descr* find_bfloat16(bool import_it) {
  if (bfloat16_descr) return bfloat16_descr;
  PyRef module;
  if (import_it) {
    module = PyRef(PyImport_ImportModule("ml_dtypes"));
  } else {
    module = PyRef::borrow(PyDict_GetItemString(PyImport_GetModuleDict(), "ml_dtypes"));
  }
  if (!module) return nullptr;
  PyRef scalar_type(PyObject_GetAttrString(module.get(), "bfloat16"));
  PyArray_Descr* descr = nullptr;
  if (!scalar_type || !PyArray_DescrConverter(scalar_type.get(), &descr)) return nullptr;
  return bfloat16_descr = descr;
}

bool scalar_type_to_dtype(PyObject* type, DType& out) {
  struct Entry {
    PyTypeObject* type;
    DType dtype;
  };
  static const Entry kTypes[] = {
      {&PyDoubleArrType_Type, DType::kF64},   {&PyFloat_Type, DType::kF64},        {&PyFloatArrType_Type, DType::kF32},
      {&PyLongArrType_Type, DType::kI64},     {&PyLong_Type, DType::kI64},         {&PyIntArrType_Type, DType::kI32},
      {&PyBool_Type, DType::kBool},           {&PyBoolArrType_Type, DType::kBool}, {&PyComplex_Type, DType::kC128},
      {&PyCDoubleArrType_Type, DType::kC128},
  };
  for (const Entry& entry : kTypes) {
    if (type != reinterpret_cast<PyObject*>(entry.type)) continue;
    out = entry.dtype;
    return true;
  }
  return false;
}

}  // namespace

PyArray_Descr* descr_of(DType t) {
  static PyArray_Descr* cache[kDTypeCount] = {};
  PyArray_Descr*& slot = cache[static_cast<int>(t)];
  if (!slot) slot = t == DType::kBF16 ? find_bfloat16(true) : PyArray_DescrFromType(kNumPyType[static_cast<int>(t)]);
  return slot;
}

bool dtype_of_descr(PyArray_Descr* descr, DType& out) {
  if (!PyArray_ISNBO(descr->byteorder)) return false;
  switch (descr->type_num) {
    case NPY_BOOL: out = DType::kBool; return true;
    case NPY_INT8: out = DType::kI8; return true;
    case NPY_UINT8: out = DType::kU8; return true;
    case NPY_INT16: out = DType::kI16; return true;
    case NPY_UINT16: out = DType::kU16; return true;
    case NPY_INT: out = DType::kI32; return true;
    case NPY_UINT: out = DType::kU32; return true;
    case NPY_LONG: out = sizeof(long) == 8 ? DType::kI64 : DType::kI32; return true;
    case NPY_ULONG: out = sizeof(long) == 8 ? DType::kU64 : DType::kU32; return true;
    case NPY_LONGLONG: out = DType::kI64; return true;
    case NPY_ULONGLONG: out = DType::kU64; return true;
    case NPY_HALF: out = DType::kF16; return true;
    case NPY_FLOAT: out = DType::kF32; return true;
    case NPY_DOUBLE: out = DType::kF64; return true;
    case NPY_CFLOAT: out = DType::kC64; return true;
    case NPY_CDOUBLE: out = DType::kC128; return true;
    default: break;
  }
  if (descr->type_num < NPY_USERDEF || !find_bfloat16(false)) return false;
  if (descr->type_num != bfloat16_descr->type_num) return false;
  out = DType::kBF16;
  return true;
}

PyObject* dtype_object(DType t) { return Py_XNewRef(reinterpret_cast<PyObject*>(descr_of(t))); }

namespace {

/// Names met lately ("f4", "int32"), by identity: the same literal is the same object each time.
struct KnownName {
  PyObject* name = nullptr;
  DType dtype = DType::kBool;
};
KnownName& known_name(PyObject* o) {
  constexpr size_t kNames = 32;
  static KnownName names[kNames];
  return names[reinterpret_cast<uintptr_t>(o) / alignof(std::max_align_t) % kNames];
}

bool dtype_from_name(PyObject* o, DType& out) {
  KnownName& known = known_name(o);
  if (known.name == o) return out = known.dtype, true;
  PyArray_Descr* descr = nullptr;
  if (!PyArray_DescrConverter(o, &descr)) {
    PyErr_Clear();  // NumPy knows the name "bfloat16" only after ml_dtypes was imported, and its short form never
    const bool named =
        PyUnicode_CompareWithASCIIString(o, "bfloat16") == 0 || PyUnicode_CompareWithASCIIString(o, "bf16") == 0;
    if (named && descr_of(DType::kBF16)) return out = DType::kBF16, true;
    if (PyErr_Occurred() || !PyArray_DescrConverter(o, &descr)) return false;
  }
  PyRef owner(reinterpret_cast<PyObject*>(descr));
  if (!dtype_from(owner.get(), out)) return false;
  Py_XSETREF(known.name, Py_NewRef(o));
  known.dtype = out;
  return true;
}

}  // namespace

bool dtype_from(PyObject* o, DType& out) {
  if (PyUnicode_CheckExact(o)) return dtype_from_name(o, out);
  if (!PyArray_DescrCheck(o)) {
    if (scalar_type_to_dtype(o, out)) return true;
    PyArray_Descr* descr = nullptr;
    if (!PyArray_DescrConverter(o, &descr)) return false;
    PyRef owner(reinterpret_cast<PyObject*>(descr));
    return dtype_from(owner.get(), out);
  }
  if (dtype_of_descr(reinterpret_cast<PyArray_Descr*>(o), out)) return true;
  PyErr_Format(PyExc_TypeError,
               "Crossarray has no dtype %R: it has bool, (u)int8..64, float16, bfloat16, float32, float64, complex64 "
               "and complex128 in native byte order. Use numpy for others.",
               o);
  return false;
}

}  // namespace crossarray::python
