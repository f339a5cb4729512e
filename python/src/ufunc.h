// Ufunc objects: one per public row of dispatch/ops.def, callable by vectorcall, with NumPy's attributes and methods.
//
// A call without keywords on our arrays and Python scalars goes straight to crossarray::apply (ufunc.cc). Everything
// else (out=, where=, dtype=, array-likes, NumPy arrays, foreign __array_ufunc__) is parsed by ufunc_call.cc.
#pragma once

#include "python/src/parameters.h"

namespace crossarray::python {

enum class UfuncKind : uint8_t { kSingle, kPair, kGeneralized };

/// What distinguishes one ufunc from another; made from a row of ops.def, lives as long as the process.
struct UfuncInfo {
  UfuncKind kind = UfuncKind::kSingle;
  Op first = Op::kCount;   // kSingle: the op; kPair: first output's
  Op second = Op::kCount;  // kPair: second output's
  const char* name = nullptr;
  const char* doc = nullptr;        // first line of the docstring
  const char* signature = nullptr;  // kGeneralized
  uint8_t nin = 1, nout = 1;
};

struct PyUfunc {
  PyObject_HEAD vectorcallfunc vectorcall;
  UfuncInfo info;
};

extern PyTypeObject* ufunc_type;
inline const UfuncInfo& info_of(PyObject* o) { return reinterpret_cast<PyUfunc*>(o)->info; }

/// One parsed call of ufunc.__call__ (borrowed references).
struct UfuncCall {
  PyObject* in[3] = {};
  PyObject* out[2] = {};  // null or None: a new array
  PyObject* where = nullptr;
  PyObject* dtype = nullptr;
  PyObject* signature = nullptr;
  PyObject* axes = nullptr;  // generalized ufuncs
  PyObject* axis = nullptr;
  PyObject* keepdims = nullptr;
  bool out_given = false;    // out= was there, if only as None
  bool keeps_array = false;  // out=...: a 0-d result is an array, not a scalar
  ApplyOptions options;
};

// ufunc_parse.cc
/// Binds a call's arguments. Throws NumPy's TypeErrors.
UfuncCall parse_call(const UfuncInfo& info, const Arguments& arguments);
/// Throws TypeError for an output that is no array: after those that override the call had their turn.
void check_outputs(const UfuncCall& call);
/// A new result, as a scalar where NumPy gives one.
PyObject* wrap_new(const UfuncCall& call, Array result);
/// Throws UFuncTypeError "Cannot cast ufunc 'add' output from dtype('float64') to dtype('int64') with casting rule
/// ...".
void check_output_cast(const char* ufunc, DType from, DType to, Casting casting);
/// out= as an array to write through: ours, or NumPy's memory shared. Throws TypeError for anything else.
Array output_array(PyObject* out);

// ufunc_call.cc, ufunc_generalized.cc
PyObject* call_ufunc(const UfuncInfo& info, const Arguments& arguments);
PyObject* call_generalized(const UfuncInfo& info, const Arguments& arguments);

// ufunc_reduce.cc
/// op.reduce(in, axes) for any binary op: the engine's reduction where there is one, else in order along each axis.
/// Throws NumPy's errors (no identity, not reorderable). `out_dtype`: dtype of out=, which takes part in promotion.
Array reduce_op(Op op, const Array& in, uint64_t axes, const ReduceOptions& options,
                std::optional<DType> out_dtype = {});
/// The loop dtype reduce, accumulate and reduceat of `op` work in. Throws TypeError where input and output differ.
DType reduction_dtype(Op op, DType in, std::optional<DType> dtype, std::optional<DType> out_dtype);
/// axis= as a mask: null or None = all axes; a 0-d array takes axis 0 and -1. Throws AxisError, duplicate axes.
uint64_t reduce_axes(PyObject* axis, int rank);
/// Throws NumPy's errors when `u` is not a binary op with one output.
void check_reducible(const UfuncInfo& u, const char* method);
/// True for ops whose operands differ in dtype (ldexp): NumPy decides what folding them means, mostly an error.
bool reduces_in_numpy(Op op);
bool method_belongs_to_numpy(PyObject* array, PyObject* dtype);
/// The only item of a tuple of one; else `out` itself.
PyObject* sole(PyObject* out);
/// Dtype of out= (an array or a tuple of one), nullopt when left out.
std::optional<DType> output_dtype(PyObject* out);
/// initial= as a scalar of its own dtype; nullopt when left out or None.
std::optional<Scalar> initial_argument(PyObject* o);
// ufunc_accumulate.cc
/// op.accumulate(in, axis) in `loop`; the result has in's memory order. Evaluates `in`.
Array accumulate_op(Op op, const Array& in, int axis, DType loop);

/// Writes `result` to out= (null or None: no out; Ellipsis: none, but 0-d arrays are no scalars) and returns the new
/// reference a function answers with.
/// Throws kValue when the shapes differ; `function` names the caller in errors.
PyObject* finish(Array result, PyObject* out, const char* function);

// Methods: reduce, accumulate, reduceat (ufunc_reduce.cc, ufunc_accumulate.cc), outer, at (ufunc_at.cc).
PyObject* ufunc_reduce(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* names);
PyObject* ufunc_accumulate(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* names);
PyObject* ufunc_reduceat(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* names);
PyObject* ufunc_outer(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* names);
PyObject* ufunc_at(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* names);
PyObject* ufunc_resolve_dtypes(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* names);

// ufunc_attributes.cc
extern PyGetSetDef ufunc_attributes[];
PyObject* ufunc_repr(PyObject* self);

}  // namespace crossarray::python
