"""Functions of single elements that are no ufuncs: compositions of them."""

import numpy as np

import crossarray as xp
from crossarray._arguments import as_array

__all__ = ["around", "fix", "round", "select", "sinc"]


def round(a, decimals=0, out=None):
    """Rounds to `decimals` places (negative: before the point), halves to even.

    As NumPy: scaled by a power of ten, rounded and scaled back, so the last bit may not be the nearest.
    >>> xp.round(xp.array([1.5, 2.5, 3.14159]), 1)
    array([1.5, 2.5, 3.1])
    """
    a = as_array(a)
    if a.dtype.kind in "iu" and decimals >= 0:
        return a.copy("K") if out is None else xp.positive(a, out=out)
    if decimals == 0:
        return xp.rint(a, out=out)
    scale, back = (xp.multiply, xp.divide) if decimals > 0 else (xp.divide, xp.multiply)
    factor = 10.0 ** abs(decimals)
    if a.dtype.kind in "iu" and out is None:
        return back(xp.rint(scale(a, factor)), factor).astype(a.dtype)
    return back(xp.rint(scale(a, factor)), factor, out=out, casting="unsafe" if a.dtype.kind in "iu" else "same_kind")


around = round


def fix(x, out=None):
    """Rounds towards zero.

    >>> xp.fix(xp.array([1.7, -1.7]))
    array([ 1., -1.])
    """
    return xp.trunc(x, out=out)


def sinc(x):
    """sin(pi x) / (pi x), and 1 at 0.

    >>> xp.sinc(xp.array([0.0, 0.5]))
    array([1.        , 0.63661977])
    """
    x = np.pi * as_array(x)
    x = xp.where(x, x, np.finfo(x.dtype).eps if x.dtype.kind == "f" else 1e-20)
    return xp.sin(x) / x


def select(condlist, choicelist, default=0):
    """The element of the first choice whose condition holds, else `default`.

    >>> xp.select([xp.array([True, False])], [xp.array([1, 2])], 9)
    array([1, 9])
    """
    if len(condlist) != len(choicelist):
        raise ValueError("list of cases must be same length as list of conditions")
    if len(condlist) == 0:
        raise ValueError("select with an empty condition list is not possible")
    choices = [item if type(item) in (int, float, complex) else as_array(item) for item in (*choicelist, default)]
    conditions = [as_array(item) for item in condlist]
    for i, condition in enumerate(conditions):
        if condition.dtype != np.bool:
            raise TypeError(f"invalid entry {i} in condlist: should be boolean ndarray")
    shape = np.broadcast_shapes(*[item.shape for item in conditions], *[np.shape(item) for item in choices])
    result = xp.full(shape, choices[-1], xp.result_type(*choices))
    for condition, choice in zip(conditions[::-1], choices[-2::-1], strict=True):
        result = xp.where(condition, choice, result)
    return result
