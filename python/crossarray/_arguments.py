"""Checks that many functions share."""

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from crossarray import _core

_ndarray = _core.ndarray
_asarray = _core.asarray


class ForeignDtypeError(TypeError):
    """An argument has a dtype outside the table: the call is NumPy's."""


def as_array(a):
    """One of our arrays: `a` itself, or made of it; ForeignDtypeError where its dtype is outside the table."""
    if type(a) is _ndarray:
        return a
    if isinstance(a, np.ndarray) and type(a) not in (np.ndarray, np.memmap):
        raise ForeignDtypeError(f"{type(a).__name__} is a subclass of numpy.ndarray: its functions are NumPy's")
    array = _asarray(a)
    if isinstance(array, _ndarray):
        return array
    raise ForeignDtypeError(f"{array.dtype} is not a dtype of Crossarray")


def in_order(a):
    """`a` itself when it is in C order, else a C-ordered copy."""
    return a if a.flags.c_contiguous else a.copy("C")


def axis_index(axis, rank):
    """`axis` counted from the front; AxisError if it is out of range."""
    return normalize_axis_index(axis, rank)


def axis_indices(axis, rank, name=None, allow_duplicate=False):
    """A tuple of axes counted from the front, from an int or a tuple; ValueError for a repeated one."""
    return normalize_axis_tuple(axis, rank, name, allow_duplicate)
