"""Taking and putting elements, all through integer and boolean indexing of the array type."""

import numpy as np

import crossarray as xp
from crossarray import _core
from crossarray._arguments import as_array, axis_index, in_order

__all__ = [
    "argwhere",
    "compress",
    "copyto",
    "extract",
    "fill_diagonal",
    "flatnonzero",
    "put_along_axis",
    "take",
    "take_along_axis",
]


def take(a, indices, axis=None, out=None, mode="raise"):
    """Elements at `indices` along `axis` (of the flattened array without one).

    mode: "raise" gives IndexError outside the array, "wrap" counts around, "clip" stays at the ends.
    >>> xp.take(xp.array([4, 3, 5]), [0, 2])
    array([4, 5])
    """
    a = as_array(a)
    if a.ndim == 1 and out is None and axis in (None, 0) and mode == "raise" and _is_position_array(indices):
        return a[indices] if indices.ndim == 1 else in_order(a[indices])
    if axis is None:
        a, axis = a.ravel(), 0
    axis = axis_index(axis, a.ndim)
    if out is None and mode == "raise" and _is_position_array(indices):
        return _core.take_along(a, indices, axis)
    indices = _positions(indices, a.shape[axis], mode)
    result = a[(slice(None),) * axis + (indices,)]
    if isinstance(indices, int):
        result = result.copy() if result.ndim else result  # a copy where an index would give a view
    else:
        result = in_order(result)
    if out is None:
        return result
    if out.shape != result.shape:
        raise ValueError(
            f"output array does not match result of ndarray.take: shape {out.shape} against {result.shape}"
        )
    out[...] = result
    return out


def _is_position_array(indices):
    return isinstance(indices, xp.ndarray) and indices.ndim > 0 and indices.dtype.kind in "iu"


def _positions(indices, extent, mode):
    if isinstance(indices, int) and mode == "raise":
        return indices
    indices = as_array(indices) if hasattr(indices, "dtype") else xp.asarray(indices, dtype=np.int64)
    if indices.dtype.kind not in "biu":
        raise TypeError(f"Cannot cast array data from {indices.dtype!r} to dtype('int64') according to the rule 'safe'")
    if indices.dtype.kind == "b":
        indices = indices.astype(np.int64)
    if mode == "raise":
        return indices
    if mode not in ("wrap", "clip"):
        raise ValueError(f"clipmode must be one of 'clip', 'raise', or 'wrap' (got {mode!r})")
    if extent == 0 and indices.size:
        raise IndexError("cannot do a non-empty take from an empty axes.")
    return xp.remainder(indices, extent) if mode == "wrap" else xp.clip(indices, 0, extent - 1)


def take_along_axis(arr, indices, axis=-1):
    """Elements of `arr` at `indices`, matched position by position along the other axes (as argsort gives them).

    >>> xp.take_along_axis(xp.array([[5, 6], [7, 8]]), xp.array([[1], [0]]), axis=1)
    array([[6],
           [7]])
    """
    arr, indices = as_array(arr), as_array(indices)
    if axis is None:
        if indices.ndim != 1:
            raise ValueError("when axis=None, `indices` must have a single dimension.")
        arr, axis = arr.ravel(), 0
    return arr[_along(arr, indices, axis)]


def put_along_axis(arr, indices, values, axis):
    """Writes `values` at `indices` of `arr`, matched position by position along the other axes.

    >>> a = xp.zeros((2, 2))
    >>> xp.put_along_axis(a, xp.array([[1], [0]]), 5, axis=1)
    >>> a
    array([[0., 5.],
           [5., 0.]])
    """
    indices = as_array(indices)
    if axis is None:
        if indices.ndim != 1:
            raise ValueError("when axis=None, `indices` must have a single dimension.")
        arr, axis = arr.reshape(-1), 0
    arr[_along(arr, indices, axis)] = values


