"""sum, mean, var, argmax ...: as functions and as methods, over dtypes, layouts, axes and keywords."""

import numpy as np
import pytest
from parity import check, layouts

import crossarray as xp

DTYPES = ["?", "i1", "u1", "i2", "u4", "i8", "u8", "f2", "f4", "f8", "c8", "c16"]
PLAIN = ["sum", "prod", "min", "max", "any", "all", "mean", "var", "std", "argmin", "argmax"]
AXES = [None, 0, 1, -1, (0, 1), (0, 2), (2, 1), ()]
TENSOR = (np.arange(24).reshape(2, 3, 4) * 7 % 5).astype("f8")


def bounds(name, dtype):
    """Rounding differs where sums are taken in another order."""
    if name in ("sum", "prod", "mean", "var", "std") and np.dtype(dtype).kind in "fc":
        return {"rtol": {"f2": 2e-3, "f4": 1e-6, "c8": 1e-6}.get(dtype, 1e-14)}
    return {"rtol": 1e-14} if name in ("mean", "var", "std") else {}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", PLAIN)
def test_reduction_over_every_axis(name, dtype):
    a = TENSOR.astype(dtype)
    for axis in AXES if name not in ("argmin", "argmax") else AXES[:4]:
        for keepdims in (False, True):
            check(lambda xp, a: getattr(xp, name)(a, axis=axis, keepdims=keepdims), a, **bounds(name, dtype))


@pytest.mark.parametrize("name", PLAIN)
def test_reduction_of_every_layout(name):
    for _, a in layouts(TENSOR):
        for axis in (None, 0, 1, 2):
            check(lambda xp, a: getattr(xp, name)(a, axis=axis), a, rtol=1e-14)
            check(lambda xp, a: getattr(a, name)(axis=axis), a, rtol=1e-14)


@pytest.mark.parametrize("size", [1, 7, 1000, 5000, 100_000])
@pytest.mark.parametrize("name", PLAIN)
def test_reduction_of_small_and_large_arrays(name, size):
    a = np.sin(np.arange(size)) + 1.5
    check(lambda xp, a: getattr(a, name)(), a, rtol=1e-12)
    check(lambda xp, a: getattr(xp, name)(a * 0.999), a, rtol=1e-12)


@pytest.mark.parametrize("name", ["sum", "prod", "min", "max", "mean", "var", "std", "argmin", "argmax", "any", "all"])
def test_nan_and_inf_take_part(name):
    for special in (np.nan, np.inf, -np.inf, -0.0):
        a = TENSOR.copy()
        a[1, 2, 3] = a[0, 1, 1] = special
        for axis in (None, 0, 2):
            check(lambda xp, a: getattr(xp, name)(a, axis=axis), a, rtol=1e-14)


@pytest.mark.parametrize("name", ["sum", "prod", "any", "all", "mean", "var", "std"])
def test_reduction_of_nothing(name):
    for shape in ((0,), (0, 3), (3, 0)):
        for axis in (None, 0, -1):
            check(lambda xp: getattr(xp, name)(xp.zeros(shape), axis=axis))


@pytest.mark.parametrize("name", ["min", "max", "argmin", "argmax", "ptp"])
def test_extremum_of_nothing_raises(name):
    check(lambda xp: getattr(xp, name)(xp.zeros(0)), message=True)
    check(lambda xp: getattr(xp, name)(xp.zeros((0, 3)), axis=0), message=True)
    check(lambda xp: getattr(xp, name)(xp.zeros((0, 3)), axis=1))


@pytest.mark.parametrize("name", ["sum", "prod", "min", "max"])
def test_where_and_initial(name):
    mask = TENSOR > 1
    check(lambda xp, a, m: getattr(xp, name)(a, axis=1, where=m, initial=2), TENSOR, mask)
    check(lambda xp, a, m: getattr(a, name)(where=m, initial=2), TENSOR, mask)
    check(lambda xp, a, m: getattr(xp, name)(a, axis=0, where=m[0], initial=-1), TENSOR, mask)
    check(lambda xp, a: getattr(xp, name)(a, axis=(0, 2), initial=3, keepdims=True), TENSOR)
    check(lambda xp, a: getattr(xp, name)(a.astype("i4"), initial=3), TENSOR)


@pytest.mark.parametrize("name", ["any", "all", "mean", "var", "std"])
def test_where(name):
    mask = TENSOR > 1
    check(lambda xp, a, m: getattr(xp, name)(a, axis=1, where=m), TENSOR, mask, rtol=1e-14)
    check(lambda xp, a, m: getattr(xp, name)(a, where=m, keepdims=True), TENSOR, mask, rtol=1e-14)


@pytest.mark.parametrize("dtype", ["f4", "f8", "i8", "c16"])
@pytest.mark.parametrize("name", ["sum", "prod", "mean"])
def test_dtype_sets_the_accumulator(name, dtype):
    check(lambda xp, a: getattr(xp, name)(a, axis=0, dtype=dtype), TENSOR.astype("i4"), rtol=1e-6)
    check(lambda xp, a: getattr(a, name)(1, dtype), TENSOR.astype("f4"), rtol=1e-6)


