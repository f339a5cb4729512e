"""ULP sweeps: every op with an error bound stays within its row's, in float32 and float64, over all of its domain.

float32 and float64 are measured against 80-bit long double; that reference and the hardest arguments against mpmath.
CROSSARRAY_ULP_TABLE names a file to which the largest error of each sweep is appended.
"""

import os

import mpmath
import numpy as np
import pytest
from op_table import ALIASES, BINARY, UNARY

import crossarray as xp

TABLE = os.environ.get("CROSSARRAY_ULP_TABLE")
POINTS = 20_000_000 if os.environ.get("CROSSARRAY_NIGHTLY") else 100_000
HARD = 60
BOUNDED_UNARY = [name for name, row in UNARY.items() if row.ulp]
BOUNDED_BINARY = [name for name, row in BINARY.items() if row.ulp]
# A result near zero is a difference of two numbers of the size of the operands: the bound is in units of the larger.
CANCELS = ("logaddexp", "logaddexp2")
# Multiples of pi/2 and of log(2), where reduced arguments lose most, the edges of overflow, and their neighbours.
EDGES = {
    "float32": [88.7228, -87.3365, -103.97, 127.9999, -149.0],
    "float64": [709.7827, -708.396, -745.13, 1023.9999, -1074.0],
}


def inputs(dtype, seed, count):
    """All magnitudes (random bits), the range where most programs live, and the neighbourhood of exact points."""
    rng = np.random.default_rng(seed)
    whole = {"float32": np.uint32, "float64": np.uint64}[dtype]
    bits = rng.integers(0, np.iinfo(whole).max, count // 2, whole, endpoint=True).view(dtype)
    usual = rng.normal(0, 8, count // 4)
    points = np.concatenate(
        [
            np.arange(-40, 41) * np.pi / 2,
            np.arange(-40, 41) * np.log(2),
            np.arange(-20, 21) / 4,
            EDGES[dtype],
            [1e5, 1e9, 1e22],
        ]
    )
    near = rng.choice(points, count // 4) * (1 + rng.integers(-40, 41, count // 4) * np.finfo(dtype).eps)
    return np.concatenate([bits[np.isfinite(bits)], usual.astype(dtype), near.astype(dtype)])


def error_in_ulp(exact, actual, scale=None):
    """|actual - exact| in units of the last place of the exact result (or of `scale`); both infinite or NaN: 0."""
    dtype = actual.dtype
    with np.errstate(all="ignore"):
        unit = np.spacing(abs(exact if scale is None else np.maximum(abs(exact), scale)).astype(dtype)).astype(
            np.longdouble
        )
        error = abs(actual.astype(np.longdouble) - exact) / unit
        nearest = exact.astype(dtype)
    same = (actual == nearest) | (np.isnan(actual) & np.isnan(nearest))
    # Overflow may come one rounding early or late; a lost NaN or a wrong infinity may not.
    limit = np.finfo(dtype).max
    early = (
        np.isinf(actual) & (abs(exact) > limit * (1 - 8 * np.finfo(dtype).eps)) & (np.sign(actual) == np.sign(exact))
    )
    return np.where(
        same,
        np.minimum(np.where(np.isnan(error), 0, error), 0.5),
        np.where(early, 0, np.where(np.isfinite(error), error, np.inf)),
    )


def assert_bound(name, ulp, arguments, exact, actual, scale=None):
    error = error_in_ulp(exact, actual, scale)
    worst = int(np.argmax(error))
    call = f"{name}({', '.join(float(x[worst]).hex() for x in arguments)})"
    excess = f"{float(error[worst]):.2f} ULP, {ulp} allowed, {np.count_nonzero(error > ulp)} of {len(error)} exceed it"
    assert error[worst] <= ulp, f"{call} is {actual[worst]!r}: {excess}"
    return float(error[worst])


def record(name, dtype, ulp, worst):
    if TABLE:
        with open(TABLE, "a") as table:
            table.write(f"| {name} | {dtype} | {worst:.3f} | {ulp:g} | {POINTS:,} |\n")


def evaluated(name, *arguments):
    return np.asarray(getattr(xp, name)(*[xp.array(x) for x in arguments]))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", BOUNDED_UNARY)
def test_unary_functions(name, dtype):
    worst = 0.0
    for seed in range(max(1, POINTS // 1_000_000)):
        x = inputs(dtype, seed, min(POINTS, 1_000_000))
        with np.errstate(all="ignore"):
            exact = getattr(np, name)(x.astype(np.longdouble))
        worst = max(worst, assert_bound(name, UNARY[name].ulp, [x], exact, evaluated(name, x)))
    record(name, dtype, UNARY[name].ulp, worst)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", BOUNDED_BINARY)
def test_binary_functions(name, dtype):
    if name == "float_power" and dtype == "float32":
        return  # computed in float64
    worst = 0.0
    for seed in range(max(1, POINTS // 1_000_000)):
        x, y = inputs(dtype, seed, min(POINTS, 1_000_000)), inputs(dtype, seed + 1, min(POINTS, 1_000_000))
        count = min(len(x), len(y))
        x, y = x[:count], np.random.default_rng(seed).permutation(y)[:count]
        if "power" in name:
            x, y = np.where(x > 0, x, -x), np.where(np.arange(count) % 2 == 0, y, (y % 16).astype(dtype))
        with np.errstate(all="ignore"):
            exact = getattr(np, name)(x.astype(np.longdouble), y.astype(np.longdouble))
        scale = np.maximum(abs(x), abs(y)) if name in CANCELS else None
        worst = max(worst, assert_bound(name, BINARY[name].ulp, [x, y], exact, evaluated(name, x, y), scale))
    record(name, dtype, BINARY[name].ulp, worst)


@pytest.mark.parametrize("exponent", [2, 3, 4, 5, 7, -1, -2, -3, 0.5, -0.5, 1, 0, 1.5, 10])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_constant_powers_that_become_multiplications(exponent, dtype):
    """Alone, inside a fused chain, and on a small array."""
    x = inputs(dtype, 7, 20_000)
    for values in (x, x[:500]):
        with np.errstate(all="ignore"):
            exact = np.power(values.astype(np.longdouble), np.longdouble(exponent))
        for powers in (xp.array(values) ** exponent, (xp.array(values) * 1) ** exponent):
            assert_bound(f"x ** {exponent}", BINARY["power"].ulp, [values], exact, np.asarray(powers))


def precise(name):
    """The function of mpmath with an op's name or one of its aliases; None where mpmath has none."""
    own = {
        "exp2": lambda x: mpmath.mpf(2) ** x,
        "log2": lambda x: mpmath.log(x, 2),
        "cbrt": lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)),
    }
    for candidate in (name, *[alias for alias, target in ALIASES.items() if target == name]):
        if candidate in own:
            return own[candidate]
        if hasattr(mpmath, candidate):
            return getattr(mpmath, candidate)
    return None


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", [name for name in BOUNDED_UNARY if precise(name) and name != "absolute"])
def test_hard_arguments_against_mpmath(name, dtype):
    """Arguments where long double itself would be the weaker witness: huge angles, next to zeros and to poles."""
    x = inputs(dtype, 11, 4 * HARD)
    actual = evaluated(name, np.resize(x, 4096))[: len(x)]
    with mpmath.workprec(1200):
        for value, ours in zip(x.tolist(), actual.tolist()):
            result = (
                precise(name)(mpmath.mpf(value))
                if abs(value) < 1e4 or ("exp" not in name and "h" not in name)
                else None
            )
            if result is None or not isinstance(result, mpmath.mpf) or not np.isfinite(ours):
                continue
            unit = (
                mpmath.mpf(float(np.spacing(np.abs(np.array(float(result), dtype))))) if abs(result) < 1e300 else None
            )
            if unit and np.isfinite(float(unit)):
                assert abs(mpmath.mpf(ours) - result) <= UNARY[name].ulp * unit, (
                    f"{name}({value.hex()}) is {ours!r}, exactly {mpmath.nstr(result, 20)}"
                )
