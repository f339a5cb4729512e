"""Inputs for the generated tests: the values that break things, and random ones from the domain a row names."""

import os

import ml_dtypes
import numpy as np

# Data of its own for whoever sets it; without it the same in every run.
FRESH = [int(os.environ["CROSSARRAY_SEED"])] if "CROSSARRAY_SEED" in os.environ else []

DTYPES = [
    np.dtype(name)
    for name in (
        "bool",
        "int8",
        "uint8",
        "int16",
        "uint16",
        "int32",
        "uint32",
        "int64",
        "uint64",
        "float16",
        ml_dtypes.bfloat16,
        "float32",
        "float64",
        "complex64",
        "complex128",
    )
]
BFLOAT16 = np.dtype(ml_dtypes.bfloat16)
# What breaks comparisons and signs, for tests that want it as one short array.
WILD = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, 1.5, 1e-300])
FLOATS = [dtype for dtype in DTYPES if dtype.kind == "f" or dtype == BFLOAT16]
# What NumPy itself computes in: bfloat16 is an extension type, whose own ufuncs are not the reference.
NUMPY_DTYPES = [dtype for dtype in DTYPES if dtype != BFLOAT16]


def is_float(dtype):
    return dtype.kind == "f" or dtype == BFLOAT16


def special(dtype):
    """Limits, signed zeros, subnormals, infinities, NaN: a 1-D array of `dtype`."""
    if dtype.kind == "b":
        return np.array([False, True])
    if dtype.kind in "iu":
        low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
        inside = [v for v in (-8, -3, -2, -1, 0, 1, 2, 3, 7, 8, 15, 31, 32, 63, 64, 100) if low <= v <= high]
        return np.array([low, low + 1, *inside, high // 2, high - 1, high], dtype)
    if is_float(dtype):
        return _special_floats(dtype)
    parts = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -2.5, 0.7])
    real, imag = np.meshgrid(parts, parts)
    out = np.empty(real.size, dtype)
    out.real, out.imag = real.ravel(), imag.ravel()
    return out


def _special_floats(dtype):
    limits = ml_dtypes.finfo(dtype)
    positive = [
        limits.smallest_subnormal,
        3 * float(limits.smallest_subnormal),
        limits.tiny,
        limits.eps,
        0.1,
        0.5,
        0.75,
        1.0,
        1.0 + float(limits.eps),
        1.5,
        2.0,
        2.5,
        3.0,
        np.pi,
        10.0,
        88.5,
        1e4,
        limits.max,
    ]
    values = np.array([float(v) for v in positive])
    return np.concatenate([[np.nan, np.inf, -np.inf, 0.0, -0.0], values, -values]).astype(dtype)


def _log_uniform(rng, count, low, high):
    return np.exp2(rng.uniform(low, high, count)) * rng.choice([-1.0, 1.0], count)


def _all(rng, count):
    return np.where(rng.random(count) < 0.5, rng.normal(0, 3, count), _log_uniform(rng, count, -12, 12))


DRAW = {
    "all": _all,
    "exp": lambda rng, count: rng.uniform(-9, 9, count),
    "log": lambda rng, count: abs(_all(rng, count)),
    "log1p": lambda rng, count: abs(_log_uniform(rng, count, -12, 12)) - 0.9,
    "trig": lambda rng, count: np.where(
        rng.random(count) < 0.7, rng.uniform(-10, 10, count), rng.uniform(-1e4, 1e4, count)
    ),
    "unit": lambda rng, count: rng.uniform(-1, 1, count),
    "above1": lambda rng, count: 1 + abs(_all(rng, count)),
    "pow": lambda rng, count: abs(_log_uniform(rng, count, -3, 3)),
    "ldexp": _all,
    "shift": _all,
}


def draw(domain, dtype, shape, seed=0, position=0):
    """An array of `dtype` in `domain` with about one special value in sixteen.

    position: which argument of the op this is (an exponent, a shift count and ldexp's second are drawn differently).
    """
    rng = np.random.default_rng([*FRESH, seed, position, dtype.num if dtype.num < 256 else 99])
    count = int(np.prod(shape, dtype=int))
    if dtype.kind == "b":
        return rng.random(shape) < 0.5
    if dtype.kind in "iu":
        return _draw_integers(rng, domain, dtype, count, position).reshape(shape)
    values = DRAW[domain](rng, count)
    if domain == "pow" and position == 1:
        values = rng.choice([-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0, 2.3, -1.7], count)
    if dtype.kind == "c":
        values = values + 1j * DRAW[domain](rng, count)
    values = values.astype(dtype)
    return _with_specials(rng, values, special(dtype), count).reshape(shape)


def _with_specials(rng, values, specials, count):
    return np.where(rng.random(count) < 1 / 16, rng.choice(specials, count), values)


def _draw_integers(rng, domain, dtype, count, position):
    low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
    if position == 1 and domain in ("pow", "ldexp", "shift"):
        bits = 8 * dtype.itemsize
        return rng.integers(0 if domain != "ldexp" else max(low, -20), min(high, bits + 2), count).astype(dtype)
    small = rng.integers(max(low, -100), min(high, 100), count).astype(dtype)
    wide = rng.integers(low, high, count, dtype, endpoint=True)
    return _with_specials(rng, np.where(rng.random(count) < 0.5, small, wide), special(dtype), count)