@pytest.mark.parametrize("name", PLAIN)
def test_out_is_written(name):
    kind = "i8" if name.startswith("arg") else "?" if name in ("any", "all") else "f8"

    def body(xp, a):
        out = xp.zeros((2, 4), kind)
        assert getattr(xp, name)(a, axis=1, out=out) is out
        return out

    check(body, TENSOR, rtol=1e-14)
    check(lambda xp, a: getattr(xp, name)(a, axis=1, out=xp.zeros((3, 4), kind)), TENSOR)


def test_var_takes_ddof_correction_and_mean():
    for name in ("var", "std"):
        check(lambda xp, a: getattr(xp, name)(a, axis=1, ddof=1), TENSOR, rtol=1e-14)
        check(lambda xp, a: getattr(xp, name)(a, correction=1), TENSOR, rtol=1e-14)
        check(lambda xp, a: getattr(xp, name)(a, axis=1, mean=xp.mean(a, axis=1, keepdims=True)), TENSOR, rtol=1e-14)
        check(lambda xp, a: getattr(xp, name)(a, ddof=1, correction=1), TENSOR, message=True)
        check(lambda xp, a: getattr(xp, name)(a, ddof=30), TENSOR)
        check(
            lambda xp, a, m: getattr(xp, name)(a, axis=0, where=m, ddof=1, mean=xp.zeros((1, 3, 4))),
            TENSOR,
            TENSOR > 0,
            rtol=1e-14,
        )


def test_variance_survives_a_large_offset():
    a = np.sin(np.arange(100_000)) + 1e9
    check(lambda xp, a: xp.var(a), a, rtol=1e-9)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["cumsum", "cumprod"])
def test_cumulative(name, dtype):
    for axis in (None, 0, 1, -1):
        check(lambda xp, a: getattr(xp, name)(a, axis=axis), TENSOR.astype(dtype))
        check(lambda xp, a: getattr(a, name)(axis), TENSOR.astype(dtype))


def test_cumulative_keywords():
    check(lambda xp, a: xp.cumsum(a, axis=1, dtype="f4"), TENSOR)
    check(lambda xp, a: xp.cumsum(a, axis=1, out=xp.zeros((2, 3, 4))), TENSOR)
    check(lambda xp, a: xp.cumsum(a, axis=1, out=a), TENSOR)
    check(lambda xp: xp.cumsum(3))
    check(lambda xp, a: xp.cumsum(a, axis=3), TENSOR, message=True)


def test_count_nonzero_and_ptp():
    for dtype in DTYPES:
        a = TENSOR.astype(dtype)
        for axis in (None, 0, (1, 2)):
            check(lambda xp, a: xp.count_nonzero(a, axis=axis), a)
            check(lambda xp, a: xp.count_nonzero(a, axis=axis, keepdims=True), a)
            if dtype != "?":
                check(lambda xp, a: xp.ptp(a, axis=axis), a)


def test_nonzero_gives_one_array_per_axis():
    for dtype in ("?", "i4", "f8"):
        check(lambda xp, a: xp.nonzero(a), TENSOR.astype(dtype), layout=False)
        check(lambda xp, a: a[0, 0].nonzero(), TENSOR.astype(dtype))
    check(lambda xp: xp.nonzero(xp.array(3)))


def test_reductions_take_array_likes():
    check(lambda xp: xp.sum([[1, 2], [3, 4]], axis=0))
    check(lambda xp: xp.sum(3))
    check(lambda xp: xp.max(2.5))
    check(lambda xp: xp.mean([1, 2, 4]))
    assert isinstance(xp.sum(np.array([1, 2], object)), int)


@pytest.mark.parametrize(
    "body",
    [
        lambda xp, a: a.sum(axis=3),
        lambda xp, a: a.sum(axis=(0, 0)),
        lambda xp, a: a.sum(axis=1.5),
        lambda xp, a: xp.argmax(a, axis=(0, 1)),
        lambda xp, a: a.max(where=a > 0),
        lambda xp, a: xp.sum(a, out=xp.zeros(7)),
        lambda xp, a: xp.mean(a, dtype="U3"),
    ],
)
def test_wrong_reductions_raise_numpys_exceptions(body):
    check(body, TENSOR)


@pytest.mark.parametrize("dtype", ["?", "u1", "i2", "f2", "f4", "i8"])
@pytest.mark.parametrize("wide", ["i8", "f8", "c16"])
def test_long_running_sums_that_convert(dtype, wide):
    a = np.random.default_rng(3).integers(0, 50, (3, 2000)).astype(dtype)
    for view in (a, a[:, ::-3]):
        check(lambda xp, a: xp.cumsum(a, axis=1, dtype=wide), view, rtol=1e-12)
        check(lambda xp, a: xp.logaddexp.accumulate(a, axis=1, dtype="f8"), view, rtol=1e-12)


def test_unknown_keyword_and_missing_array_raise():
    with pytest.raises(TypeError, match="unexpected keyword argument 'foo'"):
        xp.ones(3).sum(foo=2)
    with pytest.raises(TypeError, match="missing"):
        xp.sum()


def test_full_reduction_is_a_scalar_and_a_partial_one_an_array():
    check(lambda xp, a: a.sum(), TENSOR)
    check(lambda xp, a: a.sum(axis=(0, 1, 2), keepdims=True), TENSOR)
    check(lambda xp, a: a[0, 0].sum(axis=0), TENSOR)
