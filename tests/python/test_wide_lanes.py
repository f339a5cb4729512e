"""64-bit lanes computed in float64, and float64 by 64-bit exponents: NumPy's bits on both sides of their limits."""

import numpy as np
import pytest

import crossarray as xp

EDGES = [0, 1, 2, 3, 7, 10, 1 << 31, (1 << 51) - 1, 1 << 51, (1 << 51) + 1, (1 << 53) + 1, (1 << 62) + 3, (1 << 63) - 1]


def integers(dtype):
    values = EDGES if dtype == "uint64" else [sign * v for v in EDGES for sign in (1, -1)] + [-(1 << 63)]
    return np.array(values, dtype)


@pytest.mark.parametrize("name", ["floor_divide", "remainder", "fmod"])
@pytest.mark.parametrize("dtype", ["int64", "uint64"])
@pytest.mark.parametrize("limit", [1 << 51, 1 << 64], ids=["near", "all"])
def test_division_of_long_integers_is_numpys(name, dtype, limit):
    """Vectors that fit float64 (near) and vectors that hold larger numbers."""
    values = np.array([v for v in integers(dtype).tolist() if -limit <= v < limit], dtype)
    a, b = (side.ravel() for side in np.meshgrid(values, values))
    with np.errstate(all="ignore"):
        expected = getattr(np, name)(a, b)
        expected_one = getattr(np, name)(a[1], b[:5])
    result = getattr(xp, name)(xp.asarray(a), xp.asarray(b))
    assert result.dtype == expected.dtype and result.shape == expected.shape
    np.testing.assert_array_equal(np.asarray(result), expected)
    np.testing.assert_array_equal(np.asarray(getattr(xp, name)(xp.asarray(a)[1], xp.asarray(b)[:5])), expected_one)


@pytest.mark.parametrize("name", ["floor_divide", "remainder", "fmod"])
@pytest.mark.parametrize("bits", [8, 51, 52, 63])
def test_division_of_random_long_integers_is_numpys(name, bits):
    random = np.random.default_rng(bits)
    a, b = (random.integers(-(1 << bits), 1 << bits, 4001) >> random.integers(0, bits, 4001) for _ in range(2))
    with np.errstate(all="ignore"):
        expected = getattr(np, name)(a, b)
    np.testing.assert_array_equal(np.asarray(getattr(xp, name)(xp.asarray(a), xp.asarray(b))), expected)


@pytest.mark.parametrize("integer", ["int32", "int64"])
def test_ldexp_is_numpys_for_all_exponents(integer):
    values = [0.0, -0.0, 1.0, -1.7, 5e-324, 2.5e-310, 1.7e308, np.inf, -np.inf, np.nan]
    for exponents in ([-3, 0, 5, 1023, -1022], [-2200, -1075, -1023, -1022, -1, 0, 1023, 1024, 2098, 2200]):
        a, e = (side.ravel() for side in np.meshgrid(values, np.array(exponents, integer)))
        with np.errstate(all="ignore"):
            expected = np.ldexp(a, e)
        result = np.asarray(xp.ldexp(xp.asarray(a), xp.asarray(e)))
        assert result.dtype == expected.dtype
        np.testing.assert_array_equal(result, expected)
        np.testing.assert_array_equal(np.signbit(result), np.signbit(expected))
