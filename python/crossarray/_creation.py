"""Arrays from rules: grids, triangles, diagonals, functions of the indices."""

import operator

import numpy as np

import crossarray as xp
from crossarray import _core, _device
from crossarray._arguments import as_array, axis_index, in_order

__all__ = [
    "asanyarray",
    "copy",
    "ascontiguousarray",
    "asfortranarray",
    "astype",
    "diag",
    "diagflat",
    "diagonal",
    "fromfunction",
    "indices",
    "logspace",
    "meshgrid",
    "tri",
    "tril",
    "triu",
]


def asanyarray(a, dtype=None, order=None, *, device=None, copy=None, like=None):
    """The same as `asarray`, but that NumPy's masked arrays and other subclasses are passed on as they are.

    >>> xp.asanyarray([1, 2])
    array([1, 2])
    """
    if isinstance(a, np.ndarray) and type(a) not in (np.ndarray, np.memmap):
        return np.asanyarray(a, dtype=dtype, order=order, copy=copy)
    return xp.asarray(a, dtype=dtype, order=order, device=device, copy=copy)


def copy(a, order="K", subok=False):
    """A new array with the same elements. The bytes are copied when one of the two is written.

    >>> xp.copy([1, 2])
    array([1, 2])
    """
    return xp.array(a, order=order, copy=True)


def ascontiguousarray(a, dtype=None, *, like=None):
    """`a` itself when it is in C order with at least one axis, else a C-ordered copy.

    >>> xp.ascontiguousarray(xp.ones((2, 3)).T).flags.c_contiguous
    True
    """
    return in_order(xp.atleast_1d(as_array(a if dtype is None else xp.asarray(a, dtype=dtype))))


def asfortranarray(a, dtype=None, *, like=None):
    """`a` itself when it is in Fortran order, else a Fortran-ordered copy.

    >>> xp.asfortranarray(xp.ones((2, 3))).flags.f_contiguous
    True
    """
    a = as_array(a if dtype is None else xp.asarray(a, dtype=dtype))
    return a if a.flags.f_contiguous else a.copy("F")


def astype(x, dtype, /, *, copy=True, device=None):
    """`x` with elements of `dtype`; copy=False gives `x` itself when that is its dtype.

    >>> xp.astype(xp.array([1.5, 2.5]), int)
    array([1, 2])
    """
    if not isinstance(x, (xp.ndarray, np.ndarray, np.generic)):
        raise TypeError(f"Input should be a NumPy array. It is a {type(x)} instead.")
    _device.check(device, "astype")
    return as_array(x).astype(dtype, copy=copy)


def tri(N, M=None, k=0, dtype=float, *, like=None):
    """An N x M array with ones at and below the k-th diagonal, zeros above.

    >>> xp.tri(2, 3, dtype=int)
    array([[1, 0, 0],
           [1, 1, 0]])
    """
    M = N if M is None else M
    return (xp.arange(N)[:, None] >= xp.arange(-k, M - k)).astype(dtype, copy=False)


def tril(m, k=0):
    """The lower triangle of the last two axes: elements above the k-th diagonal become 0.

    >>> xp.tril(xp.ones((2, 3), dtype=int))
    array([[1, 0, 0],
           [1, 1, 0]])
    """
    m = as_array(m)
    rows = m.shape[-2:] if m.ndim > 1 else m.shape * 2
    return xp.where(tri(*rows, k=k, dtype=np.bool), m, xp.zeros(1, m.dtype))


def triu(m, k=0):
    """The upper triangle of the last two axes: elements below the k-th diagonal become 0.

    >>> xp.triu(xp.ones((2, 3), dtype=int))
    array([[1, 1, 1],
           [0, 1, 1]])
    """
    m = as_array(m)
    rows = m.shape[-2:] if m.ndim > 1 else m.shape * 2
    return xp.where(tri(*rows, k=k - 1, dtype=np.bool), xp.zeros(1, m.dtype), m)


