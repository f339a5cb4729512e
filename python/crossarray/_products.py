"""Products of arrays and of vectors, put together from matrix products and elementwise ones."""

import math
import operator
import warnings

import numpy as np

import crossarray as xp
from crossarray import _core
from crossarray._arguments import as_array, axis_index

__all__ = ["cross", "kron", "tensordot", "trace"]


def tensordot(a, b, axes=2):
    """Sums products over pairs of axes: the last `axes` of a with the first of b, or axes=(of a, of b).

    >>> xp.tensordot(xp.ones((2, 3, 4)), xp.ones((3, 4, 5))).shape
    (2, 5)
    """
    a, b = as_array(a), as_array(b)
    axes_a, axes_b = _paired_axes(axes)
    if len(axes_a) != len(axes_b) or any(
        not -a.ndim <= i < a.ndim or not -b.ndim <= j < b.ndim or a.shape[i] != b.shape[j]
        for i, j in zip(axes_a, axes_b, strict=False)
    ):
        raise ValueError("shape-mismatch for sum")
    axes_a, axes_b = [i % a.ndim for i in axes_a], [j % b.ndim for j in axes_b]
    if len(set(axes_a)) != len(axes_a) or len(set(axes_b)) != len(axes_b):
        raise ValueError("tensordot: an axis is summed over twice")
    rest_a = [i for i in range(a.ndim) if i not in axes_a]
    rest_b = [j for j in range(b.ndim) if j not in axes_b]
    summed = math.prod(a.shape[i] for i in axes_a)
    shape_a, shape_b = [a.shape[i] for i in rest_a], [b.shape[j] for j in rest_b]
    left = a.transpose(rest_a + axes_a).reshape((math.prod(shape_a), summed))
    right = b.transpose(axes_b + rest_b).reshape((summed, math.prod(shape_b)))
    return xp.dot(left, right).reshape(tuple(shape_a + shape_b))


def _paired_axes(axes):
    if not hasattr(axes, "__iter__"):
        count = operator.index(axes)
        return list(range(-count, 0)), list(range(count))
    first, second = axes
    return [list(one) if hasattr(one, "__iter__") else [operator.index(one)] for one in (first, second)]


def kron(a, b):
    """The Kronecker product: every element of `a` times all of `b`, laid out as blocks.

    >>> xp.kron([1, 10], [1, 2])
    array([ 1,  2, 10, 20])
    """
    a, b = as_array(a), as_array(b)
    rank = max(a.ndim, b.ndim)
    if a.ndim == 0 or b.ndim == 0:
        return xp.multiply(a, b)
    shape_a, shape_b = (1,) * (rank - a.ndim) + a.shape, (1,) * (rank - b.ndim) + b.shape
    wide_a = a.reshape([extent for n in shape_a for extent in (n, 1)])
    wide_b = b.reshape([extent for n in shape_b for extent in (1, n)])
    return xp.multiply(wide_a, wide_b).reshape([m * n for m, n in zip(shape_a, shape_b, strict=True)])


def cross(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    """The cross product of vectors of 3 components along an axis (2 are taken as having a third one of 0).

    Two 2-vectors give the third component alone, without an axis for it.
    >>> xp.cross([1, 0, 0], [0, 1, 0])
    array([0, 0, 1])
    """
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = as_array(a), as_array(b)
    if a.ndim < 1 or b.ndim < 1:
        raise ValueError("At least one array has zero dimension")
    a = xp.moveaxis(a, axis_index(axisa, a.ndim), -1)
    b = xp.moveaxis(b, axis_index(axisb, b.ndim), -1)
    if a.shape[-1] not in (2, 3) or b.shape[-1] not in (2, 3):
        raise ValueError("incompatible dimensions for cross product\n(dimension must be 2 or 3)")
    if 2 in (a.shape[-1], b.shape[-1]):
        warnings.warn("Vectors of 2 components are deprecated in cross; give them a third one.", DeprecationWarning, 2)
    a, b = _components(a), _components(b)
    if a[2] is None and b[2] is None:
        return (a[0] * b[1] - a[1] * b[0])[...]  # an array also without axes
    shape = np.broadcast_shapes(a[0].shape, b[0].shape)
    pinned = a[0] if _core.pin(a[0]) else b[0]
    result = xp.empty_like(pinned, np.promote_types(a[0].dtype, b[0].dtype), order="C", shape=(*shape, 3))
    axisc = axis_index(axisc, result.ndim)
    for i, (j, k) in enumerate(((1, 2), (2, 0), (0, 1))):
        result[..., i] = _minor(a[j], b[k], a[k], b[j])
    return xp.moveaxis(result, -1, axisc)


def _components(a):
    """The three components, None for a missing third one."""
    return a[..., 0], a[..., 1], a[..., 2] if a.shape[-1] == 3 else None


def _minor(a, b, c, d):
    """a * b - c * d, where None is 0."""
    if a is None or b is None:
        return -(c * d)
    return a * b if c is None or d is None else a * b - c * d


def trace(a, offset=0, axis1=0, axis2=1, dtype=None, out=None):
    """The sum along a diagonal of the plane of two axes.

    >>> xp.trace(xp.arange(4).reshape(2, 2))
    xp.int64(3)
    """
    return xp.diagonal(a, offset, axis1, axis2).sum(-1, dtype=dtype, out=out)
