"""xp.config.fast_math: a few ulp for speed, off by default, and no program compiled under one setting serves the other."""

import numpy as np
import pytest

import crossarray as xp

#: On both sides of the eager limit, with a rest that fills no block.
SIZES = (10, 100_003)


def quotient(a):
    return (a - 0.25) / 3.0


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("n", SIZES)
def test_division_by_a_scalar_is_off_by_at_most_two_ulp(dtype, n):
    a = np.random.default_rng(0).standard_normal(n).astype(dtype)
    want = quotient(a)
    with xp.config(fast_math=True):
        got = np.asarray(quotient(xp.array(a)))
    assert got.dtype == want.dtype
    assert np.all(np.abs(got - want) <= 2 * np.spacing(np.abs(want)))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_setting_changes_results_only_while_it_is_on(dtype):
    a = np.random.default_rng(1).standard_normal(SIZES[1]).astype(dtype)
    exact = quotient(a)
    assert np.array_equal(np.asarray(quotient(xp.array(a))), exact)
    with xp.config(fast_math=True):
        assert not np.array_equal(np.asarray(quotient(xp.array(a))), exact)
    assert np.array_equal(np.asarray(quotient(xp.array(a))), exact)


@pytest.mark.parametrize("divisor", [5e-324, 1e-310, 1.7e308, 0.0, -0.0, np.inf, np.nan])
def test_divisors_without_a_useful_reciprocal_are_divided_by(divisor):
    a = np.tile([0.0, -0.0, 1e-300, 1.0, -3.0, 1e300, np.inf, np.nan], 1000)
    with np.errstate(all="ignore"), xp.config(fast_math=True):
        got, want = np.asarray(xp.array(a) / divisor), a / divisor
    np.testing.assert_array_equal(got, want)
    np.testing.assert_array_equal(np.signbit(got), np.signbit(want))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("step", [1, 2, 3])
def test_products_in_sums_keep_their_bits_without_it(dtype, step):
    a, b, c = np.random.default_rng(2).standard_normal((3, step * 20_011)).astype(dtype)[:, ::step]
    a[::7], b[::5], c[::3] = np.inf, np.nan, 0
    x, y, z = xp.array(a), xp.array(b), xp.array(c)
    programs = [
        lambda p, q, r: p * 0.9 + q * 0.1,
        lambda p, q, r: p - 0.01 * q,
        lambda p, q, r: 0.01 * q - p,
        lambda p, q, r: (p * p + q * q + r * r) - p * q,
        lambda p, q, r: (p + q) * r + q * (p + q) - (p + q),
    ]
    with np.errstate(all="ignore"):
        for program in programs:
            np.testing.assert_array_equal(np.asarray(program(x, y, z)), program(a, b, c))
