"""Shapes and order of elements: views where NumPy gives views, copies where it copies."""

import operator

import numpy as np

import crossarray as xp
from crossarray import _core
from crossarray._arguments import as_array, axis_index, axis_indices, in_order

__all__ = [
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "broadcast_arrays",
    "flip",
    "fliplr",
    "flipud",
    "matrix_transpose",
    "moveaxis",
    "permute_dims",
    "ravel",
    "repeat",
    "reshape",
    "roll",
    "rollaxis",
    "rot90",
    "swapaxes",
    "tile",
    "transpose",
]


_BACKWARDS = slice(None, None, -1)

# -- one array, another shape


def reshape(a, /, shape=None, order="C", *, newshape=None, copy=None):
    """Gives `a` a new shape with the same elements: a view if strides allow it and `copy` is not True.

    shape: int or tuple, one entry may be -1. copy=False raises ValueError where a view is not possible.
    >>> xp.reshape(xp.arange(6), (2, -1))
    array([[0, 1, 2],
           [3, 4, 5]])
    """
    if shape is None and newshape is None:
        raise TypeError("reshape() missing 1 required positional argument: 'shape'")
    if shape is not None and newshape is not None:
        raise TypeError("You cannot specify 'newshape' and 'shape' arguments at the same time.")
    a = as_array(a)
    shape = newshape if shape is None else shape
    return a.reshape(shape, order=order) if copy is None else a.reshape(shape, order=order, copy=copy)


def ravel(a, order="C"):
    """Flattens `a` to one axis; a view if its elements lie in `order` already.

    >>> xp.ravel([[1, 2], [3, 4]])
    array([1, 2, 3, 4])
    """
    return as_array(a).ravel(order=order)


def transpose(a, axes=None):
    """Permutes the axes (all reversed by default); a view.

    >>> xp.transpose(xp.ones((2, 3))).shape
    (3, 2)
    """
    return as_array(a).transpose(axes)


permute_dims = transpose


def matrix_transpose(x, /):
    """Swaps the last two axes; a view. Raises ValueError below two axes.

    >>> xp.matrix_transpose(xp.ones((4, 2, 3))).shape
    (4, 3, 2)
    """
    x = as_array(x)
    if x.ndim < 2:
        raise ValueError(f"Input array must be at least 2-dimensional, but it is {x.ndim}")
    return x.swapaxes(-1, -2)


def swapaxes(a, axis1, axis2):
    """Swaps two axes; a view.

    >>> xp.swapaxes(xp.ones((2, 3)), 0, 1).shape
    (3, 2)
    """
    return as_array(a).swapaxes(axis1, axis2)


def moveaxis(a, source, destination):
    """Moves axes to new positions, the others keep their order; a view.

    >>> xp.moveaxis(xp.zeros((3, 4, 5)), 0, -1).shape
    (4, 5, 3)
    """
    a = as_array(a)
    source = axis_indices(source, a.ndim, "source")
    destination = axis_indices(destination, a.ndim, "destination")
    if len(source) != len(destination):
        raise ValueError("`source` and `destination` arguments must have the same number of elements")
    order = [axis for axis in range(a.ndim) if axis not in source]
    for to, axis in sorted(zip(destination, source, strict=True)):
        order.insert(to, axis)
    return a.transpose(order)


def rollaxis(a, axis, start=0):
    """Moves `axis` in front of `start`; a view. `moveaxis` is easier to read.

    >>> xp.rollaxis(xp.ones((2, 3, 4)), 2).shape
    (4, 2, 3)
    """
    a = as_array(a)
    axis = axis_index(axis, a.ndim)
    if not -a.ndim <= start <= a.ndim:
        raise np.exceptions.AxisError(
            f"'start' arg requires {-a.ndim} <= start < {a.ndim + 1}, but {start} was passed in"
        )
    start = start + a.ndim if start < 0 else start
    return moveaxis(a, axis, start - 1 if axis < start else start)


