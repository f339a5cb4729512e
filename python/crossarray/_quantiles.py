"""Median, percentiles and quantiles. NumPy's partition does the work on a host copy; along one axis of float32 and float64
the rest is a few numbers, done here as NumPy does it; every other form is NumPy's own function."""

import math
from itertools import chain

import numpy as np

import crossarray as xp
from crossarray import _fallback
from crossarray._sorting import is_on_host

__all__ = ["median", "percentile", "quantile"]


def median(a, axis=None, out=None, overwrite_input=False, keepdims=False):
    """The middle of the sorted elements, or the mean of the middle two; NaN where there is one."""
    if out is not None or overwrite_input or keepdims is not False or not _is_line(a, axis):
        given = {"axis": axis, "out": out, "overwrite_input": overwrite_input, "keepdims": keepdims}
        return _fallback.call(np.median, "numpy.median", (a,), given)
    line = _copied(a)
    middle = line.size // 2
    first = middle if line.size % 2 else middle - 1
    line.partition(list(dict.fromkeys((first, middle, -1))))
    if line[-1] != line[-1]:
        return _scalar(line[-1])
    total = line.item(first) if first == middle else float(_rounding(line)(line.item(first) + line.item(middle)))
    return _scalar(line.dtype.type((0.0 + total) / (middle - first + 1)))  # 0.0: NumPy's sum of -0 is 0


def percentile(a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False, *, weights=None):
    """The value below which `q` percent of the elements lie; NaN where there is one."""
    fractions = _fractions(q, 100)
    if not _is_plain(a, axis, fractions, (out, overwrite_input, method, keepdims, weights)):
        given = _given(axis, out, overwrite_input, method, keepdims, weights)
        return _fallback.call(np.percentile, "numpy.percentile", (a, q), given)
    return _between(a, fractions, type(q) in (int, float))


def quantile(a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False, *, weights=None):
    """The value below which a fraction `q` of the elements lies; NaN where there is one."""
    fractions = _fractions(q, 1)
    if type(q) is int or not _is_plain(a, axis, fractions, (out, overwrite_input, method, keepdims, weights)):
        given = _given(axis, out, overwrite_input, method, keepdims, weights)
        return _fallback.call(np.quantile, "numpy.quantile", (a, q), given)
    return _between(a, fractions, type(q) is float)


for _function in (median, percentile, quantile):
    _function.provided_as = "fallback"


def _given(*values):
    return dict(zip(("axis", "out", "overwrite_input", "method", "keepdims", "weights"), values, strict=True))


def _is_line(a, axis):
    if not is_on_host(a) or a.size == 0 or a.dtype.char not in "fd":
        return False
    return axis is None or (a.ndim == 1 and type(axis) is int and -1 <= axis <= 0)


def _is_plain(a, axis, fractions, options):
    out, overwrite_input, method, keepdims, weights = options
    plain = out is None and weights is None and overwrite_input is False and keepdims is False
    return bool(fractions) and plain and type(method) is str and method == "linear" and _is_line(a, axis)


def _fractions(q, whole):
    """Fractions of 1 for Python numbers; None for what is for NumPy to take or refuse."""
    numbers = (q,) if type(q) in (int, float) else q
    if type(numbers) not in (tuple, list) or not {type(number) for number in numbers} <= {int, float}:
        return None
    if whole == 1 and {type(number) for number in numbers} == {int}:
        return None
    fractions = [number / whole for number in numbers]
    return fractions if all(0 <= fraction <= 1 for fraction in fractions) else None


def _copied(a):
    """NumPy's view of a copy of the elements, in one line."""
    return a.flatten().__array__()


def _scalar(value):
    return xp.asarray(value)[()]


def _rounding(line):
    """Python's floats are float64: a float32 result of one operation is that of float64 rounded once more."""
    return float if line.dtype.char == "d" else np.float32


def _between(a, fractions, weak):
    """Linear interpolation between the two neighbours of (n - 1) * fraction, in NumPy's order of operations.

    weak: in the dtype of `a`; else in float64.
    """
    line = _copied(a)
    last = line.size - 1
    virtual = [last * fraction for fraction in fractions]
    below = [math.floor(v) if v < last else -1 for v in virtual]
    above = [i + 1 if v < last else -1 for v, i in zip(virtual, below, strict=True)]
    line.partition(sorted({0, -1, *chain(below, above)}))
    step = _rounding(line)
    rounded = step if weak else float
    values = [
        line.item(-1) if line[-1] != line[-1] else _interpolate(line.item(i), line.item(j), v - i, step, rounded)
        for v, i, j in zip(virtual, below, above, strict=True)
    ]
    if weak:
        return _scalar(line.dtype.type(values[0]))
    return xp.asarray(values, "f8")


def _interpolate(a, b, t, step, rounded):
    """a + (b - a) * t, from the nearer end."""
    difference = float(step(b - a))
    if t >= 0.5:
        return rounded(b - float(rounded(difference * float(rounded(1 - t)))))
    return rounded(a + float(rounded(difference * float(rounded(t)))))
