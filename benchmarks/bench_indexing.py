"""Selection and products: the library primitives."""

import numpy as np

from benchmarks.case import Case, matrix, vector


def with_index(random, n, dtype):
    return random.uniform(-1, 1, n).astype(dtype), random.integers(0, n, n)


def square(count=1):
    def make(random, n, dtype):
        m = max(2, int(n**0.5))
        return tuple(random.uniform(-1, 1, (m, m)).astype(dtype) for _ in range(count))

    return make


def small_batch(size):
    def make(random, n, dtype):
        batch = max(1, n // size**2)
        return tuple(random.uniform(-1, 1, (batch, size, size)).astype(dtype) for _ in range(2))

    return make


def scatter(xp, x, index):
    x[index] = 0.5
    return x


def masked_write(xp, x):
    x[x < -10] = 0
    return x


def masked_write_of_half(xp, x):
    x[x < 0] = 0
    return x


def masked_update(xp, x):
    x[x > 0] *= 0.5
    return x


def add_in_place(xp, x, y):
    x += y
    return x


def strided_update(xp, x, y):
    x[1::2] -= 0.01 * y[1::2]
    return x


def scattered_sum(xp, x, index):
    total = xp.zeros_like(x)
    xp.add.at(total, index, x)
    return total


def small_integers(random, n, dtype):
    return (random.integers(0, 256, n),)


UP_TO_1M = (100, 1_000, 10_000, 100_000, 1_000_000)

CASES = [
    Case("x[index]", with_index, lambda xp, x, i: x[i]),
    Case("x[index] = s", with_index, scatter),
    Case("x[x > 0]", vector(), lambda xp, x: x[x > 0]),
    Case("x[x < s] = 0", vector(), masked_write),
    Case("x[x < 0] = 0", vector(), masked_write_of_half),
    Case("x[x > 0] *= s", vector(), masked_update),
    Case("x += y", vector(2), add_in_place),
    Case("x[1::2] -= s*y[1::2]", vector(2), strided_update),
    Case("add.at", with_index, scattered_sum, rtol=1e-3),
    Case("add.reduceat", vector(low=0.5), lambda xp, x: xp.add.reduceat(x, np.arange(0, len(x), 5))),
    Case("subtract.reduce", vector(), lambda xp, x: xp.subtract.reduce(x), rtol=1e-2),
    Case("bincount", small_integers, lambda xp, i: xp.bincount(i)),
    Case("histogram", vector(), lambda xp, x: xp.histogram(x, bins=256, range=(-3, 3))[0]),
    Case("percentile", vector(), lambda xp, x: xp.percentile(x, [1, 99])),
    Case("median", vector(), lambda xp, x: xp.median(x)),
    Case("sort", vector(), lambda xp, x: xp.sort(x)),
    Case("argsort", vector(), lambda xp, x: xp.argsort(x)),
    Case("count_nonzero", vector(), lambda xp, x: np.int64(int(xp.count_nonzero(x > 0)))),
    Case("where", vector(), lambda xp, x: xp.where(x > 0, x, -x)),
    Case("matrix @ matrix", square(2), lambda xp, a, b: a @ b, UP_TO_1M, rtol=1e-2),
    Case("matrix @ matrix.T", square(), lambda xp, a: a @ a.T, UP_TO_1M, rtol=1e-2),
    Case("matrix @ vector", matrix(), lambda xp, a: a @ a[0], rtol=1e-2),
    Case("batch of 4x4", small_batch(4), lambda xp, a, b: a @ b, rtol=1e-2),
    Case("batch of 16x16", small_batch(16), lambda xp, a, b: a @ b, rtol=1e-2),
]
