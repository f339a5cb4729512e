"""Sorting, medians and quantiles: NumPy's bits, dtypes and errors on the short way and on every other."""

import numpy as np
import pytest
from domains import NUMPY_DTYPES, special
from parity import check

import crossarray as xp

FRACTIONS = [0.0, 0.25, 0.1, 1 / 3, 0.5, 0.9, 1.0, 0, 1]


def numbers(n, dtype):
    return (np.random.default_rng(n).uniform(-3, 3, n) * 1000).astype(dtype)


@pytest.mark.parametrize("dtype", ["f4", "f8", "f2", "i4", "?"])
@pytest.mark.parametrize("n", [1, 2, 3, 10, 11, 1000, 5001])
def test_one_axis_of_numbers(n, dtype):
    for step in (1, 2, -1):
        a = numbers(2 * n, dtype)[::step][:n]
        if dtype != "?":
            check(lambda lib, a: lib.median(a), a)
            check(lambda lib, a: lib.median(a, axis=0), a)
        for f in FRACTIONS:
            check(lambda lib, a: lib.quantile(a, f), a)
            check(lambda lib, a: lib.percentile(a, 100 * f), a)
            check(lambda lib, a: lib.percentile(a, 100 * f, axis=-1), a)
        for q in ([0.25, 0.75], (0, 0.5, 1), [1], [0.5], [], np.array([0.1, 0.9]), np.float32(0.3)):
            check(lambda lib, a: lib.quantile(a, q), a)
            check(lambda lib, a: lib.percentile(a, [100 * f for f in q] if type(q) in (list, tuple) else 100 * q), a)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_special_values(dtype):
    values = special(np.dtype(dtype))
    huge = np.finfo(dtype).max
    cases = [values, values[np.isfinite(values)], values[~np.isnan(values)], np.array([np.nan]), np.array([-0.0])]
    cases += [np.array(c) for c in ([1, np.inf], [-np.inf, np.inf], [-0.0, -0.0], [-huge, huge], [huge, huge])]
    for a in cases:
        a = a.astype(dtype)
        for f in FRACTIONS:
            check(lambda lib, a: lib.quantile(a, f), a)
        check(lambda lib, a: lib.percentile(a, [0, 1, 37.5, 99, 100]), a)
        check(lambda lib, a: lib.median(a), a)


@pytest.mark.parametrize("name", ["median", "percentile", "quantile"])
def test_other_forms_are_numpys(name):
    a = numbers(60, "f8").reshape(3, 4, 5)
    q = () if name == "median" else (0.25,)
    for axis in (None, 0, -1, (0, 2)):
        for keepdims in (False, True):
            check(lambda lib, a: getattr(lib, name)(a, *q, axis=axis, keepdims=keepdims), a)
    check(lambda lib, a: getattr(lib, name)(a, *q, axis=5), a)
    check(lambda lib, a: getattr(lib, name)(a, *q, axis=0, out=lib.zeros((4, 5))), a)
    check(lambda lib, a: getattr(lib, name)(a.ravel(), *q, out=lib.zeros(())), a)
    check(lambda lib, a: getattr(lib, name)(a[:0], *q), a)
    check(lambda lib, a: getattr(lib, name)(a[0, 0, 0], *q), a)
    check(lambda lib, a: getattr(lib, name)(a * 1j, *q), a)
    check(lambda lib: getattr(lib, name)([3, 1, 2], *q))


def test_wrong_fractions_raise_numpys_errors():
    a = numbers(10, "f8")
    for q in (-1, 101, 100.5, np.nan, "a", None, [0, 200], [[1, 2], [3, 4]], [[[1]]], True, [True], 1j):
        check(lambda lib, a: lib.percentile(a, q), a)
        check(lambda lib, a: lib.quantile(a, q), a)
    for method in ("lower", "higher", "nearest", "midpoint", "hazen", "weibull", "nonsense"):
        check(lambda lib, a: lib.percentile(a, [1, 50], method=method), a)
    check(lambda lib, a: lib.quantile(a, 0.5, weights=lib.ones(10), method="inverted_cdf"), a)


@pytest.mark.parametrize("dtype", NUMPY_DTYPES, ids=str)
def test_sorting_leaves_its_argument_alone(dtype):
    a = numbers(600, "f8").astype(dtype).reshape(20, 30)
    for view in (a, a.T, a[::2, ::-1], a[0], a[:0]):
        for kind in (None, "stable", "heapsort", "nonsense"):
            for axis in (-1, 0, None, 3):
                check(lambda lib, a: lib.sort(a, axis, kind), view)
                check(lambda lib, a: (lib.argsort(a, axis, kind or "stable"), a), view)
    check(lambda lib, a: (lib.sort(a), a), a)


def test_nothing_is_sorted_behind_the_users_back():
    a = xp.array([3.0, 1.0, 2.0])
    with xp.config(fallback="raise"):
        for call in (xp.sort, xp.argsort, xp.median, lambda a: xp.percentile(a, 5), lambda a: xp.quantile(a, 0.5)):
            with pytest.raises(NotImplementedError):
                call(a)


@pytest.mark.parametrize("dtype", ["i8", "u1", "i2", "?", "u4"])
def test_bincount_of_every_length(dtype):
    for n in (1, 3, 4, 17, 1000, 5000):
        a = np.abs(numbers(n, "f8")).astype(dtype)
        for view in (a, a[::2], a[::-1]):
            check(lambda lib, a: lib.bincount(a), view)
            check(lambda lib, a: lib.bincount(a, minlength=300), view)
    check(lambda lib: lib.bincount(lib.array([3, 1, -1, 2, 5])))
    check(lambda lib: lib.bincount(lib.array([-1, 3, 1, 4, 2, 5])))
