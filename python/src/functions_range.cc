// arange and linspace.
#include <cmath>
#include <vector>

#include "dispatch/core/promote.h"
#include "dispatch/core/view.h"
#include "python/src/device_scope.h"
#include "python/src/methods.h"
#include "python/src/native.h"
#include "python/src/ufunc.h"

namespace crossarray::python {
namespace {

/// A bound of arange: an exact integer or a double.
struct Number {
  bool integral = true;
  int64_t i = 0;
  double d = 0;
  DType dtype = DType::kI64;
};

Number of_integer(int64_t value) { return {true, value, static_cast<double>(value), DType::kI64}; }

Number number_argument(PyObject* o) {
  WeakScalar weak;
  const bool is_weak = weak_scalar(o, weak);
  if (is_weak && weak.type == WeakScalar::Type::kInt && weak.range == WeakScalar::Range::kI64)
    return of_integer(weak.i);
  const Scalar value = is_weak ? natural_scalar(weak) : element(array_argument(o));
  Number number;
  number.integral = kind(value.dtype) <= Kind::kUnsigned && value.dtype != DType::kU64;
  number.d = cast_scalar(value, DType::kF64).as<double>();
  number.i = number.integral ? cast_scalar(value, DType::kI64).as<int64_t>() : 0;
  number.dtype = promote_types(DType::kI64, value.dtype);
  return number;
}

/// ceil((stop - start) / step), at least 0.
int64_t range_count(const Number& start, const Number& stop, const Number& step) {
  const bool integral = start.integral && stop.integral && step.integral;
  if (step.d == 0) raise(ErrorKind::kZeroDivision, integral ? "division by zero" : "float division by zero");
  __int128 count;
  if (integral) {
    const __int128 span = static_cast<__int128>(stop.i) - start.i;
    count = span / step.i + (span % step.i != 0 && (span < 0) == (step.i < 0) ? 1 : 0);
  } else {
    const double length = std::ceil((stop.d - start.d) / step.d);
    if (std::isnan(length)) value_error("arange: cannot compute length");
    if (length > 9.2e18) value_error("Maximum allowed size exceeded");
    count = static_cast<__int128>(length);
  }
  if (count > (int64_t{1} << 60)) value_error("Maximum allowed size exceeded");
  return count < 0 ? 0 : static_cast<int64_t>(count);
}

Scalar in_dtype(const Number& x, DType dtype) {
  const bool through_integer = x.integral || (is_integer(dtype) && std::fabs(x.d) < 9.2e18);
  if (!through_integer) return cast_scalar(Scalar::of(DType::kF64, x.d), dtype);
  WeakScalar weak;
  weak.i = x.integral ? x.i : static_cast<int64_t>(x.d);
  return cast_weak(weak, dtype);  // raises when it does not fit an integer dtype
}

Scalar difference(const Scalar& a, const Scalar& b) {
  if (a.dtype == DType::kI64) return Scalar::of(a.dtype, a.as<int64_t>() - b.as<int64_t>());
  if (a.dtype == DType::kF64) return Scalar::of(a.dtype, a.as<double>() - b.as<double>());
  return element(apply(Op::subtract, {Array::scalar(a), Array::scalar(b)}));
}

/// NumPy converts the first two elements to the result's dtype and steps by their difference there.
Array range_of(const Number& start, const Number& step, int64_t count, DType dtype) {
  const Scalar first = in_dtype(start, dtype);
  if (dtype == DType::kBool) {
    if (count > 2) type_error("arange() is only supported for booleans when the result has at most length 2.");
    Array out = arange(cast_scalar(first, DType::kI64), Scalar::of(DType::kI64, step.i), count);
    return cast(out, dtype);
  }
  if (count < 2) return arange(first, first, count);
  const bool integral = start.integral && step.integral;
  const Number next{integral, start.i + step.i, start.d + step.d, dtype};
  return arange(first, difference(in_dtype(next, dtype), first), count);
}

constexpr Signature<6> kArange{"arange", 4, 0, {"start", "stop", "step", "dtype", "device", "like"}};
PyObject* arange_of(const Call& call) {
  if (absent(call[1]) && (absent(call[0]) || call.positional() == 0))
    type_error("arange() requires stop to be specified.");
  if (call.is_foreign({0, 1, 2}, 3)) return call.to_numpy();
  const DeviceScope on(call[4], call.function());
  const bool only_stop = absent(call[1]);
  if (call[0] == Py_None && !only_stop && call.positional() > 0)
    type_error("unsupported operand type(s) for -: 'int' and 'NoneType'");
  const Number start = only_stop || absent(call[0]) ? of_integer(0) : number_argument(call[0]);
  const Number stop = number_argument(only_stop ? call[0] : call[1]);
  const Number step = absent(call[2]) ? of_integer(1) : number_argument(call[2]);
  const std::optional<DType> asked = dtype_argument(call[3]);
  const DType own = promote_types(promote_types(start.dtype, stop.dtype), step.dtype);
  return on.wrap(range_of(start, step, range_count(start, stop, step), asked.value_or(own)));
}

WeakScalar weak_float(double value) {
  WeakScalar weak;
  weak.type = WeakScalar::Type::kFloat;
  weak.c = value;
  return weak;
}

struct Samples {
  Array values;
  Array step;
};

/// num samples along a new first axis, as numpy.linspace computes them.
Samples samples(const OperandHolder& start, const OperandHolder& stop, int64_t num, bool endpoint, DType dtype) {
  const int64_t intervals = endpoint ? num - 1 : num;
  ApplyOptions inexact;
  inexact.dtype = dtype;
  inexact.casting = Casting::kUnsafe;
  const Array delta = apply(Op::subtract, {stop.arg(), start.arg()}, inexact);
  Array y = arange(cast_scalar(Scalar::of(DType::kI64, int64_t{0}), dtype),
                   cast_scalar(Scalar::of(DType::kI64, int64_t{1}), dtype), num);
  Layout column = y.layout();
  for (int i = 0; i < delta.rank(); ++i) column = insert_axis(column, column.rank());
  y = y.view(column);
  if (intervals <= 0) {
    y = apply(Op::multiply, {y, delta});
    return {apply(Op::add, {y, start.arg()}), full({}, cast_scalar(Scalar::of(DType::kF64, std::nan("")), dtype))};
  }
  const Array step = apply(Op::divide, {delta, weak_float(static_cast<double>(intervals))});
  const Array flat = reduce(ReduceKind::kAny, apply(Op::equal, {step, weak_float(0)}), ~uint64_t{0});
  if (element(flat).as<bool>()) {  // steps below the smallest subnormal: divide first
    y = apply(Op::multiply, {apply(Op::divide, {y, weak_float(static_cast<double>(intervals))}), delta});
  } else {
    y = apply(Op::multiply, {y, step});
  }
  y = apply(Op::add, {y, start.arg()});
  if (endpoint && num > 1) {
    Array last = y.view(index_axis(y.layout(), 0, num - 1));
    assign(last, stop.arg());
  }
  return {std::move(y), step};
}

/// The usual case, two Python numbers: the same arithmetic in one loop.
std::optional<Array> real_samples(const OperandHolder& start, const OperandHolder& stop, int64_t num, bool endpoint) {
  const auto real = [](const OperandHolder& o) { return o.is_weak && o.weak.type != WeakScalar::Type::kComplex; };
  const int64_t intervals = endpoint ? num - 1 : num;
  if (!real(start) || !real(stop) || intervals <= 0) return std::nullopt;
  const double first = cast_weak(start.weak, DType::kF64).as<double>(),
               last = cast_weak(stop.weak, DType::kF64).as<double>();
  const double step = (last - first) / static_cast<double>(intervals);
  if (step == 0) return std::nullopt;
  Array out = Array::empty(Dims{num}, DType::kF64);
  auto* to = reinterpret_cast<double*>(out.host());
  int64_t i = 0;
  for (double x = 0; i + 4 <= num; i += 4, x += 4) {  // counted in doubles: converting each index costs more
    to[i] = x * step + first;
    to[i + 1] = (x + 1) * step + first;
    to[i + 2] = (x + 2) * step + first;
    to[i + 3] = (x + 3) * step + first;
  }
  for (; i < num; ++i) to[i] = static_cast<double>(i) * step + first;
  if (endpoint) to[num - 1] = last;
  return out;
}

DType sample_dtype(const OperandHolder& start, const OperandHolder& stop) {
  const auto arg = [](const OperandHolder& o) {
    return o.is_weak ? PromoteArg{DType::kF64, true, o.weak.type} : PromoteArg{o.array.dtype()};
  };
  const PromoteArg both[] = {arg(start), arg(stop), {DType::kF64, true, WeakScalar::Type::kFloat}};
  return result_type(both);
}

Layout axis_moved(const Layout& layout, int to) {
  std::vector<int> order;
  for (int axis = 1; axis < layout.rank(); ++axis) order.push_back(axis);
  order.insert(order.begin() + to, 0);
  return transpose(layout, order);
}

constexpr Signature<8> kLinspace{
    "linspace", 7, 2, {"start", "stop", "num", "endpoint", "retstep", "dtype", "axis", "device"}};
PyObject* linspace(const Call& call) {
  if (call.is_foreign({0, 1}, 5)) return call.to_numpy();
  const DeviceScope on(call[7], call.function());
  const int64_t num = call[2] ? integer(call[2]) : 50;
  if (num < 0) value_error("Number of samples, " + std::to_string(num) + ", must be non-negative.");
  const OperandHolder start = operand(call[0]), stop = operand(call[1]);
  const std::optional<DType> asked = dtype_argument(call[5]);
  const bool wants_step = flag(call[4]);
  if (!wants_step && (!asked || *asked == DType::kF64))
    if (std::optional<Array> quick = real_samples(start, stop, num, flag(call[3], true)))
      return on.wrap(*std::move(quick));
  Samples made = samples(start, stop, num, flag(call[3], true), sample_dtype(start, stop));
  Array y = std::move(made.values);
  if (const int64_t axis = call[6] ? integer(call[6]) : 0; axis != 0)
    y = y.view(axis_moved(y.layout(), normalize_axis(axis, y.rank())));
  if (asked && is_integer(*asked)) y = apply(Op::floor, {y});
  if (asked && *asked != y.dtype()) y = cast(y, *asked);
  if (!wants_step) return wrap(std::move(y));
  PyRef values = checked(wrap(std::move(y))), step = checked(wrap(std::move(made.step)));
  return PyTuple_Pack(2, values.get(), step.get());
}

}  // namespace

PyMethodDef range_functions[] = {
    native<kArange, arange_of>(
        R"(arange(start_or_stop, /, stop=None, step=1, *, dtype=None, device=None, like=None)
--

Evenly spaced values from start up to, not including, stop.

Returns int64 for ints, else float64; element i is start + i * step in the result's dtype.
Raises ZeroDivisionError for step 0.  Same as numpy.arange.
>>> xp.arange(2, 8, 3)
array([2, 5]))"),
    native<kLinspace, linspace>(
        R"(linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0, *, device=None)
--

num evenly spaced samples from start to stop.

start and stop broadcast; samples lie along axis.  Raises ValueError for negative num.  Same as numpy.linspace.
>>> xp.linspace(0, 1, 5)
array([0.  , 0.25, 0.5 , 0.75, 1.  ]))"),
    {}};

}  // namespace crossarray::python
