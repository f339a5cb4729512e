"""Fused chains read strided operands where they lie: any step, any length, rests shorter than a block, results bit for bit."""

import numpy as np
import pytest

import crossarray as xp

#: Around a block of the chains (64 doubles, 128 floats), a tile, and several tiles.
LENGTHS = (1, 7, 63, 64, 65, 127, 129, 1000, 1537, 20_011)
STEPS = (1, 2, 3, -1, -2)


def programs():
    yield "one op", lambda a, b: a - b
    yield "two loads of one operand", lambda a, b: (a + b) * a
    yield "sum of products", lambda a, b: a * b + b * 0.5
    yield "scalar first", lambda a, b: 2.0 / (1.5 + a) - b
    yield "other rows too", lambda a, b: abs(a) + b[::-1]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("n", LENGTHS)
def test_strided_operands_give_numpys_bits(n, step, dtype):
    # Exactly as long as the last element needs: what lies behind is not ours.
    a, b = np.random.default_rng(n).standard_normal((2, (n - 1) * abs(step) + 1)).astype(dtype)
    x, y = xp.asarray(a)[::step], xp.asarray(b)[::step]
    with np.errstate(all="ignore"), xp.config(lazy=True):
        for name, program in programs():
            got, want = np.asarray(program(x + 0, y)), program(a[::step] + 0, b[::step])
            np.testing.assert_array_equal(got, want, err_msg=name)
            np.testing.assert_array_equal(np.asarray(program(x, y)), program(a[::step], b[::step]), err_msg=name)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("columns", (3, 40, 70, 2001))
def test_strided_views_of_pending_results(columns, dtype):
    a = np.random.default_rng(0).integers(0, 9, (500, columns)).astype(dtype)
    want = a.sum(axis=0)[::2] * 0.5 - a.max(axis=0)[1::2][: (columns + 1) // 2 - 1].sum()
    x = xp.array(a)
    got = x.sum(axis=0)[::2] * 0.5 - x.max(axis=0)[1::2][: (columns + 1) // 2 - 1].sum()
    np.testing.assert_array_equal(np.asarray(got), want)


@pytest.mark.parametrize("item", ["float32", "float64", "int64", "int16"])
def test_writes_to_every_other_element_leave_those_between(item):
    a = np.arange(40_001).astype(item)
    x = xp.array(a)
    x[::2] = x[::2] * 3 + 1
    a[::2] = a[::2] * 3 + 1
    np.testing.assert_array_equal(np.asarray(x), a)
