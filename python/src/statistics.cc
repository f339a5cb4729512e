// mean, var, std, cumsum, cumprod and nonzero: functions of _core and methods of ndarray.
#include "dispatch/core/view.h"
#include "dispatch/plan/backend.h"
#include "python/src/index_values.h"
#include "python/src/quick_reduce.h"
#include "python/src/ufunc.h"
#include "python/src/warn.h"

namespace crossarray::python {
namespace {

template <ReduceKind kKind> PyObject* plain(const Array& in, uint64_t axes) {
  kKind == ReduceKind::kMean ? warn_empty_mean(in, axes) : warn_degrees_of_freedom(in, axes, 0);
  return wrap_reduced(kKind, in, axes);
}

constexpr Signature<6> kMean{"mean", 5, 1, {"a", "axis", "dtype", "out", "keepdims", "where"}};
PyObject* mean(const Call& call) {
  if (call.is_foreign({0, 3}, 2)) return call.to_numpy();
  const Array in = array_argument(call[0]);
  const std::optional<Array> mask = mask_argument(call[5]);
  ReduceOptions options{flag(call[4]), dtype_argument(call[2])};
  if (mask) options.where = &*mask;
  const uint64_t axes = reduce_axes(call[1], in.rank());
  warn_empty_mean(in, axes);
  return finish(reduce(ReduceKind::kMean, in, axes, options), call[3], "mean");
}

double ddof_of(const Call& call) {
  if (!no_value(call[8])) {
    if (call[4] && !(PyLong_CheckExact(call[4]) && integer(call[4]) == 0))
      value_error("ddof and correction can't be provided simultaneously.");
    return real_number(call[8]);
  }
  return call[4] ? real_number(call[4]) : 0;
}

Array squared_magnitude(const Array& x) {
  return is_complex(x.dtype()) ? apply(Op::square, {apply(Op::absolute, {x})}) : apply(Op::square, {x});
}

/// Number of elements over `axes`, as divisor: max(count - ddof, 0), per lane when there is a mask.
Array divisor(const Array& in, uint64_t axes, const ReduceOptions& options, DType dtype) {
  WeakScalar minus, zero;
  minus.type = zero.type = WeakScalar::Type::kFloat;
  minus.c = options.ddof;
  ReduceOptions counting{options.keepdims, dtype};
  Array ones = full(in.shape(), cast_scalar(Scalar::of(DType::kI64, int64_t{1}), dtype));
  counting.where = options.where;
  const Array count = reduce(ReduceKind::kSum, ones, axes, counting);
  return apply(Op::maximum, {apply(Op::subtract, {count, minus}), zero});
}

/// var with mean= given: the mean of the squared distances from it.
Array variance_about(const Array& in, const Array& center, uint64_t axes, const ReduceOptions& options) {
  const DType work = options.dtype ? *options.dtype : kind(in.dtype()) < Kind::kFloat ? DType::kF64 : in.dtype();
  const Array x = in.dtype() == work ? in : cast(in, work);
  ReduceOptions summing{options.keepdims};
  summing.where = options.where;
  const Array total = reduce(ReduceKind::kSum, squared_magnitude(apply(Op::subtract, {x, center})), axes, summing);
  return apply(Op::divide, {total, divisor(in, axes, options, real_of(work))});
}

/// NumPy keeps a complex dtype= for real input, though the variance is real.
Array as_asked(Array result, const Array& in, const ReduceOptions& options) {
  if (!options.dtype || !is_complex(*options.dtype) || is_complex(in.dtype())) return result;
  const bool scalar = result.scalar_flag;
  result = cast(result, *options.dtype);
  result.scalar_flag = scalar;
  return result;
}

template <ReduceKind kKind> PyObject* moment(const Call& call) {
  if (call.is_foreign({0, 3, 7}, 2)) return call.to_numpy();
  const Array in = array_argument(call[0]);
  const std::optional<Array> mask = mask_argument(call[6]);
  ReduceOptions options{flag(call[5]), dtype_argument(call[2])};
  options.ddof = ddof_of(call);
  if (mask) options.where = &*mask;
  const uint64_t axes = reduce_axes(call[1], in.rank());
  warn_degrees_of_freedom(in, axes, options.ddof);
  if (no_value(call[7]))
    return finish(as_asked(reduce(kKind, in, axes, options), in, options), call[3], call.function());
  Array result = variance_about(in, array_argument(call[7]), axes, options);
  if (kKind == ReduceKind::kStd) result = apply(Op::sqrt, {result});
  return finish(as_asked(std::move(result), in, options), call[3], call.function());
}

constexpr Signature<9> kVar{
    "var", 6, 1, {"a", "axis", "dtype", "out", "ddof", "keepdims", "where", "mean", "correction"}};
constexpr Signature<9> kStd{
    "std", 6, 1, {"a", "axis", "dtype", "out", "ddof", "keepdims", "where", "mean", "correction"}};

template <Op kOp> PyObject* cumulative(const Call& call) {
  if (call.is_foreign({0, 3}, 2)) return call.to_numpy();
  Array in = array_argument(call[0]);
  int axis = 0;
  if (absent(call[1])) {
    if (in.rank() != 1) {
      const Array dense = as_contiguous(in);
      in = dense.view(*reshape(dense.layout(), Dims{dense.size()}, dense.item()));
    }
  } else if (in.rank() == 0 && reduce_axes(call[1], 0) == 0) {
    in = in.view(insert_axis(in.layout(), 0));
  } else {
    axis = normalize_axis(integer(call[1]), in.rank());
  }
  const DType loop = reduction_dtype(kOp, in.dtype(), dtype_argument(call[2]), output_dtype(call[3]));
  return finish(accumulate_op(kOp, in, axis, loop), call[3], call.function());
}

constexpr Signature<4> kCumsum{"cumsum", 4, 1, {"a", "axis", "dtype", "out"}};
constexpr Signature<4> kCumprod{"cumprod", 4, 1, {"a", "axis", "dtype", "out"}};

constexpr Signature<1> kNonzero{"nonzero", 1, 1, {"a"}};
PyObject* nonzero(const Call& call) {
  if (call.is_foreign({0})) return call.to_numpy();
  const Array in = array_argument(call[0]);
  if (in.rank() == 0)
    value_error(
        "Calling nonzero on 0d arrays is not allowed. Use np.atleast_1d(scalar).nonzero() instead. If the context "
        "of this error is of the form `arr[nonzero(cond)]`, just use `arr[cond]`.");
  return nonzero_arrays(in);
}

}  // namespace

PyObject* nonzero_arrays(const Array& in) {
  const Array mask = in.dtype() == DType::kBool ? in : cast(in, DType::kBool);
  const Array positions = true_positions(mask);
  PyRef tuple = checked(PyTuple_New(in.rank()));
  for (int axis = 0; axis < in.rank(); ++axis) {
    Array index = in.rank() == 1 ? positions : coordinates(positions, in.shape(), axis);
    PyTuple_SET_ITEM(tuple.get(), axis, checked(wrap(std::move(index))).release());
  }
  return tuple.release();
}

PyMethodDef statistics_functions[] = {
    reduction<kMean, plain<ReduceKind::kMean>, mean>(
        R"(mean(a, axis=None, dtype=None, out=None, keepdims=False, *, where=True)
--

Arithmetic mean over axes.

Returns float64 for integers, else a's dtype; NaN for an empty axis.  Accuracy: summed in float64 or wider.
Same as numpy.mean; the warning for an empty axis goes by the shape, not by where=.
>>> xp.mean([1, 2])
xp.float64(1.5))"),
    reduction<kVar, plain<ReduceKind::kVar>, moment<ReduceKind::kVar>>(
        R"(var(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True, mean=None, correction=None)
--

Variance over axes.

Returns a real array: float64 for integers, else a's real dtype.  Method: one pass with a pivot, 
merged partial results (Chan, Golub, LeVeque 1983).  Same as numpy.var; the warning goes by the shape, not by where=.
>>> xp.var([1.0, 2.0, 3.0, 6.0])
xp.float64(3.5))"),
    reduction<kStd, plain<ReduceKind::kStd>, moment<ReduceKind::kStd>>(
        R"(std(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True, mean=None, correction=None)
--

Standard deviation over axes: the square root of var.

Same as numpy.std; the warning goes by the shape, not by where=.
>>> xp.std([1.0, 3.0])
xp.float64(1.0))"),
    native<kCumsum, cumulative<Op::add>>(R"(cumsum(a, axis=None, dtype=None, out=None)
--

Cumulative sum along an axis (flattened without one), left to right.

Same bits as numpy.cumsum.
>>> xp.cumsum([1, 2, 3])
array([1, 3, 6]))"),
    native<kCumprod, cumulative<Op::multiply>>(
        R"(cumprod(a, axis=None, dtype=None, out=None)
--

Cumulative product along an axis (flattened without one).

Same bits as numpy.cumprod.
>>> xp.cumprod([1, 2, 3])
array([1, 2, 6]))"),
    native<kNonzero, nonzero>(
        R"(nonzero(a)
--

Indices of the nonzero elements, one int64 array per axis.

Raises ValueError for a 0-d array.  Same as numpy.nonzero.
>>> xp.nonzero([0, 2])
(array([1]),))"),
    {}};

}  // namespace crossarray::python