def broadcast_arrays(*args, subok=False):
    """Repeats every argument to their common shape; views. Returns a tuple.

    >>> xp.broadcast_arrays([1, 2], [[3], [4]])[1]
    array([[3, 3],
           [4, 4]])
    """
    arrays = [as_array(item) for item in args]
    shape = xp.broadcast_shapes(*[item.shape for item in arrays])
    return tuple(item if item.shape == shape else xp.broadcast_to(item, shape) for item in arrays)


def atleast_1d(*arys):
    """Views with at least one axis; a single argument gives an array, several a tuple.

    >>> xp.atleast_1d(3.0)
    array([3.])
    """
    return _each(arys, lambda a: a.reshape(1) if a.ndim == 0 else a)


def atleast_2d(*arys):
    """Views with at least two axes; new ones come first.

    >>> xp.atleast_2d([1, 2])
    array([[1, 2]])
    """
    return _each(arys, lambda a: a.reshape(1, 1) if a.ndim == 0 else a[None] if a.ndim == 1 else a)


def atleast_3d(*arys):
    """Views with at least three axes: (n,) becomes (1, n, 1), (m, n) becomes (m, n, 1).

    >>> xp.atleast_3d([1, 2]).shape
    (1, 2, 1)
    """

    def widen(a):
        if a.ndim == 0:
            return a.reshape(1, 1, 1)
        return a[None, :, None] if a.ndim == 1 else a[..., None] if a.ndim == 2 else a

    return _each(arys, widen)


def _each(arrays, function):
    results = tuple(function(as_array(item)) for item in arrays)
    return results[0] if len(results) == 1 else results


# -- the same shape, another order


def flip(m, axis=None):
    """Reverses the order along `axis` (all axes, one or several); a view.

    >>> xp.flip(xp.array([[1, 2], [3, 4]]), 1)
    array([[2, 1],
           [4, 3]])
    """
    m = as_array(m)
    if axis is None:
        return m[(_BACKWARDS,) * m.ndim]
    axes = axis_indices(axis, m.ndim)
    return m[tuple([_BACKWARDS if i in axes else slice(None) for i in range(m.ndim)])]


def flipud(m):
    """Reverses the first axis; a view.

    >>> xp.flipud(xp.array([[1, 2], [3, 4]]))
    array([[3, 4],
           [1, 2]])
    """
    m = as_array(m)
    if m.ndim < 1:
        raise ValueError("Input must be >= 1-d.")
    return m[::-1]


def fliplr(m):
    """Reverses the second axis; a view.

    >>> xp.fliplr(xp.array([[1, 2], [3, 4]]))
    array([[2, 1],
           [4, 3]])
    """
    m = as_array(m)
    if m.ndim < 2:
        raise ValueError("Input must be >= 2-d.")
    return m[:, ::-1]


def rot90(m, k=1, axes=(0, 1)):
    """Rotates by k quarter turns in the plane of `axes`, from the first towards the second; a view.

    >>> xp.rot90(xp.array([[1, 2], [3, 4]]))
    array([[2, 4],
           [1, 3]])
    """
    m = as_array(m)
    axes = tuple(axes)
    if len(axes) != 2:
        raise ValueError("len(axes) must be 2.")
    if axes[0] == axes[1] or abs(axes[0] - axes[1]) == m.ndim:
        raise ValueError("Axes must be different.")
    if any(not -m.ndim <= axis < m.ndim for axis in axes):
        raise ValueError(f"Axes={axes} out of range for array of ndim={m.ndim}.")
    k %= 4
    if k == 0:
        return m[:]
    if k == 2:
        return flip(m, axes)
    return flip(m, axes[1]).swapaxes(*axes) if k == 1 else flip(m.swapaxes(*axes), axes[1])


