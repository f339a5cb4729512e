"""Questions about dtypes and shapes that need no values."""

import numpy as np

import crossarray as xp
from crossarray._arguments import as_array

__all__ = ["can_cast", "common_type", "ndim", "result_type", "shape", "size"]


def _dtype_of(item):
    return item.dtype if isinstance(item, xp.ndarray) else item


def result_type(*arrays_and_dtypes):
    """The dtype that NumPy's promotion gives for arrays, dtypes and Python numbers together.

    >>> xp.result_type(xp.int8, xp.float32)
    dtype('float32')
    """
    return np.result_type(*map(_dtype_of, arrays_and_dtypes))


def can_cast(from_, to, casting="safe"):
    """True if the dtype `from_` (or an array's) casts to `to` under the rule.

    >>> xp.can_cast(xp.int64, xp.float32)
    False
    """
    return np.can_cast(_dtype_of(from_), _dtype_of(to), casting)


def common_type(*arrays):
    """The inexact scalar type that holds the elements of all arrays.

    >>> xp.common_type(xp.ones(2, xp.float32), xp.arange(2)) is xp.float64
    True
    """
    return np.common_type(*[np.empty(0, as_array(a).dtype) for a in arrays])


def ndim(a):
    """The number of axes.

    >>> xp.ndim([[1, 2]])
    2
    """
    return a.ndim if hasattr(a, "ndim") else np.ndim(a)


def shape(a):
    """The extent of each axis, a tuple.

    >>> xp.shape([[1, 2]])
    (1, 2)
    """
    return a.shape if hasattr(a, "shape") else np.shape(a)


def size(a, axis=None):
    """The number of elements, or the extent of one axis (several: their product).

    >>> xp.size([[1, 2]])
    2
    """
    return np.size(np.broadcast_to(0, shape(a)), axis)
