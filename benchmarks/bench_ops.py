"""Every ufunc of the op table, alone: one case per row."""

import numpy as np

from benchmarks.case import Case, vector

# Ufuncs for integers only and those with other signatures are left to their own cases.
INTEGER = {"gcd", "lcm", "bitwise_count", "bitwise_and", "bitwise_or", "bitwise_xor", "invert", "left_shift"}
SKIPPED = INTEGER | {"right_shift", "ldexp", "isnat", "matmul", "vecdot", "matvec", "vecmat"}
POSITIVE = {"log", "log2", "log10", "log1p", "sqrt", "power", "float_power", "arccosh"}
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
    return Case(name, inputs, lambda xp, *x: getattr(xp, name)(*x), (1_000, 1_000_000), layouts=("contiguous",))


CASES = [_case(u) for u in _ufuncs()]