def roll(a, shift, axis=None):
    """Moves elements along `axis` by `shift`, those that leave at the end come back at the start; a copy.

    >>> xp.roll(xp.arange(5), 2)
    array([3, 4, 0, 1, 2])
    """
    a = as_array(a)
    if axis is None:
        return roll(a.ravel(), shift, 0).reshape(a.shape)
    if isinstance(shift, int) and isinstance(axis, int) and a.flags.c_contiguous:
        return _rolled(a, shift, axis_index(axis, a.ndim))
    axes = axis_indices(axis, a.ndim, allow_duplicate=True)
    shifts = np.broadcast(shift, axes)
    if shifts.ndim > 1:
        raise ValueError("'shift' and 'axis' should be scalars or 1D sequences")
    total = dict.fromkeys(axes, 0)
    for amount, item in shifts:
        total[int(item)] += operator.index(amount)
    result = xp.empty_like(a)
    _copy_rolled(result, a, total)
    return result


def _rolled(a, shift, axis):
    if a.shape[axis] == 0:
        return a.copy("K")
    cut = -shift % a.shape[axis]
    front = (slice(None),) * axis
    return xp.concatenate((a[(*front, slice(cut, None))], a[(*front, slice(None, cut))]), axis)


def _copy_rolled(result, a, total):
    """Copies the blocks that a roll by total[axis] cuts `a` into: two per rolled axis."""
    cuts = [((slice(None), slice(None)),)] * a.ndim
    for axis, amount in total.items():
        amount = amount % a.shape[axis] if a.shape[axis] else 0
        if amount:
            cuts[axis] = ((slice(None, -amount), slice(amount, None)), (slice(-amount, None), slice(None, amount)))
    for block in _product(cuts):
        result[tuple(to for _, to in block)] = a[tuple(source for source, _ in block)]


def _product(cuts):
    blocks = [()]
    for choices in cuts:
        blocks = [(*block, choice) for block in blocks for choice in choices]
    return blocks


# -- repeated


def tile(A, reps):
    """Repeats the whole array `reps` times along each axis.

    >>> xp.tile(xp.array([0, 1]), 3)
    array([0, 1, 0, 1, 0, 1])
    """
    a = as_array(A)
    reps = tuple(int(r) for r in reps) if hasattr(reps, "__iter__") else (int(reps),)
    if all(r == 1 for r in reps) and len(reps) <= a.ndim:
        return xp.array(a)
    rank = max(a.ndim, len(reps))
    shape, reps = (1,) * (rank - a.ndim) + a.shape, (1,) * (rank - len(reps)) + reps
    if any(r < 0 for r in reps):
        raise ValueError("negative dimensions are not allowed")
    wide = a.reshape([extent for n in shape for extent in (1, n)])
    blocks = xp.broadcast_to(wide, [extent for pair in zip(reps, shape, strict=True) for extent in pair])
    return xp.array(blocks, order="C").reshape([r * n for r, n in zip(reps, shape, strict=True)])


def repeat(a, repeats, axis=None):
    """Repeats each element (each slice along `axis`) `repeats` times: one count, or one per element.

    >>> xp.repeat([1, 2], 2)
    array([1, 1, 2, 2])
    """
    a = as_array(a)
    if axis is None:
        a, axis = a.ravel(), 0
    axis = axis_index(axis, a.ndim)
    if type(repeats) is int:
        count = repeats
    else:
        counts = np.asarray(repeats)
        if counts.size != 1 or counts.dtype.kind not in "iu" or counts.ndim > 1:
            return _repeat_each(a, counts, axis)
        count = int(counts.reshape(()))
    before, extent, after = a.shape[:axis], a.shape[axis], a.shape[axis + 1 :]
    if not 0 <= extent * count < 2**63:
        raise ValueError("negative dimensions are not allowed")
    if _core.pin(a) in (None, "cpu"):
        return _core.repeat_along(a, count, axis)
    repeated = xp.empty_like(a, shape=(*before, extent * count, *after), order="C")
    result = repeated.reshape(*before, extent, count, *after)
    if count <= _FEW:
        for i in range(count):  # strided writes of whole arrays beat one copy with runs of `count`
            result[(slice(None),) * (axis + 1) + (i,)] = a
    else:
        result[...] = xp.expand_dims(a, axis + 1)
    return repeated


_FEW = 8


def _repeat_each(a, counts, axis):
    index = np.repeat(np.arange(a.shape[axis]), counts)  # NumPy checks the counts, in its words
    return in_order(a[(slice(None),) * axis + (as_array(index),)])
