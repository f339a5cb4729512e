"""Index arrays, masks and values that lie spaced out or backwards in memory, on both sides of every size limit."""

import numpy as np
import pytest
from parity import check

#: Below and above where positions are taken at once, and where a copy of spaced ones pays.
SIZES = [0, 1, 7, 1000, 4096, 4097, 30_000, 131_073]
STEPS = [1, 2, -1, -3]


def spaced(a, step):
    buffer = np.zeros(len(a) * abs(step), a.dtype)
    view = buffer[::step][: len(a)]
    view[...] = a
    return view


def positions(n, count, low):
    return np.random.default_rng(count).integers(low, n, count)


@pytest.mark.parametrize("count", SIZES)
@pytest.mark.parametrize("dtype", ["f8", "i2", "c16", "?"])
def test_take_and_put_at_spaced_positions(count, dtype):
    n = 5000
    x = (np.arange(n) % 251).astype(dtype)
    for step in STEPS:
        for values_step in STEPS[:3]:
            for low in (0, -n):
                i = spaced(positions(n, count, low), step)
                check(lambda lib, x, i: x[i], spaced(x, values_step), i)

                def put(lib, x, i):
                    x[i] = 1
                    return x

                check(put, spaced(x, values_step), i)


@pytest.mark.parametrize("count", SIZES[2:])
def test_positions_out_of_bounds_raise_and_change_nothing(count):
    for step in (1, 2, -1):
        for bad in (100, -101):
            i = spaced(positions(100, count, 0), step)
            i[-1] = bad
            check(lambda lib, i: lib.arange(100.0)[i], i, message=True)

            def put(lib, i):
                x = lib.arange(100.0)
                with pytest.raises(IndexError):
                    x[i] = 7
                return x

            check(put, i)

            def add(lib, i):
                x = lib.arange(100.0)
                with pytest.raises(IndexError):
                    lib.add.at(x, i, 1.0)
                return x

            check(add, i)


@pytest.mark.parametrize("dtype", ["f4", "f8", "i8", "u4", "i2", "c8"])
@pytest.mark.parametrize("count", [7, 1000, 200_000])
def test_at_with_spaced_targets_positions_and_values(dtype, count):
    n = count // 2 + 3
    values = (np.arange(count) % 9).astype(dtype)
    for step in STEPS:
        for target in (1, 2, -1):
            i = spaced(positions(n, count, -n), step)

            def add(lib, x, i, v):
                lib.add.at(x, i, v)
                lib.add.at(x, i, v[:1])
                lib.maximum.at(x, i[:50], v[:50])
                return x

            check(add, spaced(np.zeros(n, dtype), target), i, spaced(values, step))


def test_at_with_values_of_other_dtypes_and_ranks():
    i = np.array([[0, 2], [2, 1]])
    check(lambda lib, i: lib.add.at(x := lib.zeros(3), i, lib.arange(4).reshape(2, 2).T) or x, i)
    check(lambda lib, i: lib.add.at(x := lib.zeros(3), i[0], lib.arange(4)[::2]) or x, i)
    check(lambda lib, i: lib.add.at(x := lib.arange(6.0), i[0], x[::3]) or x, i)


@pytest.mark.parametrize("dtype", ["?", "i2", "f4", "f8", "c16"])
@pytest.mark.parametrize("n", [1, 8, 15, 16, 63, 64, 65, 127, 200, 20_001])
def test_masked_writes_touch_what_the_mask_chooses(dtype, n):
    rng = np.random.default_rng(n)
    x = rng.integers(0, 2, n).astype(dtype)
    for share in (0.0, 0.01, 0.5, 1.0):
        for step in (1, 2, -1):
            m = spaced(rng.random(n) < share, step)

            def put(lib, x, m):
                x[m] = 3
                return x

            def choose(lib, x, m):
                x[m] = lib.where(m, x + x, x)[m]
                return x

            check(put, spaced(x, step), m)
            if dtype != "?":
                check(choose, spaced(x, step), m)
