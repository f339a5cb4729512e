"""Reductions and scans as functions and methods: dtypes, axes, layouts, where, initial, special values, accuracy."""

import itertools
import warnings

import numpy as np
import pytest
from domains import DTYPES, FRESH, NUMPY_DTYPES, special
from operands import LARGE, SMALL, UNARY_LAYOUTS
from parity import check, compare_values, layouts

import crossarray as xp

EXACT = ["min", "max", "any", "all", "argmin", "argmax", "count_nonzero"]
SUMS = ["sum", "prod", "mean", "var", "std"]
SCANS = ["cumsum", "cumprod"]
# 1 ULP of float16 and bfloat16; a few hundred roundings of the others.
RTOL = {2: 1e-2, 4: 2e-5, 8: 1e-12, 16: 1e-12}


def data(dtype, shape, seed=0):
    rng = np.random.default_rng([*FRESH, seed, dtype.itemsize])
    if dtype.kind == "b":
        return rng.random(shape) < 0.7
    if dtype.kind in "iu":
        return rng.integers(0, 5, shape).astype(dtype)
    return (rng.uniform(0.6, 1.4, shape) + (1j * rng.uniform(-0.3, 0.3, shape) if dtype.kind == "c" else 0)).astype(
        dtype
    )


def tolerance(name, dtype):
    if name in EXACT or (dtype.kind in "biu" and name not in ("mean", "var", "std")):
        return {}
    precision = RTOL[8 if dtype.kind in "biu" else dtype.itemsize // (2 if dtype.kind == "c" else 1)]
    return dict(rtol=precision, atol=precision)


@pytest.mark.parametrize("dtype", NUMPY_DTYPES, ids=str)
@pytest.mark.parametrize("name", EXACT + SUMS + SCANS)
def test_every_axis_of_every_layout(name, dtype):
    x, bound = data(dtype, SMALL), tolerance(name, dtype)
    for layout, change in UNARY_LAYOUTS.items():
        a = change(x)
        if name == "prod" and a.size == 0 and dtype.kind == "c":
            continue
        for axis in (None, *range(-a.ndim, a.ndim)):
            # The order that NumPy's scans give an axis repeated by stride 0 is not a promise.
            check(lambda lib, v: getattr(lib, name)(v, axis=axis), a, layout="broadcast" not in layout, **bound)
        if name != "count_nonzero":
            check(lambda lib, v: getattr(v, name)(), a, **bound)


@pytest.mark.parametrize("dtype", NUMPY_DTYPES, ids=str)
@pytest.mark.parametrize("name", EXACT + SUMS + SCANS)
def test_large_arrays_along_rows_columns_and_all(name, dtype):
    x, bound = data(dtype, LARGE, seed=1), tolerance(name, dtype)
    if name in ("prod", "cumprod"):
        x = np.where(x == 0, np.ones((), dtype), x)
    if dtype.name in ("float16", "complex64") and name in ("cumsum", "cumprod", "sum", "prod"):
        bound = dict(rtol=5e-2 if dtype.itemsize == 2 else 1e-3, atol=1e-2)
        x = x[:40]
    for view in (x, x.T, x[::2, ::-1]):
        for axis in (None, 0, 1):
            if name in ("prod", "cumprod") and axis is None:
                continue
            check(lambda lib, v: getattr(lib, name)(v, axis=axis), view, **bound)


@pytest.mark.parametrize("name", [name for name in EXACT + SUMS if not name.startswith("arg")])
def test_middle_axes_axis_tuples_and_keepdims(name):
    x = data(np.dtype(np.float64), (3, 17, 5, 33), seed=2)
    for axes in itertools.chain.from_iterable(itertools.combinations(range(4), n) for n in range(5)):
        for view in (x, np.asfortranarray(x), x.transpose(2, 0, 3, 1), x[:, ::-1, :, ::2]):
            check(lambda lib, v: getattr(lib, name)(v, axis=axes, keepdims=True), view, **tolerance(name, x.dtype))
    check(lambda lib, v: getattr(lib, name)(v, axis=(0, 0)), x)
    check(lambda lib, v: getattr(lib, name)(v, axis=4), x, message=True)


@pytest.mark.parametrize("name", ["sum", "prod", "min", "max", "any", "all", "mean", "var", "std"])
@pytest.mark.parametrize("shape", [SMALL, LARGE])
def test_where_initial_dtype_and_out(name, shape):
    x = data(np.dtype(np.float32), shape)
    mask = np.arange(x.size).reshape(shape) % 5 != 2
    bound = dict(rtol=1e-4)
    initial = dict(initial=1.25) if name in ("sum", "prod", "min", "max") else {}
    check(
        lambda lib, v, m: getattr(lib, name)(
            v, axis=1, where=m, **(dict(initial=1.0) if name in ("min", "max") else {})
        ),
        x,
        mask,
        **bound,
    )
    check(
        lambda lib, v, m: (
            getattr(lib, name)(v, axis=0, where=m[0], **initial) if name not in ("min", "max") else lib.min(v)
        ),
        x,
        mask,
        **bound,
    )
    check(lambda lib, v: getattr(lib, name)(v, axis=1, **initial), x, **bound)
    if name not in ("min", "max", "any", "all"):
        for dtype in ("float64", "float16", *(["complex64"] if name in ("sum", "prod", "mean") else [])):
            check(lambda lib, v: getattr(lib, name)(v[:40, :5], axis=1, dtype=dtype), x, rtol=1e-2)

    def into(lib, v):
        out = lib.full(shape[1], 9.0, np.float64)
        assert getattr(lib, name)(v, axis=0, out=out) is out
        return out

    check(into, x, **bound)


def test_moments_with_correction_mean_and_large_offsets():
    x = 1e8 + np.random.default_rng(3).normal(0, 1, (300, 77))
    for name in ("var", "std"):
        for options in (dict(ddof=1), dict(correction=1), dict(ddof=2.5), dict(ddof=77, axis=1)):
            check(lambda lib, v: getattr(lib, name)(v, **options), x, rtol=1e-9)
        check(lambda lib, v: getattr(lib, name)(v, axis=1, mean=lib.mean(v, axis=1, keepdims=True)), x, rtol=1e-9)


@pytest.mark.parametrize("name", EXACT + SUMS)
def test_empty_arrays(name):
    for shape in ((0,), (0, 3), (3, 0)):
        for axis in (None, *range(len(shape))):
            with warnings.catch_warnings(action="ignore"):
                check(lambda lib, v: getattr(lib, name)(v, axis=axis), np.ones(shape))


@pytest.mark.parametrize("dtype", [dtype for dtype in DTYPES if dtype.kind in "fc"], ids=str)
@pytest.mark.parametrize("name", [*EXACT, "sum", "cumsum"])
def test_nan_infinities_and_signed_zeros(name, dtype):
    """Which of several NaN (complex ones differ), or of 0 and -0, an extremum returns varies inside NumPy."""

    def body(lib, v, **axis):
        result = getattr(lib, name)(v, **axis)
        return lib.where(lib.isnan(result), 0, result) + result.dtype.type(0), lib.isnan(result)

    values = special(dtype)
    for a in (values, values[::-1], np.resize(values, 30011), np.tile(values[3:5], 9), values[np.isfinite(values)]):
        if name in ("sum", "cumsum") and np.isfinite(a).all():
            continue
        check(body, a)
    column = np.resize(values, (len(values) + 1, 211))
    check(lambda lib, v: body(lib, v, axis=0), column, rtol=1e-2 if "sum" in name else 0)


@pytest.mark.parametrize("dtype", [dtype for dtype in DTYPES if dtype.kind in "iu"], ids=str)
def test_integers_wrap_and_widen_as_numpys(dtype):
    values = np.resize(special(dtype), 20011)
    for name in ("sum", "prod", "min", "max", "cumsum", "cumprod", "argmax", "argmin", "mean"):
        check(lambda lib, v: getattr(lib, name)(v), values, rtol=1e-9 if name == "mean" else 0)
        check(lambda lib, v: getattr(lib, name)(v[:50]), values, rtol=1e-9 if name == "mean" else 0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape, axis", [((100_003,), None), ((1000, 1003), 1), ((20_001, 37), 0), ((37, 3001, 3), 1)])
def test_sums_are_at_least_as_accurate_as_numpys(dtype, shape, axis):
    x = np.random.default_rng(9).lognormal(0, 2, shape).astype(dtype) * np.random.default_rng(8).choice(
        [-1, 1, 1], shape
    ).astype(dtype)
    exact = x.astype(np.longdouble).sum(axis=axis)

    def error(values):
        return float(
            np.sqrt(np.mean(np.asarray((values - exact) / np.abs(x).astype(np.longdouble).sum(axis=axis)) ** 2))
        )

    rounding = np.finfo(dtype).eps / 2
    assert error(np.asarray(xp.sum(xp.array(x), axis=axis))) <= max(error(x.sum(axis=axis)), rounding)
    terms = x.size // exact.size
    assert error(np.asarray(xp.mean(xp.array(x), axis=axis)) * terms) <= max(
        error(x.mean(axis=axis) * terms), 2 * rounding
    )


def test_several_reductions_of_one_pending_array_share_values():
    x = np.random.default_rng(4).normal(3, 2, (200, 301))

    def body(lib, a):
        y = a * 2 - 1
        return (
            lib.sum(y),
            y.max(axis=0),
            y.min(axis=1),
            lib.std(y),
            y.argmax(),
            (y - y.mean()) / y.std(),
            lib.any(y > 9, axis=0),
        )

    check(body, x, rtol=1e-12, atol=1e-12)


def test_results_have_the_bits_of_the_same_call_at_once():
    x = np.random.default_rng(5).normal(3, 2, (211, 301)).astype(np.float32)
    for name, axis in itertools.product(EXACT + SUMS + SCANS, (None, 0, 1)):
        recorded = np.asarray(getattr(xp, name)(xp.array(x) * 1, axis=axis))
        with xp.config(lazy=False):
            at_once = np.asarray(getattr(xp, name)(xp.array(x), axis=axis))
        compare_values(at_once, recorded, where=f"{name} axis={axis}")


ARG_DTYPES = ["?", "i1", "u2", "i4", "u8", "i8", "f2", "f4", "f8", "c8"]


def _ties(rng, shape, dtype):
    """Few different values, so that the first of many equals is asked for."""
    return rng.integers(0, 2 if dtype == "?" else 7, shape).astype(dtype)


@pytest.mark.parametrize("dtype", ARG_DTYPES)
@pytest.mark.parametrize("shape", [(1,), (3, 4), (31, 31), (5, 700), (700, 5), (3, 5000), (70_001,)])
def test_argmin_and_argmax_find_the_first_of_equals(shape, dtype):
    x = _ties(np.random.default_rng(len(shape)), shape, dtype)
    for axis in (None, 0, -1):
        for _, a in layouts(x):
            check(lambda xp, a, axis=axis: (xp.argmax(a, axis=axis), xp.argmin(a, axis=axis)), a)
    if dtype[0] != "?":
        x.flat[x.size // 2] = 9  # a single best
    check(lambda xp, a: (a.argmax(), a.argmax(axis=-1), a.argmin(axis=0)), x)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "c16"])
@pytest.mark.parametrize("n", [2, 9, 40, 1000, 9000, 200_000])
def test_argmin_and_argmax_find_the_first_nan(n, dtype):
    rng = np.random.default_rng(n)
    for extremes in ([np.nan], [np.nan, np.inf], [np.inf, -np.inf], [0.0, -0.0]):
        for count in (1, 2, n):
            x = rng.uniform(-1, 1, n).astype(dtype)
            x[rng.integers(0, n, count)] = rng.choice(extremes, count)
            check(lambda xp, a: (a.argmax(), a.argmin()), x)
            if n >= 1000:
                check(lambda xp, a: (a.argmax(axis=0), a.argmin(axis=1)), x.reshape(-1, 20))
                check(lambda xp, a: (a.argmax(axis=0), a.argmin(axis=1)), x.reshape(20, -1))
