// where, clip, real, imag, angle, nan_to_num.
#include <cmath>
#include <limits>

#include "dispatch/core/promote.h"
#include "python/src/native.h"
#include "python/src/shells.h"
#include "python/src/ufunc.h"

namespace crossarray::python {
namespace {

WeakScalar weak_float(double value) {
  WeakScalar weak;
  weak.type = WeakScalar::Type::kFloat;
  weak.c = value;
  return weak;
}

constexpr Signature<3> kWhere{"where", 3, 1, {"condition", "x", "y"}};
PyObject* where(const Call& call) {
  if (call.is_foreign({0, 1, 2})) return call.to_numpy();
  if (!call[1] != !call[2]) value_error("either both or neither of x and y should be given");
  Array condition = array_argument(call[0]);
  if (!call[1]) {
    if (condition.rank() == 0)
      value_error("Calling nonzero on 0d arrays is not allowed. Use np.atleast_1d(scalar).nonzero() instead.");
    return nonzero_arrays(condition);
  }
  if (condition.dtype() != DType::kBool) condition = cast(condition, DType::kBool);
  const OperandHolder x = operand(call[1]), y = operand(call[2]);
  const Arg args[] = {condition, x.arg(), y.arg()};
  Shell shell;
  apply_over(Op::where, args, shell.array());
  shell.array().scalar_flag = false;  // NumPy's where gives 0-d arrays
  return shell.release();
}

/// NumPy drops a Python int bound that no element of an integer array can cross, so that it need not fit the dtype.
bool bound_is_idle(const OperandHolder& bound, DType dtype, bool lower) {
  if (!is_integer(dtype) || !bound.is_weak || bound.weak.type != WeakScalar::Type::kInt) return false;
  const bool is_signed = kind(dtype) == Kind::kSigned;
  const int bits = static_cast<int>(itemsize(dtype)) * 8 - is_signed;
  const double limit = lower ? (is_signed ? -std::ldexp(1.0, bits) : 0.0) : std::ldexp(1.0, bits) - 1;
  const double value = bound.weak.range == WeakScalar::Range::kI64   ? static_cast<double>(bound.weak.i)
                       : bound.weak.range == WeakScalar::Range::kU64 ? static_cast<double>(bound.weak.u)
                                                                     : bound.weak.c.real();
  return lower ? value <= limit : value >= limit;
}

std::optional<OperandHolder> bound_argument(PyObject* o, const Array& a, bool lower) {
  if (absent(o)) return std::nullopt;
  OperandHolder bound = operand(o);
  if (bound_is_idle(bound, a.dtype(), lower)) return std::nullopt;
  return bound;
}

/// The bounds: a_min and a_max, both or neither, or their newer names min= and max=. The method has only the latter.
struct Bounds {
  PyObject *low, *high;
};
Bounds bounds_of(const Call& call) {
  PyObject *a_min = call[1], *a_max = call[2], *low = call[4], *high = call[5];
  if (!a_min && !a_max) return {low, high};
  if (call.is_method()) return {a_min ? a_min : low, a_max ? a_max : high};
  if (!a_min || !a_max)
    type_error(std::string("clip() missing 1 required positional argument: '") + (a_min ? "a_max'" : "a_min'"));
  if (low || high)
    value_error("Passing `min` or `max` keyword argument when `a_min` and `a_max` are provided is forbidden.");
  return {a_min, a_max};
}

constexpr Signature<9> kClip{"clip", 4, 1, {"a", "a_min", "a_max", "out", "min", "max", "dtype", "casting", "where"}};
PyObject* clip(const Call& call) {
  if (call.is_foreign({0, 1, 2, 3, 4, 5}, 6)) return call.to_numpy();
  const Array a = array_argument(call[0]);
  const Bounds bounds = bounds_of(call);
  const std::optional<OperandHolder> low = bound_argument(bounds.low, a, true);
  const std::optional<OperandHolder> high = bound_argument(bounds.high, a, false);
  ApplyOptions options;
  options.dtype = dtype_argument(call[6]);
  options.casting = casting_argument(call[7], Casting::kSameKind);
  Array result = a;
  if (low && high && low->single() && high->single()) {
    // Of two equal operands the second stays: -0. between the numbers 0. and 1. is still -0., as in NumPy.
    result = apply(Op::minimum, {high->arg(), apply(Op::maximum, {low->arg(), result}, options)}, options);
  } else {
    if (low) result = apply(Op::maximum, {result, low->arg()}, options);
    if (high) result = apply(Op::minimum, {result, high->arg()}, options);
  }
  if (!low && !high) result = apply(Op::copy, {a});
  if (absent(call[3])) return wrap(std::move(result));
  Array target = output_array(call[3]);
  check_output_cast("clip", result.dtype(), target.dtype(), options.casting);
  const std::optional<Array> mask = mask_argument(call[8]);
  const Arg args[] = {result};
  options = {};
  options.casting = Casting::kUnsafe;
  apply_into(Op::copy, args, target, mask ? &*mask : nullptr, options);
  return Py_NewRef(call[3]);
}

/// NumPy answers with the attribute of whatever it is given, else with the array's.
PyObject* part(const Call& call, const char* attribute) {
  if (PyRef own{PyObject_GetAttrString(call[0], attribute)}; own && !PyType_Check(call[0])) {
    if (is_ndarray(own.get()) || !PyObject_HasAttrString(own.get(), "dtype")) return own.release();
  }
  PyErr_Clear();
  if (call.is_foreign({0})) return call.to_numpy();
  PyRef array = checked(wrap(array_argument(call[0])));
  return PyObject_GetAttrString(array.get(), attribute);
}

constexpr Signature<1> kReal{"real", 1, 1, {"val"}};
constexpr Signature<1> kImag{"imag", 1, 1, {"val"}};
PyObject* real(const Call& call) { return part(call, "real"); }
PyObject* imag(const Call& call) { return part(call, "imag"); }

/// Real (0) or imaginary (1) parts of a complex array, as a view.
Array part_view(const Array& z, int which) {
  Layout layout = z.layout();
  layout.offset += which * static_cast<int64_t>(z.item() / 2);
  return z.view_as(real_of(z.dtype()), std::move(layout));
}

constexpr Signature<2> kAngle{"angle", 2, 1, {"z", "deg"}};
PyObject* angle(const Call& call) {
  if (call.is_foreign({0})) return call.to_numpy();
  const Array z = array_argument(call[0]);
  Array radians = is_complex(z.dtype()) ? apply(Op::arctan2, {part_view(z, 1), part_view(z, 0)})
                                        : apply(Op::arctan2, {WeakScalar{}, z});
  if (!flag(call[1])) return wrap(std::move(radians));
  return wrap(apply(Op::multiply, {radians, weak_float(180 / 3.14159265358979323846)}));
}

double largest_finite(DType t) {
  switch (t) {
    case DType::kF16: return 65504;
    case DType::kBF16: return 3.3895313892515355e38;
    case DType::kF32: return std::numeric_limits<float>::max();
    default: return std::numeric_limits<double>::max();
  }
}

struct Replacements {
  OperandHolder nan, positive, negative;
};

OperandHolder replacement(PyObject* o, double fallback) {
  if (!absent(o)) return operand(o);
  OperandHolder holder;
  holder.is_weak = true;
  holder.weak = weak_float(fallback);
  return holder;
}

Array without_nan(const Array& x, const Replacements& use) {
  const double infinity = std::numeric_limits<double>::infinity();
  Array y = apply(Op::where, {apply(Op::isnan, {x}), use.nan.arg(), x});
  y = apply(Op::where, {apply(Op::equal, {x, weak_float(infinity)}), use.positive.arg(), y});
  y = apply(Op::where, {apply(Op::equal, {x, weak_float(-infinity)}), use.negative.arg(), y});
  return y.dtype() == x.dtype() ? y : cast(y, x.dtype());
}

constexpr Signature<5> kNanToNum{"nan_to_num", 5, 1, {"x", "copy", "nan", "posinf", "neginf"}};
PyObject* nan_to_num(const Call& call) {
  if (call.is_foreign({0, 2, 3, 4})) return call.to_numpy();
  const bool in_place = !flag(call[1], true) && is_ndarray(call[0]);
  const Array x = array_argument(call[0]);
  if (!is_float(x.dtype()) && !is_complex(x.dtype())) return in_place ? Py_NewRef(call[0]) : wrap(apply(Op::copy, {x}));
  const double largest = largest_finite(real_of(x.dtype()));
  const Replacements use{replacement(call[2], 0.0), replacement(call[3], largest), replacement(call[4], -largest)};
  Array result = in_place ? x : is_complex(x.dtype()) ? copy(x) : without_nan(x, use);
  if (is_complex(x.dtype())) {
    for (int which : {0, 1}) {
      Array target = part_view(result, which);
      assign(target, without_nan(part_view(x, which), use));
    }
  } else if (in_place) {
    assign(result, without_nan(x, use));
  }
  if (in_place) return Py_NewRef(call[0]);
  result.scalar_flag = result.rank() == 0;
  return wrap(std::move(result));
}

}  // namespace

PyMethodDef select_functions[] = {native<kWhere, where>(
                                      R"(where(condition, x=None, y=None, /)
--

Elements of x where condition is true, else of y; indices of true elements without them.

The three broadcast; dtype is x's and y's promoted, Python scalars weak.  Same as numpy.where.
>>> xp.where(xp.array([True, False]), 1, 2)
array([1, 2]))"),
                                  native<kClip, clip>(
                                      R"(clip(a, a_min=None, a_max=None, out=None, *, min=None, max=None, **kwargs)
--

Elements limited to [a_min, a_max]; None leaves a side open.

Bounds broadcast.  Same as numpy.clip.
>>> xp.clip([1, 5, 9], 2, 6)
array([2, 5, 6]))"),
                                  native<kReal, real>(
                                      R"(real(val)
--

Real part: a view for complex arrays.

Same as numpy.real.
>>> xp.real([1 + 2j])
array([1.]))"),
                                  native<kImag, imag>(R"(imag(val)
--

Imaginary part: a view for complex arrays.

Same as numpy.imag.
>>> xp.imag([1 + 2j])
array([2.]))"),
                                  native<kAngle, angle>(R"(angle(z, deg=False)
--

Argument of complex numbers, counterclockwise from the real axis.

Returns radians in (-pi, pi], or degrees.  Same as numpy.angle.
>>> xp.angle(1j, deg=True)
xp.float64(90.0))"),
                                  native<kNanToNum, nan_to_num>(
                                      R"(nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None)
--

NaN replaced by nan, infinities by posinf and neginf (largest finite numbers).

Same as numpy.nan_to_num.
>>> xp.nan_to_num([xp.nan, 1.0])
array([0., 1.]))"),
                                  {}};

}  // namespace crossarray::python
