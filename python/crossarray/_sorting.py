"""Sorting with the array API's `descending` besides NumPy's parameters. The work is NumPy's on host views."""

import numpy as np

import crossarray as xp
from crossarray import _fallback
from crossarray._arguments import as_array, axis_index

__all__ = ["argsort", "sort"]


def sort(a, axis=-1, kind=None, order=None, *, stable=None, descending=False):
    """Elements in ascending (or descending) order along `axis`; NaN last (first)."""
    result = _fallback.call(np.sort, "numpy.sort", (a, axis, kind, order), {"stable": stable})
    return xp.flip(result, -1 if axis is None else axis) if descending else result


def argsort(a, axis=-1, kind=None, order=None, *, stable=None, descending=False):
    """The positions that put the elements in ascending (or descending) order along `axis`."""
    if not descending:
        return _fallback.call(np.argsort, "numpy.argsort", (a, axis, kind, order), {"stable": stable})
    a = as_array(a)
    a, axis = (a.ravel(), 0) if axis is None else (a, axis_index(axis, a.ndim))
    backwards = _fallback.call(np.argsort, "numpy.argsort", (xp.flip(a, axis), axis, kind, order), {"stable": stable})
    return a.shape[axis] - 1 - xp.flip(backwards, axis)


for _function in (sort, argsort):
    _function.provided_as = "fallback"
