"""Linear algebra: every name of numpy.linalg. Products and norms are ours, the rest NumPy's."""

import operator as _operator

import numpy as _np
from numpy.linalg import LinAlgError

import crossarray as _xp
from crossarray import _fallback, _namespace, _norms
from crossarray._arguments import as_array as _as_array

inv = _namespace.resolve(_np.linalg, "inv", __name__)


def outer(x1, x2, /):
    """The products of all pairs of elements of two vectors; ValueError for other shapes.

    >>> xp.linalg.outer([1, 2], [3, 4])
    array([[3, 4],
           [6, 8]])
    """
    x1, x2 = _as_array(x1), _as_array(x2)
    if x1.ndim != 1 or x2.ndim != 1:
        raise ValueError(f"Input arrays must be one-dimensional, but they are {x1.ndim=} and {x2.ndim=}.")
    return _xp.outer(x1, x2)


def cross(x1, x2, /, *, axis=-1):
    """The cross product of vectors of 3 components along `axis`; ValueError for other lengths.

    >>> xp.linalg.cross([1, 0, 0], [0, 1, 0])
    array([0, 0, 1])
    """
    x1, x2 = _as_array(x1), _as_array(x2)
    if x1.shape[axis] != 3 or x2.shape[axis] != 3:
        raise ValueError(
            "Both input arrays must be (arrays of) 3-dimensional vectors, "
            f"but they are {x1.shape[axis]} and {x2.shape[axis]} dimensional instead."
        )
    return _xp.cross(x1, x2, axis=axis)


def matmul(x1, x2, /):
    """The matrix product.

    >>> xp.linalg.matmul(xp.eye(2), xp.ones(2))
    array([1., 1.])
    """
    return _xp.matmul(x1, x2)


def vecdot(x1, x2, /, *, axis=-1):
    """The dot product of vectors along `axis`, the first conjugated.

    >>> xp.linalg.vecdot([1, 2], [3, 4])
    xp.int64(11)
    """
    return _xp.vecdot(x1, x2, axis=axis)


def tensordot(x1, x2, /, *, axes=2):
    """Sums products over pairs of axes.

    >>> xp.linalg.tensordot(xp.eye(2), xp.ones((2, 2)))
    array(2.)
    """
    return _xp.tensordot(x1, x2, axes=axes)


def matrix_transpose(x, /):
    """Swaps the last two axes; a view.

    >>> xp.linalg.matrix_transpose(xp.ones((4, 2, 3))).shape
    (4, 3, 2)
    """
    return _xp.matrix_transpose(x)


def diagonal(x, /, *, offset=0):
    """The diagonal of the last two axes; a read-only view.

    >>> xp.linalg.diagonal(xp.eye(2))
    array([1., 1.])
    """
    return _xp.diagonal(x, offset, axis1=-2, axis2=-1)


def trace(x, /, *, offset=0, dtype=None):
    """The sum along the diagonal of the last two axes.

    >>> xp.linalg.trace(xp.eye(3))
    xp.float64(3.0)
    """
    return _xp.trace(x, offset, axis1=-2, axis2=-1, dtype=dtype)


def matrix_power(a, n):
    """The n-th power of square matrices by repeated squaring; of their inverse for negative n.

    >>> xp.linalg.matrix_power(xp.array([[1, 1], [0, 1]]), 3)
    array([[1, 3],
           [0, 1]])
    """
    a, n = _as_array(a), _operator.index(n)
    if a.ndim < 2:
        raise LinAlgError(f"{a.ndim}-dimensional array given. Array must be at least two-dimensional")
    if a.shape[-1] != a.shape[-2]:
        raise LinAlgError("Last 2 dimensions of the array must be square")
    if n < 0:
        a, n = inv(a), -n
    result = None
    while n:
        n, bit = divmod(n, 2)
        if bit:
            result = a if result is None else _xp.matmul(result, a)
        a = _xp.matmul(a, a) if n else a
    if result is None:
        result = _xp.empty_like(a)
        result[...] = _xp.eye(a.shape[-1], dtype=a.dtype)
    return result.copy() if result is a else result


for _function in (outer, cross, matrix_transpose, diagonal, trace, matrix_power, _norms.norm, _norms.vector_norm,
                  _norms.matrix_norm):  # fmt: skip
    globals()[_function.__name__] = _fallback.composed(_function, "linalg." + _function.__name__)


def __getattr__(name):
    value = _namespace.resolve(_np.linalg, name, __name__)
    globals()[name] = value
    return value


def __dir__():
    return _namespace.public_names(_np.linalg)
