// Number protocol and comparisons: operators go straight to apply(); anything unusual goes through the ufunc object.
#include <cmath>
#include <cstring>

#include "python/src/methods.h"
#include "python/src/numpy_api.h"
#include "python/src/pyref.h"
#include "python/src/quick_index.h"
#include "python/src/shells.h"
#include "python/src/slots.h"

namespace crossarray::python {
namespace {

/// The attribute as Python looks up special methods: on the type. Null without an exception when there is none.
PyRef type_attribute(PyObject* o, const char* name) {
  PyRef found(PyObject_GetAttrString(reinterpret_cast<PyObject*>(Py_TYPE(o)), name));
  if (!found) PyErr_Clear();
  return found;
}

double array_priority(PyObject* o) {
  PyRef priority(PyObject_GetAttrString(o, "__array_priority__"));
  const double value = priority ? PyFloat_AsDouble(priority.get()) : -1.0;
  if (PyErr_Occurred()) PyErr_Clear();
  return value;
}

/// NumPy's rule for leaving an operator to the other operand: it says __array_ufunc__ = None, or has no __array_ufunc__
/// but a higher priority than an array's 0.
bool should_defer(PyObject* other, bool in_place) {
  if (is_ndarray(other) || PyList_CheckExact(other) || PyTuple_CheckExact(other)) return false;
  PyRef ufunc_method = type_attribute(other, "__array_ufunc__");
  if (ufunc_method) return ufunc_method.get() == Py_None && !in_place;
  return !in_place && array_priority(other) > 0.0;
}

PyObject* call_ufunc(PyObject* ufunc, PyObject* x, PyObject* y) {
  PyObject* args[3] = {nullptr, x, y};
  return PyObject_Vectorcall(ufunc, args + 1, (y ? 2 : 1) | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr);
}

PyObject* binary_general(PyObject* ufunc, PyObject* x, PyObject* y) {
  PyObject* other = is_ndarray(x) ? y : x;
  if (should_defer(other, false)) Py_RETURN_NOTIMPLEMENTED;
  return call_ufunc(ufunc, x, y);
}

/// op(x, y) if both operands are simple: ours, or one a Python scalar. Null without an exception otherwise.
PyObject* binary_simple(Op op, PyObject* x, PyObject* y) {
  const bool x_ours = Py_TYPE(x) == ndarray_type, y_ours = Py_TYPE(y) == ndarray_type;
  if (x_ours && y_ours) {
    const Arg args[] = {array_of(x), array_of(y)};
    return wrap_applied(op, args);
  }
  WeakScalar weak;
  if ((!x_ours && !y_ours) || !weak_scalar(x_ours ? y : x, weak)) return nullptr;
  const Arg args[] = {x_ours ? Arg(array_of(x)) : Arg(weak), x_ours ? Arg(weak) : Arg(array_of(y))};
  return wrap_applied(op, args);
}

/// A list, tuple, str, ... that a NumPy scalar leaves to Python to repeat: [0] * xp.arange(5)[3].
bool repeatable(PyObject* o) {
  const PyTypeObject* type = Py_TYPE(o);
  return type->tp_as_sequence && type->tp_as_sequence->sq_repeat &&
         !(type->tp_as_number && type->tp_as_number->nb_multiply);
}

bool repeats_sequence(PyObject* x, PyObject* y) {
  const bool x_ours = is_ndarray(x);
  return array_of(x_ours ? x : y).scalar_flag && repeatable(x_ours ? y : x);
}

PyObject* binary(Op op, PyObject* x, PyObject* y) noexcept try {
  PyObject* result = binary_simple(op, x, y);
  if (!result && op == Op::multiply && repeats_sequence(x, y)) Py_RETURN_NOTIMPLEMENTED;
  return result ? result : binary_general(ufunc_object(op), x, y);
} catch (...) {
  return translate_current_exception();
}

/// The value of a float64 scalar that is ready, or of a Python float or (beside a float64) small int.
bool ready_double(PyObject* o, double& value) {
  if (PyFloat_CheckExact(o)) return value = PyFloat_AS_DOUBLE(o), true;
  if (PyLong_CheckExact(o)) {
    int overflow;
    value = static_cast<double>(PyLong_AsLongAndOverflow(o, &overflow));
    return overflow == 0;
  }
  if (Py_TYPE(o) != ndarray_type) return false;
  const Array& a = array_of(o);
  if (!a.scalar_flag || a.dtype() != DType::kF64 || !a.ready()) return false;
  std::memcpy(&value, a.host(), sizeof value);
  return true;
}

template <class T> PyObject* wrap_value(DType dtype, T value) {
  return wrap_scalar(dtype, reinterpret_cast<const std::byte*>(&value));
}

/// Arithmetic of two float64 scalars, as loops over elements do it: half the time of apply(), the same bits.
template <Op op> PyObject* binary_slot(PyObject* x, PyObject* y) noexcept try {
  if constexpr (op == Op::add || op == Op::subtract || op == Op::multiply || op == Op::divide) {
    double a, b;
    if (ready_double(x, a) && ready_double(y, b))
      return wrap_value(DType::kF64, op == Op::add        ? a + b
                                     : op == Op::subtract ? a - b
                                     : op == Op::multiply ? a * b
                                                          : a / b);
  }
  return binary(op, x, y);
} catch (...) {
  return translate_current_exception();
}

template <Op op> PyObject* unary_slot(PyObject* x) noexcept try {
  if constexpr (op == Op::negative || op == Op::absolute) {
    double value;
    if (ready_double(x, value)) return wrap_value(DType::kF64, op == Op::negative ? -value : std::fabs(value));
  }
  const Arg args[] = {array_of(x)};
  return wrap_applied(op, args);
} catch (...) {
  return translate_current_exception();
}

/// x op= y. A scalar is a value: the result is a new object (architecture 5.7).
PyObject* in_place(Op op, PyObject* x, PyObject* y) noexcept try {
  if (array_of(x).scalar_flag) return binary(op, x, y);
  if (should_defer(y, true)) Py_RETURN_NOTIMPLEMENTED;
  OperandHolder operand;
  if (!to_operand(y, operand)) return nullptr;
  apply_into(op, std::initializer_list<Arg>{Arg(array_of(x)), operand.arg()}, array_of(x));
  return Py_NewRef(x);
} catch (...) {
  return translate_current_exception();
}

template <Op op> PyObject* in_place_slot(PyObject* x, PyObject* y) noexcept { return in_place(op, x, y); }

/// NumPy's shortcuts of the ** operator alone (numpy.power has none): -inf ** 0.5 is sqrt's NaN, and bools ** 2 are int8,
/// as square() makes them. apply() knows the others.
Op power_shortcut(PyObject* base, PyObject* exponent) {
  if (!is_ndarray(base)) return Op::power;
  const Array& x = array_of(base);
  int64_t whole;
  if (x.dtype() == DType::kBool && !x.scalar_flag && PyLong_CheckExact(exponent))
    return small_int(exponent, whole) && whole == 2 ? Op::square : Op::power;
  if (!PyFloat_CheckExact(exponent) || PyFloat_AS_DOUBLE(exponent) != 0.5) return Op::power;
  return is_float(x.dtype()) || is_complex(x.dtype()) ? Op::sqrt : Op::power;
}

PyObject* power_slot(PyObject* x, PyObject* y, PyObject* modulo) noexcept try {
  if (modulo != Py_None) Py_RETURN_NOTIMPLEMENTED;
  const Op op = power_shortcut(x, y);
  return op == Op::power ? binary(op, x, y) : wrap(apply(op, {Arg(array_of(x))}));
} catch (...) {
  return translate_current_exception();
}

PyObject* in_place_power_slot(PyObject* x, PyObject* y, PyObject*) noexcept try {
  const Op op = power_shortcut(x, y);
  if (op == Op::power || array_of(x).scalar_flag)
    return op == Op::power ? in_place(op, x, y) : power_slot(x, y, Py_None);
  apply_into(op, std::initializer_list<Arg>{Arg(array_of(x))}, array_of(x));
  return Py_NewRef(x);
} catch (...) {
  return translate_current_exception();
}

PyObject* divmod_slot(PyObject* x, PyObject* y) noexcept try {
  PyObject* ufunc = find_ufunc("divmod");
  return ufunc ? binary_general(ufunc, x, y) : nullptr;
} catch (...) {
  return translate_current_exception();
}

PyObject* matmul_slot(PyObject* x, PyObject* y) noexcept try {
  if (Py_TYPE(x) == ndarray_type && Py_TYPE(y) == ndarray_type) return wrap(matmul(array_of(x), array_of(y)));
  return binary_general(find_ufunc("matmul"), x, y);
} catch (...) {
  return translate_current_exception();
}

/// x @= y keeps x's memory and dtype.
PyObject* in_place_matmul_slot(PyObject* x, PyObject* y) noexcept try {
  if (should_defer(y, true)) Py_RETURN_NOTIMPLEMENTED;
  PyRef keywords(PyTuple_Pack(1, PyRef(PyUnicode_InternFromString("out")).get()));
  if (!keywords) return nullptr;
  PyObject* args[3] = {x, y, x};
  return PyObject_Vectorcall(find_ufunc("matmul"), args, 2, keywords.get());
} catch (...) {
  return translate_current_exception();
}

Op comparison(int code) {
  switch (code) {
    case Py_LT: return Op::less;
    case Py_LE: return Op::less_equal;
    case Py_EQ: return Op::equal;
    case Py_NE: return Op::not_equal;
    case Py_GT: return Op::greater;
    default: return Op::greater_equal;
  }
}

/// == and != answer for every type: what no loop compares (text, None) is left to NumPy, which says False or True.
PyObject* compare_with_numpy(PyObject* x, PyObject* y, int code) {
  PyErr_Clear();
  PyRef array(numpy_array(x));
  if (array && array_of(x).scalar_flag)
    array = PyRef(PyArray_Return(reinterpret_cast<PyArrayObject*>(array.release())));
  PyRef result(array ? PyObject_RichCompare(array.get(), y, code) : nullptr);
  if (result && PyBool_Check(result.get())) return result.release();  // a scalar beside None or another object
  return result ? wrap(from_python(result.get())) : nullptr;
}

bool compare_doubles(double a, double b, int code) {
  switch (code) {
    case Py_LT: return a < b;
    case Py_LE: return a <= b;
    case Py_EQ: return a == b;
    case Py_NE: return a != b;
    case Py_GT: return a > b;
    default: return a >= b;
  }
}

PyObject* compare(PyObject* x, PyObject* y, int code) noexcept try {
  double a, b;
  if (ready_double(x, a) && ready_double(y, b)) return wrap_value(DType::kBool, compare_doubles(a, b, code));
  const Op op = comparison(code);
  if (y == Py_None && array_of(x).scalar_flag && (code == Py_EQ || code == Py_NE))
    return PyBool_FromLong(code == Py_NE);
  PyObject* result = binary_simple(op, x, y);
  if (result) return result;
  if (should_defer(y, false)) Py_RETURN_NOTIMPLEMENTED;
  result = call_ufunc(ufunc_object(op), x, y);
  if (result || (code != Py_EQ && code != Py_NE) || !PyErr_ExceptionMatches(PyExc_TypeError)) return result;
  return compare_with_numpy(x, y, code);
} catch (...) {
  return translate_current_exception();
}

template <class F> void* slot(F* function) { return reinterpret_cast<void*>(function); }

}  // namespace

#define XA_BINARY(slot_name, op) \
  {Py_nb_##slot_name, slot(&binary_slot<Op::op>)}, { Py_nb_inplace_##slot_name, slot(&in_place_slot<Op::op>) }

PyType_Slot kNumberSlots[] = {
    XA_BINARY(add, add),
    XA_BINARY(subtract, subtract),
    XA_BINARY(multiply, multiply),
    XA_BINARY(true_divide, divide),
    XA_BINARY(floor_divide, floor_divide),
    XA_BINARY(remainder, remainder),
    XA_BINARY(lshift, left_shift),
    XA_BINARY(rshift, right_shift),
    XA_BINARY(and, bitwise_and),
    XA_BINARY(or, bitwise_or),
    XA_BINARY(xor, bitwise_xor),
    {Py_nb_power, slot(&power_slot)},
    {Py_nb_inplace_power, slot(&in_place_power_slot)},
    {Py_nb_divmod, slot(&divmod_slot)},
    {Py_nb_matrix_multiply, slot(&matmul_slot)},
    {Py_nb_inplace_matrix_multiply, slot(&in_place_matmul_slot)},
    {Py_nb_negative, slot(&unary_slot<Op::negative>)},
    {Py_nb_positive, slot(&unary_slot<Op::positive>)},
    {Py_nb_absolute, slot(&unary_slot<Op::absolute>)},
    {Py_nb_invert, slot(&unary_slot<Op::invert>)},
    {Py_tp_richcompare, slot(&compare)},
    {},
};
#undef XA_BINARY

}  // namespace crossarray::python
