// The ufunc type, its fast path and the objects made from ops.def.
#include "python/src/ufunc.h"

#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

#include "python/src/methods.h"
#include "structmember.h"

namespace crossarray::python {

PyTypeObject* ufunc_type = nullptr;

namespace {

PyObject* ufunc_objects[kOpCount] = {};

/// The out= of a call that has no other keyword and one of our arrays there; else null.
PyObject* lone_out(PyObject* const* args, Py_ssize_t count, PyObject* names, int nin) {
  static PyObject* const out = PyUnicode_InternFromString("out");
  if (count != nin || !names || PyTuple_GET_SIZE(names) != 1 || PyTuple_GET_ITEM(names, 0) != out) return nullptr;
  PyObject* given = args[count];
  return is_ndarray(given) && !array_of(given).scalar_flag ? given : nullptr;
}

/// f(x, y, out=z) of our arrays and Python scalars; null without an exception when it is not that.
PyObject* call_into(const UfuncInfo& info, PyObject* const* args, Py_ssize_t count, PyObject* names) {
  PyObject* out = lone_out(args, count, names, info.nin);
  if (!out) return nullptr;
  WeakScalar weak[2];
  for (int i = 0; i < info.nin; ++i)
    if (!is_ndarray(args[i]) && !weak_scalar(args[i], weak[i])) return nullptr;
  const auto arg = [&](int i) { return is_ndarray(args[i]) ? Arg(array_of(args[i])) : Arg(weak[i]); };
  const Arg operands[] = {arg(0), arg(info.nin - 1)};
  apply_into(info.first, {operands, info.nin}, array_of(out));
  return Py_NewRef(out);
}

/// Fast path of unary ops.
PyObject* vectorcall_unary(PyObject* self, PyObject* const* args, size_t flagged, PyObject* names) {
  const Py_ssize_t count = PyVectorcall_NARGS(flagged);
  return guarded([&]() -> PyObject* {
    const UfuncInfo& info = info_of(self);
    if (count == 1 && !names && is_ndarray(args[0])) {
      const Arg operands[] = {array_of(args[0])};
      return wrap_applied(info.first, operands);
    }
    if (PyObject* out = call_into(info, args, count, names)) return out;
    return call_ufunc(info, {args, count, names});
  });
}

/// Who writes maximum(a, b, c) may mean the largest of three.
void warn_third_operand(const UfuncInfo& info) {
  if (info.first != Op::maximum && info.first != Op::minimum) return;
  if (PyErr_WarnEx(
          PyExc_DeprecationWarning,
          "Passing more than 2 positional arguments to np.maximum and np.minimum is deprecated. If you meant to "
          "use the third argument as an output, use the `out` keyword argument instead. If you hoped to work "
          "with more than 2 inputs, combine them into a single array and get the extrema for the relevant "
          "axis.",
          1) < 0)
    throw PythonError{};
}

/// Fast path of binary ops.
PyObject* vectorcall_binary(PyObject* self, PyObject* const* args, size_t flagged, PyObject* names) {
  const Py_ssize_t count = PyVectorcall_NARGS(flagged);
  return guarded([&]() -> PyObject* {
    const UfuncInfo& info = info_of(self);
    if (count != 2 || names) {
      if (count == 3) warn_third_operand(info);
      if (PyObject* out = call_into(info, args, count, names)) return out;
      return call_ufunc(info, {args, count, names});
    }
    const bool a_ours = is_ndarray(args[0]), b_ours = is_ndarray(args[1]);
    if (a_ours && b_ours) {
      const Arg operands[] = {array_of(args[0]), array_of(args[1])};
      return wrap_applied(info.first, operands);
    }
    WeakScalar weak;
    if (a_ours && weak_scalar(args[1], weak)) {
      const Arg operands[] = {array_of(args[0]), weak};
      return wrap_applied(info.first, operands);
    }
    if (b_ours && weak_scalar(args[0], weak)) {
      const Arg operands[] = {weak, array_of(args[1])};
      return wrap_applied(info.first, operands);
    }
    return call_ufunc(info, {args, count, names});
  });
}

PyObject* vectorcall_pair(PyObject* self, PyObject* const* args, size_t flagged, PyObject* names) {
  return guarded([&] { return call_ufunc(info_of(self), {args, PyVectorcall_NARGS(flagged), names}); });
}

PyObject* vectorcall_generalized(PyObject* self, PyObject* const* args, size_t flagged, PyObject* names) {
  const Py_ssize_t count = PyVectorcall_NARGS(flagged);
  return guarded([&] { return call_generalized(info_of(self), {args, count, names}); });
}

vectorcallfunc vectorcall_of(const UfuncInfo& info) {
  if (info.kind == UfuncKind::kGeneralized) return vectorcall_generalized;
  if (info.kind == UfuncKind::kPair) return vectorcall_pair;
  return info.nin == 1 ? vectorcall_unary : vectorcall_binary;
}

template <class F> PyCFunction method(F* function) {
  return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function));
}

