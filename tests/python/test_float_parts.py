"""ldexp, frexp, nextafter and remainders where exponents run out or quotients are whole: NumPy's bits."""

import numpy as np
import pytest

import crossarray as xp

DTYPES = ("float32", "float64")


def _numbers(dtype, n=20_000):
    """Every exponent, subnormals included, random mantissas and signs; then the special ones."""
    random = np.random.default_rng(3)
    info = np.finfo(dtype)
    bits = random.integers(0, 2**info.bits, n, dtype=np.uint64).astype(f"uint{info.bits}").view(dtype)
    special = [0.0, -0.0, np.inf, -np.inf, np.nan, info.tiny, -info.tiny, info.smallest_subnormal, info.max, 1.0, -0.5]
    return np.concatenate([bits[np.isfinite(bits)], np.array(special, dtype)])


def _same_bits(ours, theirs):
    ours = np.asarray(ours)
    assert ours.dtype == theirs.dtype
    np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(np.signbit(ours), np.signbit(theirs))


@pytest.mark.parametrize("dtype", DTYPES)
def test_ldexp_rounds_once_and_saturates(dtype):
    x = _numbers(dtype)
    exponents = np.random.default_rng(4).integers(-2300, 2300, x.size)
    exponents[:20] = [2**62, -(2**62), 2**31, -(2**31), 5000, -5000, 0, 1, -1, 1023, 1024, -1022, -1023, -1074, -1075, 127,
                      128, -126, -149, -150]  # fmt: skip
    with np.errstate(all="ignore"):
        _same_bits(xp.ldexp(xp.array(x), xp.array(exponents)), np.ldexp(x, exponents))
        for exponent in (0, 3, -3, 127, -130, -149, 1023, -1022, -1030, 2000, -2200):
            _same_bits(xp.ldexp(xp.array(x), exponent), np.ldexp(x, exponent))


@pytest.mark.parametrize("dtype", DTYPES)
def test_frexp_lifts_subnormals(dtype):
    x = _numbers(dtype)
    for ours, theirs in zip(xp.frexp(xp.array(x)), np.frexp(x), strict=True):
        _same_bits(ours, theirs)


@pytest.mark.parametrize("dtype", DTYPES)
def test_nextafter_crosses_zero_and_the_ends(dtype):
    x = _numbers(dtype)
    for y in (x[::-1].copy(), np.roll(x, 1), -x, x.copy()):
        with np.errstate(all="ignore"):
            want = np.nextafter(x, y)
        ours = np.asarray(xp.nextafter(xp.array(x), xp.array(y)))
        real = ~np.isnan(want)
        assert (np.isnan(ours) == ~real).all()
        _same_bits(ours[real], want[real])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["fmod", "remainder", "floor_divide"])
def test_remainders_are_exact_next_to_whole_quotients(name, dtype):
    random = np.random.default_rng(6)
    y = np.concatenate([random.normal(size=5000), np.exp(random.uniform(-80, 80, 5000)), -np.ones(3)]).astype(dtype)
    with np.errstate(all="ignore"):
        near = (y * random.integers(-5000, 5000, y.size)).astype(dtype)
        far = (y * np.exp2(random.uniform(0, 100, y.size))).astype(dtype)
        for x in (near, np.nextafter(near, np.inf, dtype=dtype), np.nextafter(near, -np.inf, dtype=dtype), far, -far):
            _same_bits(getattr(xp, name)(xp.array(x), xp.array(y)), getattr(np, name)(x, y))
        x = _numbers(dtype)
        for y in (np.roll(x, 1), x[::-1].copy(), x.copy(), np.full_like(x, 0.3), np.full_like(x, -np.inf)):
            want, ours = getattr(np, name)(x, y), np.asarray(getattr(xp, name)(xp.array(x), xp.array(y)))
            real = ~np.isnan(want)
            np.testing.assert_array_equal(np.isnan(ours), ~real)
            _same_bits(ours[real], want[real])
