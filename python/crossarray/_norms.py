"""Norms of vectors and matrices; those that need singular values are NumPy's."""

import numpy as np

import crossarray as xp
from crossarray import _fallback
from crossarray._arguments import as_array, axis_indices


def _inexact(x):
    x = as_array(x)
    return x.astype(np.float64) if x.dtype.kind in "biu" else x


def _squares(x):
    """|x|**2 without the root that abs of a complex number takes."""
    return x.real**2 + x.imag**2 if x.dtype.kind == "c" else x * x


def _norm_of_vectors(x, order, axis, keepdims):
    if order is None or order == 2:
        return xp.sqrt(_squares(x).sum(axis=axis, keepdims=keepdims))
    if isinstance(order, str):
        raise ValueError(f"Invalid norm order '{order}' for vectors")
    if order == 0:
        return (x != 0).astype(x.real.dtype).sum(axis=axis, keepdims=keepdims)
    size = xp.abs(x)
    if order in (np.inf, -np.inf):
        return (size.max if order > 0 else size.min)(axis=axis, keepdims=keepdims)
    if order == 1:
        return size.sum(axis=axis, keepdims=keepdims)
    return xp.power((size**order).sum(axis=axis, keepdims=keepdims), 1.0 / order)


def _norm_of_matrices(x, order, axes, keepdims):
    """Frobenius, 1 and infinity norms; None for those of singular values."""
    if order in (None, "fro", "f"):
        return xp.sqrt(_squares(x).sum(axis=axes, keepdims=keepdims))
    if isinstance(order, str) or order not in (1, -1, np.inf, -np.inf):
        return None
    rows, columns = axes
    summed, kept = (rows, columns) if abs(order) == 1 else (columns, rows)
    sums = xp.abs(x).sum(axis=summed, keepdims=True)
    extreme = (sums.max if order > 0 else sums.min)(axis=kept, keepdims=True)
    return extreme if keepdims else extreme.squeeze(axis=axes)[()]


def norm(x, ord=None, axis=None, keepdims=False):
    """The norm of a vector or a matrix, or of those along `axis` (int: vectors, pair: matrices).

    ord: None (2-norm or Frobenius), a number, inf, -inf, "fro", "nuc".
    >>> float(xp.linalg.norm(xp.array([3., 4.])))
    5.0
    """
    x = _inexact(x)
    if axis is None and (ord is None or (ord in ("f", "fro") and x.ndim == 2) or (ord == 2 and x.ndim == 1)):
        flat = x.ravel(order="K")
        result = xp.sqrt(_squares(flat).sum())
        return result.reshape((1,) * x.ndim) if keepdims else result
    axes = tuple(range(x.ndim)) if axis is None else axis_indices(axis, x.ndim)
    if len(axes) == 1:
        return _norm_of_vectors(x, ord, axes[0], keepdims)
    if len(axes) != 2:
        raise ValueError("Improper number of dimensions to norm.")
    result = _norm_of_matrices(x, ord, axes, keepdims)
    if result is None:
        return _fallback.call(np.linalg.norm, "numpy.linalg.norm", (x, ord, axes, keepdims), {})
    return result


def vector_norm(x, /, *, axis=None, keepdims=False, ord=2):
    """The norm of the vectors along `axis` (int, tuple, or all axes as one vector).

    >>> xp.linalg.vector_norm(xp.array([3.0, 4.0]))
    xp.float64(5.0)
    """
    x = _inexact(x)
    axes = tuple(range(x.ndim)) if axis is None else axis_indices(axis, x.ndim)
    return _norm_of_vectors(x, ord, axes, keepdims)


def matrix_norm(x, /, *, keepdims=False, ord="fro"):
    """The norm of the matrices in the last two axes.

    >>> xp.linalg.matrix_norm(xp.array([[3.0, 4.0]]))
    xp.float64(5.0)
    """
    return norm(x, ord=ord, axis=(-2, -1), keepdims=keepdims)
