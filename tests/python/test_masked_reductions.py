"""Reductions with where=: what the mask leaves out has no part in the result, whatever it is."""

import itertools
import warnings

import numpy as np
import pytest
from domains import NUMPY_DTYPES, special
from parity import check, layouts
from test_reductions import data, tolerance

import crossarray as xp

#: Rows of one tile, several rows to a tile, several tiles to a row, and so many that threads share them.
SHAPES = [(7, 5), (3, 700), (2, 5000), (1030, 3), (400, 513)]
NAMES = ["sum", "prod", "min", "max", "any", "all", "mean", "var", "std"]


def choose(shape, seed=0):
    mask = np.random.default_rng([seed, *shape]).random(shape) < 0.5
    mask[:, :2] = mask[:2] = True  # means of nothing are NaN with a warning: a test of its own
    return mask


def options(name):
    return dict(initial=1) if name in ("min", "max") else {}


def looser(name, dtype):
    """NumPy adds float16 and complex64 in their own precision, and its variances lose what small ones are made of."""
    bound = tolerance(name, dtype)
    if bound and dtype.name in ("float16", "complex64"):
        return dict(rtol=2e-2, atol=2e-3)
    return bound


@pytest.mark.parametrize("dtype", NUMPY_DTYPES, ids=str)
@pytest.mark.parametrize("name", NAMES)
def test_every_dtype_and_axis(name, dtype):
    bound = looser(name, dtype)
    for shape in SHAPES[:2] if dtype.name == "float16" else SHAPES:
        if name == "prod" and shape != SHAPES[0]:
            continue
        x, mask = data(dtype, shape), choose(shape)
        for axis in (None, 0, 1):
            check(lambda lib, v, m: getattr(lib, name)(v, axis=axis, where=m, **options(name)), x, mask, **bound)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", ["f8", "i4", "u1"])
def test_every_layout_of_values_and_mask(name, dtype):
    bound = looser(name, np.dtype(dtype))
    x, mask = data(np.dtype(dtype), (23, 37)), choose((23, 37))
    for (_, v), (_, m) in itertools.product(layouts(x), layouts(mask)):
        for axis in (None, 0, 1):
            check(lambda lib, v, m: getattr(lib, name)(v, axis=axis, where=m, **options(name)), v, m, **bound)
    for m in (mask[:1], mask[:, :1], np.True_):
        check(lambda lib, v, m: getattr(lib, name)(v, axis=0, where=m, **options(name)), x, m, **bound)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "c8", "c16"])
@pytest.mark.parametrize("name", NAMES)
def test_left_out_nan_and_infinity_do_not_leak(name, dtype):
    for shape in [*SHAPES[:3], (1, 40), (300, 4)]:
        if name == "prod" and shape[0] * shape[1] > 100:
            continue
        x, mask = data(np.dtype(dtype), shape), choose(shape)
        x[~mask] = np.resize(special(x.dtype), np.count_nonzero(~mask))
        bound = looser(name, x.dtype)
        for axis in (None, 0, 1):
            check(lambda lib, v, m: getattr(lib, name)(v, axis=axis, where=m, **options(name)), x, mask, **bound)


@pytest.mark.parametrize("dtype", ["f4", "f8", "c8", "c16"])
@pytest.mark.parametrize("name", ["minimum", "maximum", "fmin", "fmax", "logical_or", "logical_and"])
def test_chosen_special_values_count(name, dtype):
    values = special(np.dtype(dtype))
    x = np.resize(values, (len(values) + 1, 40))
    mask = np.random.default_rng(5).random(x.shape) < 0.4

    def body(lib, v, m, axis, initial):
        result = getattr(lib, name).reduce(v, axis=axis, where=m, initial=initial)
        return (lib.isnan(result), lib.where(lib.isnan(result), 0, result)) if result.dtype.kind in "fc" else result

    for initial in (0, 1, np.nan):
        for axis in (0, 1):
            check(lambda lib, v, m: body(lib, v, m, axis, initial), x, mask)


@pytest.mark.parametrize("name", ["fmin", "fmax"])
def test_fmin_and_fmax_of_nothing_but_nan_are_nan(name):
    x = np.full((3, 50), np.nan)
    mask = np.arange(150).reshape(3, 50) % 3 == 0
    for axis in (None, 0, 1):
        check(lambda lib, v, m: getattr(lib, name).reduce(v, axis=axis, where=m, initial=np.nan), x, mask)


def test_the_least_complex_number_wins_over_what_is_left_out():
    x = np.full((4, 30), complex(-np.inf, -5))
    mask = np.arange(120).reshape(4, 30) % 2 == 0
    for axis in (None, 0, 1):
        check(lambda lib, v, m: lib.max(v, axis=axis, where=m, initial=complex(-np.inf, -9)), x, mask)


@pytest.mark.parametrize("kind", ["i1", "u2", "i4", "u8"])
@pytest.mark.parametrize("name", ["bitwise_and", "bitwise_or", "bitwise_xor", "add", "multiply"])
def test_integer_ufuncs(name, kind):
    x = np.random.default_rng(2).integers(0, 100, (40, 70)).astype(kind)
    mask = np.random.default_rng(3).random(x.shape) < 0.6
    for axis in (None, 0, 1, (0, 1)):
        check(lambda lib, v, m: getattr(lib, name).reduce(v, axis=axis, where=m), x, mask)


def test_bytes_other_than_one_are_true():
    raw = np.arange(4000, dtype=np.uint8) % 5
    x, mask = np.random.default_rng(4).random(4000), raw.view(bool)
    for name in ("sum", "mean", "var"):
        ours = getattr(xp.array(x), name)(where=xp.asarray(mask, copy=False))
        np.testing.assert_allclose(float(ours), getattr(x, name)(where=raw != 0), rtol=1e-12)


def test_a_mask_that_chooses_nothing_leaves_the_identity_or_initial():
    x = np.ones((5, 600))
    none = np.zeros(x.shape, bool)
    for axis in (None, 0, 1):
        for name in ("sum", "prod", "any", "all"):
            check(lambda lib, v, m: getattr(lib, name)(v, axis=axis, where=m), x, none)
        check(lambda lib, v, m: lib.max(v, axis=axis, where=m, initial=-3), x, none)
        with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
            check(lambda lib, v, m: lib.mean(v, axis=axis, where=m), x, none)
