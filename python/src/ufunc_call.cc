// ufunc.__call__ beyond the fast path: keywords, array-likes, foreign operands.
#include <cstring>

#include "dispatch/core/promote.h"
#include "dispatch/core/view.h"
#include "python/src/foreign.h"
#include "python/src/numpy_api.h"
#include "python/src/ufunc.h"

namespace crossarray::python {
namespace {

/// dtype= and signature= as one entry per operand; nullopt: free.
struct Forced {
  std::optional<DType> in[3];
  std::optional<DType> out[2];
  bool inputs() const { return in[0] || in[1] || in[2]; }
};

std::optional<DType> dtype_of_letter(char letter) {
  if (letter == 'q') return DType::kI64;
  if (letter == 'Q') return DType::kU64;
  for (int i = 0; i < kDTypeCount; ++i)
    if (kDTypes[static_cast<size_t>(i)].code == letter) return static_cast<DType>(i);
  return std::nullopt;
}

[[noreturn]] void no_loop(const UfuncInfo& u) {
  type_error(std::string("No loop matching the specified signature and casting was found for ufunc ") + u.name);
}

Forced forced_by_text(const UfuncInfo& u, const char* text) {
  const size_t length = std::strlen(text);
  if (length == 1) type_error("Use `dtype` or  fill the tuple with more than one 'None'.");
  if (length != size_t{u.nin} + u.nout + 2 || std::strncmp(text + u.nin, "->", 2) != 0)
    value_error(std::string("a type-string for ") + u.name + ", " + std::to_string(u.nin) + " typecode(s) before and " +
                std::to_string(u.nout) + " after the -> sign");
  Forced forced;
  for (int i = 0; i < u.nin; ++i)
    if (!(forced.in[i] = dtype_of_letter(text[i]))) no_loop(u);
  for (int i = 0; i < u.nout; ++i)
    if (!(forced.out[i] = dtype_of_letter(text[u.nin + 2 + i]))) no_loop(u);
  return forced;
}

Forced forced_by_tuple(const UfuncInfo& u, PyObject* tuple) {
  const Py_ssize_t length = PyTuple_GET_SIZE(tuple);
  if (length == 1) type_error("Use `dtype` or  fill the tuple with more than one 'None'.");
  if (length != u.nin + u.nout)
    value_error("a type-tuple must be specified of length " + std::to_string(u.nin + u.nout) + " for ufunc '" + u.name +
                "'");
  Forced forced;
  for (int i = 0; i < u.nin; ++i) forced.in[i] = dtype_argument(PyTuple_GET_ITEM(tuple, i));
  for (int i = 0; i < u.nout; ++i) forced.out[i] = dtype_argument(PyTuple_GET_ITEM(tuple, u.nin + i));
  return forced;
}

Forced forced_types(const UfuncInfo& u, const UfuncCall& call) {
  if (absent(call.signature)) {
    Forced forced;
    for (int i = 0; i < u.nout; ++i) forced.out[i] = dtype_argument(call.dtype);
    // dtype= asks for it in every output: frexp's exponent has its own.
    if (forced.out[0] && u.kind == UfuncKind::kPair && row(u.second).result != Result::Same) no_loop(u);
    return forced;
  }
  if (PyTuple_Check(call.signature)) return forced_by_tuple(u, call.signature);
  const char* text = PyUnicode_Check(call.signature) ? PyUnicode_AsUTF8(call.signature) : nullptr;
  if (!text) type_error("the signature object to ufunc must be a string or a tuple.");
  return forced_by_text(u, text);
}

bool foreign_signature(PyObject* signature) {
  if (absent(signature) || !PyTuple_Check(signature)) return false;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(signature); ++i)
    if (foreign_dtype(PyTuple_GET_ITEM(signature, i))) return true;
  return false;
}

/// Converts an input to a forced dtype, checking the cast.
OperandHolder force(const UfuncInfo& u, int index, OperandHolder in, DType dtype, Casting casting) {
  if (in.is_weak) {
    in.array = Array::scalar(cast_weak(in.weak, dtype));
    in.is_weak = false;
    return in;
  }
  const DType from = in.array.dtype();
  if (!can_cast(from, dtype, casting))
    raise(ErrorKind::kUFuncType, std::string("Cannot cast ufunc '") + u.name + "' input " +
                                     (u.nin > 1 ? std::to_string(index) + " " : "") + "from dtype('" + name(from) +
                                     "') to dtype('" + name(dtype) + "') with casting rule 'same_kind'");
  if (from != dtype) in.array = cast(in.array, dtype);
  return in;
}

PromoteArg promote_arg(const OperandHolder& in) {
  return in.is_weak ? PromoteArg{DType::kF64, true, in.weak.type} : PromoteArg{in.array.dtype()};
}

/// A converted call: what apply() needs.
struct Prepared {
  OperandHolder in[3];
  Forced forced;
  std::optional<Array> mask;
  ApplyOptions options;
};

void check_forced_loop(const UfuncInfo& u, const Prepared& p, Op op, int output) {
  PromoteArg args[3];
  for (int i = 0; i < u.nin; ++i) args[i] = promote_arg(p.in[i]);
  if (resolve_loop(op, {args, u.nin}).out != *p.forced.out[output]) no_loop(u);
}

ApplyOptions options_of(const UfuncInfo& u, const Prepared& p, Op op, int output) {
  ApplyOptions options = p.options;
  if (!p.forced.out[output]) return options;
  if (p.forced.inputs()) {
    check_forced_loop(u, p, op, output);
  } else if (u.kind == UfuncKind::kSingle || row(op).result == Result::Same) {
    options.dtype = p.forced.out[output];
  }
  return options;
}

Array apply_prepared(const UfuncInfo& u, const Prepared& p, Op op, int output) {
  const ApplyOptions options = options_of(u, p, op, output);
  if (u.nin == 1) return apply(op, {p.in[0].arg()}, options);
  return apply(op, {p.in[0].arg(), p.in[1].arg()}, options);
}

/// where= without out=: the elements the mask leaves out may hold anything, so they hold the result too.
Array widen_to_mask(Array result, const Array& mask) {
  const Dims* shapes[] = {&result.shape(), &mask.shape()};
  const Dims common = broadcast_shapes(shapes);
  if (common == result.shape()) return result;
  return copy(result.view(broadcast_to(result.layout(), common)));
}

PyObject* call_single(const UfuncInfo& u, const UfuncCall& call, const Prepared& p) {
  if (absent(call.out[0])) {
    Array result = apply_prepared(u, p, u.first, 0);
    return wrap_new(call, p.mask ? widen_to_mask(std::move(result), *p.mask) : std::move(result));
  }
  Array out = output_array(call.out[0]);
  const Array* mask = p.mask ? &*p.mask : nullptr;
  const ApplyOptions options = options_of(u, p, u.first, 0);
  if (u.nin == 1) {
    const Arg args[] = {p.in[0].arg()};
    apply_into(u.first, args, out, mask, options);
  } else {
    const Arg args[] = {p.in[0].arg(), p.in[1].arg()};
    apply_into(u.first, args, out, mask, options);
  }
  return Py_NewRef(call.out[0]);
}

/// Stores one of two results: both are computed before either is written, since out may be an input.
PyRef deliver(const UfuncInfo& u, const UfuncCall& call, const Prepared& p, Array result, PyObject* out) {
  if (absent(out))
    return checked(wrap_new(call, p.mask ? widen_to_mask(std::move(result), *p.mask) : std::move(result)));
  Array target = output_array(out);
  check_output_cast(u.name, result.dtype(), target.dtype(), p.options.casting);
  ApplyOptions unsafe;
  unsafe.casting = Casting::kUnsafe;
  const Arg args[] = {result};
  apply_into(Op::copy, args, target, p.mask ? &*p.mask : nullptr, unsafe);
  return PyRef::borrow(out);
}

/// Both results take the shape that the inputs and the outputs given broadcast to; outputs do not broadcast themselves.
Dims pair_shape(const Dims& inputs, const UfuncCall& call) {
  Dims common = inputs;
  for (PyObject* out : call.out) {
    if (absent(out)) continue;
    const Array target = output_array(out);
    const Dims* shapes[] = {&common, &target.shape()};
    common = broadcast_shapes(shapes);
  }
  for (PyObject* out : call.out) {
    if (absent(out)) continue;
    const Array target = output_array(out);
    if (!(target.shape() == common))
      value_error("non-broadcastable output operand with shape " + shape_text(target.shape(), ",") +
                  " doesn't match the broadcast shape " + shape_text(common, ","));
  }
  return common;
}

PyObject* call_pair(const UfuncInfo& u, const UfuncCall& call, const Prepared& p) {
  Array first = apply_prepared(u, p, u.first, 0);
  Array second = apply_prepared(u, p, u.second, 1);
  const Dims common = pair_shape(first.shape(), call);
  for (Array* result : {&first, &second})
    if (!(result->shape() == common)) *result = copy(result->view(broadcast_to(result->layout(), common)), 'C');
  PyRef a = deliver(u, call, p, std::move(first), call.out[0]);
  PyRef b = deliver(u, call, p, std::move(second), call.out[1]);
  return PyTuple_Pack(2, a.get(), b.get());
}

/// Only Python scalars, one of them an int beyond int64: NumPy goes on with uint64 or with Python's ints.
bool beyond_int64(const UfuncInfo& u, const UfuncCall& call) {
  bool beyond = false;
  for (int i = 0; i < u.nin; ++i) {
    WeakScalar weak;
    if (!weak_scalar(call.in[i], weak)) return false;
    beyond = beyond || weak.range != WeakScalar::Range::kI64;
  }
  return beyond;
}

bool leave_to_numpy(const UfuncInfo& u, const UfuncCall& call) {
  if (beyond_int64(u, call)) return true;
  if (foreign_dtype(call.dtype) || foreign_signature(call.signature)) return true;
  for (int i = 0; i < u.nin; ++i) {
    WeakScalar weak;
    if (!is_ndarray(call.in[i]) && !weak_scalar(call.in[i], weak) && belongs_to_numpy(call.in[i])) return true;
  }
  for (int i = 0; i < u.nout; ++i)
    if (call.out[i] && PyArray_Check(call.out[i]) && belongs_to_numpy(call.out[i])) return true;
  return false;
}

void warn_uninitialized(const UfuncCall& call) {
  const bool masked = call.where && call.where != Py_True && !no_value(call.where);
  if (!masked || call.out_given) return;
  if (PyErr_WarnEx(
          PyExc_UserWarning,
          "'where' used without 'out', expect unitialized memory in output. If this is intentional, use out=None.",
          1) < 0)
    throw PythonError{};
}

/// False when an input is something no dtype of ours can hold: NumPy's turn.
bool prepare(const UfuncInfo& u, const UfuncCall& call, Prepared& p) {
  p.options = call.options;
  p.forced = forced_types(u, call);
  for (int i = 0; i < u.nin; ++i) {
    if (!to_operand(call.in[i], p.in[i])) {
      if (!PyErr_ExceptionMatches(PyExc_TypeError)) throw PythonError{};
      PyErr_Clear();
      return false;
    }
    if (p.forced.in[i]) p.in[i] = force(u, i, std::move(p.in[i]), *p.forced.in[i], call.options.casting);
  }
  p.mask = mask_argument(call.where);
  return true;
}

}  // namespace

PyObject* call_ufunc(const UfuncInfo& u, const Arguments& arguments) {
  const UfuncCall call = parse_call(u, arguments);
  PyObject* const operands[] = {call.in[0], call.in[1], call.out[0], call.out[1], call.where};
  PyObject* result = nullptr;
  if (try_override({u.name, "__call__", u.nin}, arguments, operands, result)) return result;
  check_outputs(call);
  if (leave_to_numpy(u, call)) return call_foreign(u.name, arguments);
  warn_uninitialized(call);
  Prepared p;
  if (!prepare(u, call, p)) return call_foreign(u.name, arguments);
  return u.kind == UfuncKind::kPair ? call_pair(u, call, p) : call_single(u, call, p);
}

}  // namespace crossarray::python
