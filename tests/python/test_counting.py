"""bincount, histogram, ufunc.at and reduceat: counts and scattered sums."""

import numpy as np
import pytest
from parity import check

INTEGERS = ["?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"]


@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("n", [0, 1, 7, 5000])
def test_bincount(n, dtype):
    x = (np.arange(n) * 7 % (2 if dtype == "?" else 100)).astype(dtype)
    check(lambda xp, x: xp.bincount(x), x)
    check(lambda xp, x: xp.bincount(x, minlength=130), x)
    check(lambda xp, x: xp.bincount(x[::2], minlength=1), x)
    for weights in ("f8", "f4", "i4", "?", "c16"):
        check(lambda xp, x, w: xp.bincount(x, w), x, (np.arange(n) % 3 + 0.5).astype(weights))


def test_bincount_of_many_numbers_and_wrong_arguments():
    check(lambda xp, x: xp.bincount(x), np.random.default_rng(0).integers(0, 50_000, 20_000))
    for body in (
        lambda xp, x: xp.bincount(x - 3),
        lambda xp, x: xp.bincount(x.reshape(2, 5)),
        lambda xp, x: xp.bincount(x * 1.5),
        lambda xp, x: xp.bincount(x, minlength=-1),
        lambda xp, x: xp.bincount(x, x[:3]),
        lambda xp, x: xp.bincount(x, minlength="a"),
        lambda xp, x: xp.bincount([1, 2, 2]),
    ):
        check(body, np.arange(10))


@pytest.mark.parametrize("dtype", ["f4", "f8", "i4", "?"])
@pytest.mark.parametrize("n", [0, 1, 5, 20_000])
def test_histogram(n, dtype):
    x = (np.random.default_rng(n).normal(0, 2, n)).astype(dtype)
    check(lambda xp, x: xp.histogram(x), x)
    check(lambda xp, x: xp.histogram(x, bins=256, range=(0, 1)), x)
    check(lambda xp, x: xp.histogram(x, 7, (-1.5, 4)), x)
    check(lambda xp, x: xp.histogram(x, bins=5000, density=True), x)
    check(lambda xp, x: xp.histogram(x, bins=[-1, 0, 2]), x)
    check(lambda xp, x: xp.histogram(x, bins=3, weights=abs(x)), x)
    check(lambda xp, x: xp.histogram(x.reshape(-1, 1)[::2], bins=xp.asarray([0.0, 1.0])), x)


def test_histogram_puts_values_on_edges_where_numpy_does():
    for bins in (1, 3, 10, 49, 100, 1000):
        edges = np.linspace(-0.1, 0.7, bins + 1)
        near = np.concatenate([edges, np.nextafter(edges, 9), np.nextafter(edges, -9), [np.nan, np.inf, -np.inf]])
        for dtype in ("f4", "f8"):
            check(lambda xp, x, bins=bins: xp.histogram(x, bins, (-0.1, 0.7)), near.astype(dtype))


@pytest.mark.parametrize(
    "body",
    [
        lambda xp, x: xp.histogram(x, bins=0),
        lambda xp, x: xp.histogram(x, bins=2, range=(1, 0)),
        lambda xp, x: xp.histogram(x, bins=2, range=(0, xp.inf)),
        lambda xp, x: xp.histogram(x * xp.nan, bins=2),
        lambda xp, x: xp.histogram(x * 0, bins=2),
        lambda xp, x: xp.histogram(x, bins=2.5),
        lambda xp, x: xp.histogram(x, bins="auto"),
    ],
)
def test_histogram_of_odd_arguments(body):
    check(body, np.arange(10.0))


OPS = ["add", "multiply", "maximum", "minimum", "fmax", "logical_or", "bitwise_xor", "subtract", "divide", "hypot"]


@pytest.mark.parametrize("dtype", ["?", "i2", "i8", "f4", "f8", "c16"])
@pytest.mark.parametrize("name", OPS)
def test_reduceat_and_reduce(name, dtype):
    x = (np.arange(200) % 5 + 1).astype(dtype)
    indices = np.array([0, 3, 4, 4, 50, 20, 199, 7, 0])
    check(lambda xp, x: getattr(xp, name).reduceat(x, indices), x, rtol=1e-6)
    check(lambda xp, x: getattr(xp, name).reduceat(x[::-3], [5, 1, 40]), x, rtol=1e-6)
    check(lambda xp, x: getattr(xp, name).reduceat(x, []), x)
    if name == "add":
        check(lambda xp, x: xp.add.reduceat(x, [200]), x)
    check(lambda xp, x: getattr(xp, name).reduce(x), x, rtol=1e-6)
    for axis in (0, 1, 2):
        check(lambda xp, x, axis=axis: getattr(xp, name).reduce(x.reshape(4, 25, 2), axis), x, rtol=1e-6)
        check(lambda xp, x, axis=axis: getattr(xp, name).reduce(x.reshape(4, 25, 2).T, axis), x, rtol=1e-6)


@pytest.mark.parametrize("dtype", ["i2", "i4", "u4", "i8", "f4", "f8"])
def test_at_with_repeated_indices(dtype):
    index = np.array([1, 1, -1, 0, 5, -6, 1])

    def body(xp, x, i):
        xp.add.at(x, i, 2)
        xp.add.at(x, i, xp.arange(7).astype(dtype))
        xp.add.at(x[::-2], [0, 1, 0], x[:3])
        xp.multiply.at(x, i[:2], 3)
        xp.add.at(x, [], 1)
        return x

    check(body, np.arange(6).astype(dtype), index)
    check(lambda xp, x, i: xp.add.at(x, i, x[i]), np.arange(6).astype(dtype), index)
    check(lambda xp, x, i: xp.add.at(x, [6], 1), np.arange(6).astype(dtype), index)
    check(lambda xp, x, i: xp.add.at(x, xp.array([0, -7]), 1), np.arange(6).astype(dtype), index)

    def by_itself(xp, x):
        xp.add.at(x, x, 1)
        return x

    check(by_itself, np.array([1, 2, 2, 0]))