PyObject* ufunc_pickle(PyObject* self, PyObject*) { return PyUnicode_FromString(info_of(self).name); }

PyMethodDef ufunc_methods[] = {
    {"reduce", method(ufunc_reduce), METH_FASTCALL | METH_KEYWORDS,
     R"(reduce($self, array, /, axis=0, dtype=None, out=None, keepdims=False, initial=None, where=True)
--

Applies the ufunc along axes until one element per lane is left, as numpy.ufunc.reduce.
Raises ValueError for an empty lane without identity or initial.

>>> xp.add.reduce([1, 2, 3])
xp.int64(6))"},
    {"accumulate", method(ufunc_accumulate), METH_FASTCALL | METH_KEYWORDS,
     R"(accumulate($self, array, /, axis=0, dtype=None, out=None)
--

All partial results along one axis, in order.

>>> xp.multiply.accumulate([1, 2, 3])
array([1, 2, 6]))"},
    {"reduceat", method(ufunc_reduceat), METH_FASTCALL | METH_KEYWORDS,
     R"(reduceat($self, array, /, indices, axis=0, dtype=None, out=None)
--

Reduces the slices indices[i]:indices[i+1] of one axis.

>>> xp.add.reduceat([1, 2, 3, 4], [0, 2])
array([3, 7]))"},
    {"outer", method(ufunc_outer), METH_FASTCALL | METH_KEYWORDS,
     R"(outer($self, A, B, /, **kwargs)
--

The ufunc of every pair: shape A.shape + B.shape.

>>> xp.multiply.outer([1, 2], [3, 4])
array([[3, 4],
       [6, 8]]))"},
    {"at", method(ufunc_at), METH_FASTCALL | METH_KEYWORDS,
     R"(at($self, a, indices, b=None, /)
--

a[indices] = ufunc(a[indices], b) where an index given twice acts twice.

>>> a = xp.zeros(3)
>>> xp.add.at(a, [0, 0, 2], 1)
>>> a
array([2., 0., 1.]))"},
    {"resolve_dtypes", method(ufunc_resolve_dtypes), METH_FASTCALL | METH_KEYWORDS,
     R"(resolve_dtypes($self, dtypes, *, signature=None, casting=None, reduction=False)
--

The dtypes of the loop that would run.

>>> xp.add.resolve_dtypes((int, float, None))
(dtype('float64'), dtype('float64'), dtype('float64')))"},
    {"__reduce__", method(ufunc_pickle), METH_NOARGS, "Pickles by name."},
    {nullptr, nullptr, 0, nullptr}};

PyMemberDef ufunc_members[] = {{"__vectorcalloffset__", T_PYSSIZET, offsetof(PyUfunc, vectorcall), READONLY, nullptr},
                               {nullptr, 0, 0, 0, nullptr}};

PyObject* refuse_new(PyTypeObject*, PyObject*, PyObject*) {
  PyErr_SetString(PyExc_TypeError, "cannot create 'crossarray.ufunc' instances");
  return nullptr;
}

void dealloc(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  type->tp_free(self);
  Py_DECREF(type);
}