def _along(arr, indices, axis):
    if indices.dtype.kind not in "iu":
        raise IndexError("`indices` must be an integer array")
    if arr.ndim != indices.ndim:
        raise ValueError("`indices` and `arr` must have the same number of dimensions")
    axis = axis_index(axis, arr.ndim)
    return tuple(
        indices if i == axis else xp.arange(n).reshape([-1 if j == i else 1 for j in range(arr.ndim)])
        for i, n in enumerate(arr.shape)
    )


def compress(condition, a, axis=None, out=None):
    """The slices along `axis` (elements of the flattened array) where the 1-d `condition` is true.

    >>> xp.compress([True, False, True], [5, 6, 7])
    array([5, 7])
    """
    condition = as_array(condition)
    if condition.ndim != 1:
        raise ValueError("condition must be a 1-d array")
    return take(a, flatnonzero(condition), axis=axis, out=out)


def extract(condition, arr):
    """The elements of the flattened array where the flattened `condition` is true.

    >>> xp.extract(xp.array([True, False, True]), xp.array([5, 6, 7]))
    array([5, 7])
    """
    return take(as_array(arr).ravel(), flatnonzero(condition))


def flatnonzero(a):
    """Positions of the nonzero elements of the flattened array. Looks at the values.

    >>> xp.flatnonzero(xp.array([0, 3, 0, 5]))
    array([1, 3])
    """
    return as_array(a).ravel().nonzero()[0]


def argwhere(a):
    """Indices of the nonzero elements, one row each. Looks at the values.

    >>> xp.argwhere(xp.array([[0, 7], [8, 0]]))
    array([[0, 1],
           [1, 0]])
    """
    a = as_array(a)
    if a.ndim == 0:
        return argwhere(xp.atleast_1d(a))[:, :0]
    return xp.stack(a.nonzero(), 0).T


def copyto(dst, src, casting="same_kind", where=True):
    """Copies `src` into `dst`, where `where` is true; TypeError when the cast is not allowed by `casting`.

    >>> a = xp.zeros(3)
    >>> xp.copyto(a, 7, where=[True, False, True])
    >>> a
    array([7., 0., 7.])
    """
    if isinstance(dst, np.ndarray):
        return np.copyto(dst, _for_numpy(src), casting, _for_numpy(where))
    if not isinstance(dst, xp.ndarray):
        raise TypeError(f"copyto() argument 1 must be an array, not {type(dst).__name__}")
    if isinstance(src, (int, float, complex)) and not isinstance(src, np.generic):
        src = xp.full((), src, dtype=np.result_type(dst.dtype, src))
    src = as_array(src)
    if not np.can_cast(src.dtype, dst.dtype, casting):
        raise TypeError(f"Cannot cast array data from {src.dtype!r} to {dst.dtype!r} according to the rule '{casting}'")
    if where is True:
        dst[...] = src
    else:
        xp.broadcast_to(where, dst.shape)
        dst[...] = xp.where(where, src.astype(dst.dtype, copy=False), dst)


def _for_numpy(a):
    return np.asarray(a) if isinstance(a, xp.ndarray) else a


def fill_diagonal(a, val, wrap=False):
    """Writes `val` on the main diagonal of `a`, in place; of a tall matrix again below each block with `wrap`.

    >>> a = xp.zeros((2, 2))
    >>> xp.fill_diagonal(a, 3)
    >>> a
    array([[3., 0.],
           [0., 3.]])
    """
    if a.ndim < 2:
        raise ValueError("array must be at least 2-d")
    if a.ndim > 2 and len(set(a.shape)) != 1:
        raise ValueError("All dimensions of input must be of equal length")
    count = min(a.shape)
    if a.ndim == 2 and wrap and a.shape[0] > a.shape[1]:
        positions = np.arange(0, a.size, a.shape[1] + 1)
        index = tuple(xp.asarray(item) for item in np.unravel_index(positions, a.shape))
    else:
        index = (xp.arange(count),) * a.ndim
    values = xp.asarray(val).ravel()
    if values.size != 1 and values.size != index[0].size:
        values = xp.take(values, xp.arange(index[0].size), mode="wrap")
    a[index] = values