def diagonal(a, offset=0, axis1=0, axis2=1):
    """The diagonal of the plane of two axes, `offset` above the main one, as the last axis of a read-only view.

    >>> xp.diagonal(xp.arange(9).reshape(3, 3), 1)
    array([1, 5])
    """
    a = as_array(a)
    if a.ndim < 2:
        raise ValueError("diag requires an array of at least two dimensions")
    axis1, axis2, offset = axis_index(axis1, a.ndim), axis_index(axis2, a.ndim), operator.index(offset)
    if axis1 == axis2:
        raise ValueError("axis1 and axis2 cannot be the same")
    skipped = axis2 if offset >= 0 else axis1
    a = a[(slice(None),) * skipped + (slice(abs(offset), None),)]
    rest = [i for i in range(a.ndim) if i not in (axis1, axis2)]
    shape = [a.shape[i] for i in rest] + [min(a.shape[axis1], a.shape[axis2])]
    strides = [a.strides[i] for i in rest] + [a.strides[axis1] + a.strides[axis2]]
    return xp.broadcast_to(_core.as_strided(a, shape, strides), shape)


def diag(v, k=0):
    """The k-th diagonal of a matrix (a read-only view), or the matrix that has the vector `v` as its k-th diagonal.

    >>> xp.diag([1, 2])
    array([[1, 0],
           [0, 2]])
    """
    v = as_array(v)
    if v.ndim == 2:
        return diagonal(v, k)
    if v.ndim != 1:
        raise ValueError("Input must be 1- or 2-d.")
    n = v.shape[0] + abs(k)
    result = xp.zeros_like(v, shape=(n, n))
    start = k if k >= 0 else -k * n
    result.reshape(-1)[start : start + v.shape[0] * (n + 1) : n + 1] = v
    return result


def diagflat(v, k=0):
    """The matrix that has the elements of `v` as its k-th diagonal.

    >>> xp.diagflat([[1], [2]])
    array([[1, 0],
           [0, 2]])
    """
    return diag(as_array(v).ravel(), k)


def indices(dimensions, dtype=int, sparse=False):
    """The index of every element along each axis: one array, or with `sparse` a tuple of arrays that broadcast.

    >>> xp.indices((2, 2))[1]
    array([[0, 1],
           [0, 1]])
    """
    dimensions = tuple(dimensions)
    rank = len(dimensions)
    ranges = tuple(
        xp.arange(n, dtype=dtype).reshape([-1 if i == axis else 1 for i in range(rank)])
        for axis, n in enumerate(dimensions)
    )
    if sparse:
        return ranges
    result = xp.empty((rank, *dimensions), dtype=dtype)
    for axis, values in enumerate(ranges):
        result[axis] = values
    return result


def fromfunction(function, shape, *, dtype=float, like=None, **kwargs):
    """function(i, j, ...) called once with arrays of all indices.

    >>> xp.fromfunction(lambda i, j: 10 * i + j, (2, 3), dtype=int)
    array([[ 0,  1,  2],
           [10, 11, 12]])
    """
    return function(*indices(shape, dtype=dtype), **kwargs)


def meshgrid(*xi, copy=True, sparse=False, indexing="xy"):
    """Coordinate arrays from coordinate vectors: a tuple of arrays, one per vector.

    indexing: "xy" swaps the first two axes, "ij" keeps the order of the vectors. sparse: arrays that broadcast instead.
    >>> xp.meshgrid([1, 2], [3, 4])[0]
    array([[1, 2],
           [1, 2]])
    """
    if indexing not in ("xy", "ij"):
        raise ValueError("Valid values for `indexing` are 'xy' and 'ij'.")
    rank = len(xi)
    position = list(range(rank))
    if indexing == "xy" and rank > 1:
        position[:2] = 1, 0
    grids = [
        as_array(x).reshape([-1 if i == position[axis] else 1 for i in range(max(rank, 1))])
        for axis, x in enumerate(xi)
    ]
    if not sparse:
        grids = xp.broadcast_arrays(*grids)
    return tuple(grid.copy() if copy else grid for grid in grids)


def logspace(start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0):
    """Numbers whose logarithms are evenly spaced, from base**start to base**stop.

    >>> xp.logspace(0, 2, 3)
    array([  1.,  10., 100.])
    """
    if np.ndim(base) > 0:
        rank = np.broadcast(np.asarray(start), np.asarray(stop), np.asarray(base)).ndim
        start, stop = (xp.array(item, ndmin=rank) for item in (start, stop))
        base = xp.expand_dims(xp.array(base, ndmin=rank), axis)
    powers = xp.power(base, xp.linspace(start, stop, num=num, endpoint=endpoint, axis=axis))
    return powers if dtype is None else powers.astype(dtype, copy=False)
