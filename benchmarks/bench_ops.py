"""Every ufunc of the op table, alone: one case per row; then integers, shifts, casts and exponents."""

import numpy as np

from benchmarks.case import Case, vector

# Ufuncs for integers only and those with other signatures are left to their own cases.
INTEGER = {"gcd", "lcm", "bitwise_count", "bitwise_and", "bitwise_or", "bitwise_xor", "invert", "left_shift"}
SKIPPED = INTEGER | {"right_shift", "ldexp", "isnat", "matmul", "vecdot", "matvec", "vecmat"}
POSITIVE = {"log", "log2", "log10", "log1p", "sqrt", "power", "float_power", "arccosh"}
SIZES = (1_000, 1_000_000)
UNIT = {"arcsin", "arccos", "arctanh"}


def _range(name):
    if name in UNIT:
        return -0.9, 0.9
    return (1.1, 3.0) if name in POSITIVE else (-3.0, 3.0)


def _ufuncs():
    found = {f.__name__: f for f in vars(np).values() if isinstance(f, np.ufunc)}
    return [found[name] for name in sorted(found) if name not in SKIPPED and found[name].nout == 1]


def _case(ufunc):
    name = ufunc.__name__
    inputs = vector(ufunc.nin, *_range(name))
    return Case(name, inputs, lambda xp, *x: getattr(xp, name)(*x), SIZES, layouts=("contiguous",))


INTEGERS = ("uint8", "int8", "int16", "int32", "int64")


def _integers(*ranges):
    def make(random, n, dtype):
        return tuple(random.integers(low, high, n).astype(dtype) for low, high in ranges)

    return make


def _integer_case(name, run, *ranges, dtypes=INTEGERS):
    return Case(name, _integers(*ranges), run, SIZES, dtypes, ("contiguous",))


def _float_case(name, run, inputs):
    return Case(name, inputs, run, SIZES, layouts=("contiguous",))


def _scaled(random, n, dtype):
    return random.uniform(-3, 3, n).astype(dtype), random.integers(-20, 20, n)


OF_INTEGERS = [
    _integer_case("x // 7", lambda xp, x: x // 7, (0, 128)),
    _integer_case("x % 7", lambda xp, x: x % 7, (0, 128)),
    _integer_case("x // -7", lambda xp, x: x // -7, (-128, 128), dtypes=INTEGERS[1:]),
    _integer_case("x // 8", lambda xp, x: x // 8, (0, 128)),
    _integer_case("divmod(x, 7)", lambda xp, x: xp.divmod(x, 7), (0, 128)),
    _integer_case("x // y", lambda xp, x, y: x // y, (0, 128), (1, 20)),
    _integer_case("x % y", lambda xp, x, y: x % y, (0, 128), (1, 20)),
    _integer_case("x >> 2", lambda xp, x: x >> 2, (0, 128)),
    _integer_case("x << 2", lambda xp, x: x << 2, (0, 128)),
    _integer_case("x >> y", lambda xp, x, y: x >> y, (0, 128), (0, 7)),
    _integer_case("clip(x, 10, 100)", lambda xp, x: xp.clip(x, 10, 100), (0, 128)),
    _integer_case("a + b*c", lambda xp, a, b, c: a + b * c, *[(0, 10)] * 3),
    _integer_case("abs(a - b)", lambda xp, a, b: abs(a - b), (0, 128), (0, 128)),
    _integer_case("where(a > b, a, 0)", lambda xp, a, b: xp.where(a > b, a, 0), (0, 128), (0, 128)),
    _integer_case("x.astype(float64)", lambda xp, x: x.astype("float64"), (0, 128)),
]
OF_FLOATS = [
    _float_case("ldexp(x, i)", lambda xp, x, i: xp.ldexp(x, i), _scaled),
    _float_case("ldexp(x, 3)", lambda xp, x: xp.ldexp(x, 3), vector()),
    _float_case("frexp", lambda xp, x: xp.frexp(x), vector()),
    _float_case("modf", lambda xp, x: xp.modf(x), vector()),
    _float_case("clip(x, -1, 1)", lambda xp, x: xp.clip(x, -1, 1), vector()),
    _float_case("x.astype(int32)", lambda xp, x: x.astype("int32"), vector()),
    _float_case("x.astype(int64)", lambda xp, x: x.astype("int64"), vector()),
    _float_case("x.astype(uint8)", lambda xp, x: x.astype("uint8"), vector(1, 0, 200)),
]
CASES = [_case(u) for u in _ufuncs()] + OF_INTEGERS + OF_FLOATS
