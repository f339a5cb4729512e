// sum, prod, min, max, any, all, argmin, argmax, count_nonzero, ptp: functions of _core and methods of ndarray.
#include <cstring>
#include <type_traits>

#include "dispatch/core/view.h"
#include "dispatch/plan/backend.h"
#include "dispatch/plan/executor.h"
#include "python/src/quick_reduce.h"
#include "python/src/ufunc.h"

namespace crossarray::python {
namespace {

/// any, all and sum of bools that are there in one piece need no arithmetic.
std::optional<Array> bools_at_once(ReduceKind kind, const Array& in) {
  if (in.dtype() != DType::kBool || !in.ready() || !in.c_contiguous()) return std::nullopt;
  const auto size = static_cast<size_t>(in.size());
  Scalar result;
  if (kind == ReduceKind::kAny || kind == ReduceKind::kAll) {
    const bool looked_for = kind == ReduceKind::kAny;
    const bool found = size && std::memchr(in.host(), looked_for, size);
    result = Scalar::of(DType::kBool, found == looked_for);
  } else if (kind == ReduceKind::kSum) {
    result = Scalar::of(DType::kI64, cpu_backend().count_true({in.host(), in.shape(), in.strides()}));
  } else {
    return std::nullopt;
  }
  Array out = Array::scalar(result);
  out.scalar_flag = true;
  return out;
}

template <ReduceKind kKind> PyObject* plain(const Array& in, uint64_t axes) {
  if (axes == kAllAxes)
    if (std::optional<Array> quick = bools_at_once(kKind, in)) return wrap(*std::move(quick));
  return wrap_reduced(kKind, in, axes);
}

/// Parameters that most reductions share; an index of -1 says that the function has no such parameter.
struct Places {
  int axis, dtype, out, keepdims, initial, where;
};

/// The reduction that a ufunc names: sum is add.reduce.
PyObject* reduce_with(Op op, const Call& call, const Places& at) {
  if (call.is_foreign({0, at.out}, at.dtype)) return call.to_numpy();
  const Array in = array_argument(call[0]);
  const std::optional<Array> mask = mask_argument(call[at.where]);
  ReduceOptions options{flag(call[at.keepdims])};
  if (at.dtype >= 0) options.dtype = dtype_argument(call[at.dtype]);
  if (at.initial >= 0) options.initial = initial_argument(call[at.initial]);
  if (mask) options.where = &*mask;
  return finish(reduce_op(op, in, reduce_axes(call[at.axis], in.rank()), options, output_dtype(call[at.out])),
                call[at.out], row(op).name);
}

constexpr Places kSumPlaces{1, 2, 3, 4, 5, 6};
constexpr Places kExtremumPlaces{1, -1, 2, 3, 4, 5};
constexpr Places kTruthPlaces{1, -1, 2, 3, -1, 4};

template <Op kOp> PyObject* sum_like(const Call& call) { return reduce_with(kOp, call, kSumPlaces); }
template <Op kOp> PyObject* extremum(const Call& call) { return reduce_with(kOp, call, kExtremumPlaces); }
template <Op kOp> PyObject* truth(const Call& call) { return reduce_with(kOp, call, kTruthPlaces); }

constexpr Signature<7> kSum{"sum", 7, 1, {"a", "axis", "dtype", "out", "keepdims", "initial", "where"}};
constexpr Signature<7> kProd{"prod", 7, 1, {"a", "axis", "dtype", "out", "keepdims", "initial", "where"}};
constexpr Signature<6> kMin{"min", 6, 1, {"a", "axis", "out", "keepdims", "initial", "where"}};
constexpr Signature<6> kMax{"max", 6, 1, {"a", "axis", "out", "keepdims", "initial", "where"}};
constexpr Signature<6> kAmin{"amin", 6, 1, {"a", "axis", "out", "keepdims", "initial", "where"}};
constexpr Signature<6> kAmax{"amax", 6, 1, {"a", "axis", "out", "keepdims", "initial", "where"}};
constexpr Signature<5> kAny{"any", 4, 1, {"a", "axis", "out", "keepdims", "where"}};
constexpr Signature<5> kAll{"all", 4, 1, {"a", "axis", "out", "keepdims", "where"}};

constexpr Signature<4> kPtp{"ptp", 4, 1, {"a", "axis", "out", "keepdims"}};
PyObject* ptp(const Call& call) {
  if (call.is_foreign({0, 2})) return call.to_numpy();
  const Array in = array_argument(call[0]);
  const uint64_t axes = reduce_axes(call[1], in.rank());
  const ReduceOptions options{flag(call[3])};
  const Array high = reduce_op(Op::maximum, in, axes, options), low = reduce_op(Op::minimum, in, axes, options);
  return finish(apply(Op::subtract, {high, low}), call[2], "subtract");
}

uint64_t arg_axes(PyObject* axis, int rank) {
  if (absent(axis)) return kAllAxes;
  const int64_t at = integer(axis);
  if (rank == 0 && (at == 0 || at == -1)) return kAllAxes;
  return uint64_t{1} << normalize_axis(at, rank);
}

template <ReduceKind kKind> PyObject* arg_extremum(const Call& call) {
  if (call.is_foreign({0, 2})) return call.to_numpy();
  const Array in = array_argument(call[0]);
  return finish(reduce(kKind, in, arg_axes(call[1], in.rank()), {flag(call[3])}), call[2], call.function());
}

constexpr Signature<4> kArgMin{"argmin", 3, 1, {"a", "axis", "out", "keepdims"}};
constexpr Signature<4> kArgMax{"argmax", 3, 1, {"a", "axis", "out", "keepdims"}};

Array count_scalar(int64_t value) {
  Array count = Array::scalar(Scalar::of(DType::kI64, value));
  count.scalar_flag = true;
  return count;
}

/// Bytes are counted many times faster than they are widened and summed.
Array count_of(const Array& truth) {
  const bool pinned = is_remote(truth.value().pin());
  if (!pinned) evaluate(truth);
  if (pinned || !truth.value().on_host()) return reduce(ReduceKind::kSum, truth, kAllAxes);
  return count_scalar(cpu_backend().count_true({read_host(truth), truth.shape(), truth.strides()}));
}

/// Counted at once: small ready arrays in memory order.
std::optional<int64_t> counted_now(const Array& in) {
  if (!in.ready() || in.size() > 128 || in.dtype() == DType::kBool) return std::nullopt;
  if (!in.c_contiguous() || is_half(in.dtype())) return std::nullopt;
  return visit(in.dtype(), [&in](auto t) {
    using T = dtype_t<t()>;
    int64_t count = 0;
    if constexpr (!std::is_same_v<T, Half> && !std::is_same_v<T, BFloat16>) {
      const T* at = reinterpret_cast<const T*>(in.host());
      for (int64_t i = 0; i < in.size(); ++i) count += at[i] != T(0);
    }
    return count;
  });
}

constexpr Signature<3> kCountNonzero{"count_nonzero", 2, 1, {"a", "axis", "keepdims"}};
PyObject* count_nonzero(const Call& call) {
  if (call.is_foreign({0})) return call.to_numpy();
  const Array in = array_argument(call[0]);
  if (absent(call[1]) && !flag(call[2]))
    if (const std::optional<int64_t> count = counted_now(in)) return wrap(count_scalar(*count));
  const uint64_t axes = reduce_axes(call[1], in.rank());
  const ReduceOptions options{flag(call[2]), DType::kI64};
  const Array truth = in.dtype() == DType::kBool ? in : apply(Op::not_equal, {in, WeakScalar{}});
  if (absent(call[1]) && !options.keepdims) return wrap(count_of(truth));
  return wrap(reduce(ReduceKind::kSum, truth, axes, options));
}

}  // namespace

PyMethodDef reduction_functions[] = {
    reduction<kSum, plain<ReduceKind::kSum>, sum_like<Op::add>>(
        R"(sum(a, axis=None, dtype=None, out=None, keepdims=False, initial=0, where=True)
--

Sum of elements over axes.

axis: int, tuple or None (all).  Returns a's shape without those axes; integers narrower than 64 bits are summed in 64.
Accuracy: pairwise, at least NumPy's.  Raises AxisError.  Same as numpy.sum.
>>> xp.sum([1.0, 2.0, 3.0])
xp.float64(6.0))"),
    reduction<kProd, plain<ReduceKind::kProd>, sum_like<Op::multiply>>(
        R"(prod(a, axis=None, dtype=None, out=None, keepdims=False, initial=1, where=True)
--

Product of elements over axes.

Shapes and dtypes as sum.  Same as numpy.prod.
>>> xp.prod([2, 3])
xp.int64(6))"),
    reduction<kMin, plain<ReduceKind::kMin>, extremum<Op::minimum>>(
        R"(min(a, axis=None, out=None, keepdims=False, initial=None, where=True)
--

Smallest element over axes, NaN if any is NaN.

Raises ValueError for an empty axis without initial.  Same as numpy.min.
>>> xp.min([3, 1])
xp.int64(1))"),
    reduction<kMax, plain<ReduceKind::kMax>, extremum<Op::maximum>>(
        R"(max(a, axis=None, out=None, keepdims=False, initial=None, where=True)
--

Largest element over axes, NaN if any is NaN.

Raises ValueError for an empty axis without initial.  Same as numpy.max.
>>> xp.max([3, 1])
xp.int64(3))"),
    reduction<kAmin, plain<ReduceKind::kMin>, extremum<Op::minimum>>(
        "amin(a, axis=None, out=None, keepdims=False, initial=None, where=True)\n--\n\nAnother name of min."),
    reduction<kAmax, plain<ReduceKind::kMax>, extremum<Op::maximum>>(
        "amax(a, axis=None, out=None, keepdims=False, initial=None, where=True)\n--\n\nAnother name of max."),
    reduction<kAny, plain<ReduceKind::kAny>, truth<Op::logical_or>>(
        R"(any(a, axis=None, out=None, keepdims=False, *, where=True)
--

True where any element over the axes is nonzero.

Returns bool.  Same as numpy.any.
>>> xp.any([0, 2])
xp.True_)"),
    reduction<kAll, plain<ReduceKind::kAll>, truth<Op::logical_and>>(
        R"(all(a, axis=None, out=None, keepdims=False, *, where=True)
--

True where all elements over the axes are nonzero.

Returns bool.  Same as numpy.all.
>>> xp.all([0, 2])
xp.False_)"),
    native<kPtp, ptp>(
        R"(ptp(a, axis=None, out=None, keepdims=False)
--

Range of values (largest minus smallest) over axes.

Same as numpy.ptp.
>>> xp.ptp([1, 4])
xp.int64(3))"),
    reduction<kArgMin, plain<ReduceKind::kArgMin>, arg_extremum<ReduceKind::kArgMin>>(
        R"(argmin(a, axis=None, out=None, *, keepdims=False)
--

Index of the first smallest element, of the first NaN if any.

Returns int64; without axis the index into the flattened array.  Raises ValueError when empty.  Same as
numpy.argmin.
>>> xp.argmin([3, 1])
xp.int64(1))"),
    reduction<kArgMax, plain<ReduceKind::kArgMax>, arg_extremum<ReduceKind::kArgMax>>(
        R"(argmax(a, axis=None, out=None, *, keepdims=False)
--

Index of the first largest element, of the first NaN if any.

Returns int64; without axis the index into the flattened array.  Raises ValueError when empty.  Same as
numpy.argmax.
>>> xp.argmax([3, 1])
xp.int64(0))"),
    native<kCountNonzero, count_nonzero>(
        R"(count_nonzero(a, axis=None, *, keepdims=False)
--

Number of nonzero elements.

Returns int64.  Same as numpy.count_nonzero.
>>> xp.count_nonzero([0, 2])
xp.int64(1))"),
    {}};

}  // namespace crossarray::python
