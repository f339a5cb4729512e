"""Sorting with the array API's `descending` besides NumPy's parameters. The work is NumPy's on host views."""

import numpy as np

import crossarray as xp
from crossarray import _core, _fallback
from crossarray._arguments import as_array, axis_index
from crossarray._config import config

__all__ = ["argsort", "sort"]


def is_on_host(a):
    """True for an array whose copy NumPy may work on in place: what the general fallback does, without its checks."""
    return type(a) is xp.ndarray and _core.pin(a) is None and not _core.is_scalar(a) and config.fallback != "raise"


def sort(a, axis=-1, kind=None, order=None, *, stable=None, descending=False):
    """Elements in ascending (or descending) order along `axis`; NaN last (first)."""
    if axis is not None and order is None and stable is None and is_on_host(a):
        result = a.copy("K")
        result.__array__().sort(axis, kind)
    else:
        result = _sorted_by(np.sort, a, axis, kind, order, stable)
    return xp.flip(result, -1 if axis is None else axis) if descending else result


def argsort(a, axis=-1, kind=None, order=None, *, stable=None, descending=False):
    """The positions that put the elements in ascending (or descending) order along `axis`."""
    if not descending:
        if axis is not None and order is None and stable is None and is_on_host(a):
            return xp.asarray(a.__array__().argsort(axis, kind))
        return _sorted_by(np.argsort, a, axis, kind, order, stable)
    a = as_array(a)
    a, axis = (a.ravel(), 0) if axis is None else (a, axis_index(axis, a.ndim))
    backwards = _sorted_by(np.argsort, xp.flip(a, axis), axis, kind, order, stable)
    return a.shape[axis] - 1 - xp.flip(backwards, axis)


def _sorted_by(function, a, axis, kind, order, stable):
    options = {} if stable is None else {"stable": stable}
    return _fallback.call(function, "numpy." + function.__name__, (a, axis, kind, order), options)


for _function in (sort, argsort):
    _function.provided_as = "fallback"
