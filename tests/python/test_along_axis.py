"""take along an axis, repeat, powers of negative numbers and formats: what has a way of its own gives NumPy's results."""

import numpy as np
import pytest
from domains import NUMPY_DTYPES
from parity import check, layouts

TENSOR = np.arange(60).reshape(3, 4, 5)


@pytest.mark.parametrize("dtype", NUMPY_DTYPES, ids=str)
def test_take_along_every_axis_and_layout(dtype):
    for _, a in layouts(TENSOR.astype(dtype).reshape(12, 5)):
        for axis in range(-a.ndim - 1, a.ndim + 1):
            for i in (np.array([1, 0, -1, 2]), np.array([[0, 2], [-3, 1]]), np.array([], int), np.array([1, 2], "u1")):
                check(lambda lib, a, i: a.take(i, axis=axis), a, i)
                check(lambda lib, a, i: a.take(i, axis), a, i)
                check(lambda lib, a, i: lib.take(a, i, axis=axis), a, i)


def test_take_along_an_axis_of_tensors_and_of_large_matrices():
    for axis in (0, 1, 2, -1):
        for i in (np.array([2, 0]), np.array([[0], [1]]), np.array([0, 2])[::-1]):
            check(lambda lib, a, i: a.take(i, axis=axis), TENSOR, i)
            check(lambda lib, a, i: lib.take(a[:, ::-1].T, i, axis=axis), TENSOR, i)
    a = np.arange(700.0 * 300).reshape(700, 300)
    i = np.random.default_rng(1).integers(-300, 300, 900)
    check(lambda lib, a, i: a.take(i, axis=1), a, i)
    check(lambda lib, a, i: a.take(i, axis=0), a, i)


def test_take_along_an_axis_out_of_bounds():
    for bad in (3, -4, 2**62):
        for axis in (0, 1, 2):
            check(lambda lib, a: a.take(lib.array([0, bad]), axis=axis), TENSOR[:, :3, :3])
    check(lambda lib, a: a.take(lib.array([0]), axis=3), TENSOR)
    check(lambda lib, a: a[:0].take(lib.array([0]), axis=0), TENSOR)
    check(lambda lib, a: a[:0].take(lib.array([], int), axis=0), TENSOR)


@pytest.mark.parametrize("dtype", NUMPY_DTYPES, ids=str)
def test_repeat_of_every_layout(dtype):
    for _, a in layouts(TENSOR.astype(dtype).reshape(12, 5)):
        for axis in (None, 0, 1, -1, 2):
            for count in (0, 1, 2, 3, 4, 5, 9, -1, [2], [1, 0, 2, 3, 1]):
                check(lambda lib, a: a.repeat(count, axis), a)
    check(lambda lib, a: lib.repeat(a, 7, axis=1), TENSOR.astype(dtype))
    check(lambda lib, a: lib.repeat(a[0, 0, 0], 3), TENSOR.astype(dtype))


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_powers_of_negative_numbers(dtype):
    """Whole exponents of either parity and others; infinities, zeros, subnormals and NaN as bases and as exponents."""
    info = np.finfo(dtype)
    bases = [-3.5, -1.0, -0.3, -0.0, 0.0, 2.0, -np.inf, np.inf, np.nan, -info.tiny, -info.tiny / 4, info.min, -1e-5]
    exponents = [2.5, -2.5, 3, -3, 2, -2, 0, 1, 7, 8, 0.5, 1e3, -1e3 - 1, 2.0**24 + 2, 2.0**60, np.inf, -np.inf, np.nan]
    a, b = (np.array(v, dtype) for v in np.meshgrid(bases, exponents))
    for repeated in (a, np.tile(a, (1, 5)), np.concatenate([np.abs(a), a], axis=1)):
        other = np.resize(b[:, :1], repeated.shape) if repeated.shape != b.shape else b
        check(lambda lib, a, b: lib.where(lib.isnan(a**b), 0, a**b), repeated, other, ulp=4)
        check(lambda lib, a, b: (lib.isnan(a**b), lib.signbit(lib.where(lib.isnan(a**b), 0, a**b))), repeated, other)
    x = np.random.default_rng(3).uniform(-3, 3, 1001).astype(dtype)
    for e in (2.5, 5.0, -3.0, 6.0, -0.7):
        check(lambda lib, x: lib.where(lib.isnan(x**e), 0, x**e), x, ulp=4)
        check(lambda lib, x: lib.isnan(x**e), x)


@pytest.mark.parametrize("dtype", NUMPY_DTYPES, ids=str)
def test_formats_of_scalars_are_numpys(dtype):
    for value in (0, 1, 3, 100):
        for spec in ("", ".2f", "5", "e", "g", "+.1f", "d", "x", "s", ">8", "nonsense", "%", ",", "r"):

            def text(lib, a):
                return lib.array(list(format(a[0], spec).encode()), dtype="u1")

            check(text, np.array([value]).astype(dtype))
    for value in (1 / 3, 1e-5, 12345.678, 1e16 if np.dtype(dtype).itemsize > 2 else 1e4, -0.0, np.inf, np.nan):
        if np.dtype(dtype).kind in "fc":
            check(lambda lib, a: lib.array(list(f"{a[0]}|{a[0]:.3g}".encode()), dtype="u1"), np.array([value], dtype))