PyType_Slot ufunc_slots[] = {{Py_tp_methods, ufunc_methods},
                             {Py_tp_getset, ufunc_attributes},
                             {Py_tp_members, ufunc_members},
                             {Py_tp_call, reinterpret_cast<void*>(PyVectorcall_Call)},
                             {Py_tp_repr, reinterpret_cast<void*>(ufunc_repr)},
                             {Py_tp_new, reinterpret_cast<void*>(refuse_new)},
                             {Py_tp_dealloc, reinterpret_cast<void*>(dealloc)},
                             {0, nullptr}};

PyType_Spec ufunc_spec = {"crossarray.ufunc", sizeof(PyUfunc), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL,
                          ufunc_slots};

PyRef make_ufunc(const UfuncInfo& info) {
  PyUfunc* object = PyObject_New(PyUfunc, ufunc_type);
  if (!object) throw PythonError{};
  object->info = info;
  object->vectorcall = vectorcall_of(info);
  return PyRef(reinterpret_cast<PyObject*>(object));
}

/// The public ufuncs of the table, in its order.
std::vector<UfuncInfo> public_ufuncs() {
  std::vector<UfuncInfo> all;
#define OP(name, arity, loops, inputs, result, ufunc, flops, ulp_cpu, ulp_cuda, domain, identity, doc) \
  if (ufunc) all.push_back({UfuncKind::kSingle, Op::name, Op::kCount, #name, doc, nullptr, arity, 1});
#define UFUNC2(name, first, second, doc) \
  all.push_back({UfuncKind::kPair, Op::first, Op::second, #name, doc, nullptr, row(Op::first).arity, 2});
#define GUFUNC(name, signature, doc) \
  all.push_back({UfuncKind::kGeneralized, Op::kCount, Op::kCount, #name, doc, signature, 2, 1});
#include "dispatch/ops.def"
  return all;
}

struct Alias {
  const char *name, *target;
};
constexpr Alias kAliases[] = {
#define ALIAS(alias, ufunc) {#alias, #ufunc},
#include "dispatch/ops.def"
};

PyObject* module_of_ufuncs = nullptr;

/// NumPy has some aliases as objects of their own (deg2rad.__name__ is "deg2rad"), others as the same object.
bool has_own_name(const char* alias) {
  PyRef numpy = checked(PyImport_ImportModule("numpy"));
  PyRef function(PyObject_GetAttrString(numpy.get(), alias));
  if (!function) {
    PyErr_Clear();
    return false;
  }
  PyRef name = checked(PyObject_GetAttrString(function.get(), "__name__"));
  return PyUnicode_CompareWithASCIIString(name.get(), alias) == 0;
}

void add_object(const char* name, PyRef object) {
  if (PyModule_AddObjectRef(module_of_ufuncs, name, object.get()) < 0) throw PythonError{};
}

void add_alias(const Alias& alias) {
  PyObject* target = find_ufunc(alias.target);
  if (!has_own_name(alias.name)) return add_object(alias.name, PyRef::borrow(target));
  UfuncInfo info = info_of(target);
  info.name = alias.name;
  add_object(alias.name, make_ufunc(info));
}

}  // namespace

PyObject* find_ufunc(const char* name) {
  PyObject* found = PyDict_GetItemString(PyModule_GetDict(module_of_ufuncs), name);
  return found && Py_TYPE(found) == ufunc_type ? found : nullptr;
}

PyObject* ufunc_object(Op op) { return ufunc_objects[static_cast<int>(op)]; }

bool register_ufuncs(PyObject* module) {
  PyObject* done = guarded([&]() -> PyObject* {
    module_of_ufuncs = module;
    ufunc_type = reinterpret_cast<PyTypeObject*>(checked(PyType_FromSpec(&ufunc_spec)).release());
    add_object("ufunc", PyRef::borrow(reinterpret_cast<PyObject*>(ufunc_type)));
    for (const UfuncInfo& info : public_ufuncs()) {
      PyRef object = make_ufunc(info);
      if (info.kind == UfuncKind::kSingle) ufunc_objects[static_cast<int>(info.first)] = object.get();
      add_object(info.name, std::move(object));
    }
    for (const Alias& alias : kAliases) add_alias(alias);
    return Py_NewRef(Py_None);
  });
  Py_XDECREF(done);
  return done != nullptr;
}

}  // namespace crossarray::python
