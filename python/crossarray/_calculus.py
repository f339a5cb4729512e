"""Differences, gradients, running sums and integrals as fused programs over shifted views of one buffer."""

import numpy as np

import crossarray as xp
from crossarray import _core
from crossarray._arguments import as_array, axis_index, axis_indices

__all__ = ["cumulative_prod", "cumulative_sum", "diff", "ediff1d", "gradient", "trapezoid"]

_difference = _core.difference
_NoValue, _ONCE, _LAST = np._NoValue, 1, -1  # compared by identity: 1.0 is no order, 0-d arrays are no axis


def _at(rank, axis, item):
    """The index that applies `item` to one axis."""
    index = [slice(None)] * rank
    index[axis] = item
    return tuple(index)


def diff(a, n=1, axis=-1, prepend=np._NoValue, append=np._NoValue):
    """The n-th difference a[i + 1] - a[i] along `axis`; of bools, where neighbours differ.

    prepend, append: values put before and after `a` along the axis first.
    >>> xp.diff(xp.array([1, 4, 9, 16]), n=2)
    array([2, 2])
    """
    if n is _ONCE and axis is _LAST and prepend is _NoValue and append is _NoValue:
        along_line = _difference(a)
        if along_line is not None:
            return along_line
    if n == 0:
        return a
    if n < 0:
        raise ValueError("order must be non-negative but got " + repr(n))
    a = as_array(a)
    if a.ndim == 0:
        raise ValueError("diff requires input that is at least one dimensional")
    axis = axis_index(axis, a.ndim)
    a = _with_ends(a, axis, prepend, append)
    after, before = _at(a.ndim, axis, slice(1, None)), _at(a.ndim, axis, slice(None, -1))
    subtract = xp.not_equal if a.dtype == np.bool else xp.subtract
    for _ in range(n):
        a = subtract(a[after], a[before])
    return a


def _with_ends(a, axis, prepend, append):
    if prepend is np._NoValue and append is np._NoValue:
        return a
    parts = (_end(prepend, a, axis), a, _end(append, a, axis))
    return xp.concatenate([part for part in parts if part is not None], axis)


def _end(values, a, axis):
    if values is np._NoValue:
        return None
    values = as_array(values)
    if values.ndim == 0:
        return xp.broadcast_to(values, (*a.shape[:axis], 1, *a.shape[axis + 1 :]))
    return values


def ediff1d(ary, to_end=None, to_begin=None):
    """Differences of neighbours in the flattened array, with values put before and after them.

    >>> xp.ediff1d([1, 4, 9], to_begin=0)
    array([0, 3, 5])
    """
    ary = as_array(ary).ravel()
    parts = [ary[1:] - ary[:-1]]
    for values, name in ((to_begin, "to_begin"), (to_end, "to_end")):
        if values is None:
            continue
        values = as_array(values)
        if not np.can_cast(values.dtype, ary.dtype, casting="same_kind"):
            raise TypeError(f"dtype of `{name}` must be compatible with input `ary` under the `same_kind` rule.")
        parts.insert(0 if name == "to_begin" else len(parts), values.ravel())
    return parts[0] if len(parts) == 1 else xp.concatenate(parts, dtype=ary.dtype)


def gradient(f, *varargs, axis=None, edge_order=1):
    """The derivative by central differences inside and one-sided differences of `edge_order` 1 or 2 at the ends.

    varargs: spacing of the samples: one number, one per axis, or arrays of coordinates. Returns an array, or a tuple of
    arrays when there are several axes. Raises ValueError when an axis has fewer than edge_order + 1 elements.
    >>> xp.gradient(xp.array([1., 2., 4., 7.]))
    array([1. , 1.5, 2.5, 3. ])
    """
    f = as_array(f)
    axes = tuple(range(f.ndim)) if axis is None else axis_indices(axis, f.ndim)
    spacings = _spacings(f, varargs, axes)
    if edge_order > 2:
        raise ValueError("'edge_order' greater than 2 not supported")
    if f.dtype.kind in "iu":  # unsigned differences would wrap
        f = f.astype(np.float64)
    if any(f.shape[item] < edge_order + 1 for item in axes):
        raise ValueError(
            "Shape of array too small to calculate a numerical gradient, "
            "at least (edge_order + 1) elements are required."
        )
    results = tuple(_gradient_along(f, spacing, item, edge_order) for spacing, item in zip(spacings, axes, strict=True))
    return results[0] if len(axes) == 1 else results


def _spacings(f, varargs, axes):
    """One number, or one NumPy array of unequal distances, per axis."""
    if len(varargs) == 0:
        return [1.0] * len(axes)
    if len(varargs) == 1 and _is_number(varargs[0]):
        return list(varargs) * len(axes)
    if len(varargs) != len(axes):
        raise TypeError("invalid number of arguments")
    return [_distances(given, f.shape[axis]) for given, axis in zip(varargs, axes, strict=True)]


def _is_number(spacing):
    return isinstance(spacing, (int, float)) or np.ndim(spacing) == 0


def _distances(given, extent):
    if _is_number(given):
        return given
    given = np.asarray(given)
    if given.ndim != 1:
        raise ValueError("distances must be either scalars or 1d")
    if len(given) != extent:
        raise ValueError("when 1d, distances must match the length of the corresponding dimension")
    if given.dtype.kind in "iu":
        given = given.astype(np.float64)
    steps = np.diff(given)
    return steps[0] if (steps == steps[0]).all() else steps


def _gradient_along(f, spacing, axis, edge_order):
    out = xp.empty_like(f)
    front = (slice(None),) * axis

    def part(item):
        return f[(*front, item)]

    inside = (*front, slice(1, -1))
    if _is_number(spacing):
        out[inside] = (part(slice(2, None)) - part(slice(None, -2))) / (2.0 * spacing)
    else:
        before, after = spacing[:-1], spacing[1:]
        a, b, c = (
            as_array(weights.reshape([-1 if i == axis else 1 for i in range(f.ndim)]))
            for weights in (
                -after / (before * (before + after)),
                (after - before) / (before * after),
                before / (after * (before + after)),
            )
        )
        out[inside] = a * part(slice(None, -2)) + b * part(slice(1, -1)) + c * part(slice(2, None))
    for first, step in ((0, 1), (-1, -1)):
        out[(*front, first)] = _edge(part, first, step, spacing, edge_order)
    return out


def _edge(part, first, step, spacing, edge_order):
    """The one-sided difference at index `first`, looking in direction `step`."""
    uniform = _is_number(spacing)
    near = spacing if uniform else spacing[first]
    if edge_order == 1:
        return (part(first + step) - part(first)) / near if step > 0 else (part(first) - part(first + step)) / near
    if uniform:
        a, b, c = (-1.5 / near, 2.0 / near, -0.5 / near) if step > 0 else (0.5 / near, -2.0 / near, 1.5 / near)
    else:
        a, b, c = _uneven_edge_weights(near, spacing[first + step], step)
    if step > 0:
        return a * part(0) + b * part(1) + c * part(2)
    return a * part(-3) + b * part(-2) + c * part(-1)


def _uneven_edge_weights(near, far, step):
    """Weights of three samples for the derivative at an end, from the two distances next to it (Fornberg 1988)."""
    if step > 0:
        dx1, dx2 = near, far
        return -(2.0 * dx1 + dx2) / (dx1 * (dx1 + dx2)), (dx1 + dx2) / (dx1 * dx2), -dx1 / (dx2 * (dx1 + dx2))
    dx1, dx2 = far, near
    return dx2 / (dx1 * (dx1 + dx2)), -(dx2 + dx1) / (dx1 * dx2), (2.0 * dx2 + dx1) / (dx2 * (dx1 + dx2))


def trapezoid(y, x=None, dx=1.0, axis=-1):
    """The integral along `axis` by the trapezoidal rule, over coordinates `x` or with spacing `dx`.

    >>> float(xp.trapezoid(xp.array([1., 2., 3.])))
    4.0
    """
    y = as_array(y)
    if x is None:
        d = dx
    else:
        x = as_array(x)
        d = diff(x) if x.ndim == 1 else diff(x, axis=axis)
        if x.ndim == 1:
            d = d.reshape([-1 if i == axis_index(axis, y.ndim) else 1 for i in range(y.ndim)])
    after, before = y[_at(y.ndim, axis, slice(1, None))], y[_at(y.ndim, axis, slice(None, -1))]
    return (d * (after + before) / 2.0).sum(axis)


def cumulative_sum(x, /, *, axis=None, dtype=None, out=None, include_initial=False):
    """Running sums along `axis` (needed above one axis), after a leading 0 with include_initial.

    >>> xp.cumulative_sum(xp.array([2, 3, 4]), include_initial=True)
    array([0, 2, 5, 9])
    """
    return _cumulative(xp.cumsum, xp.zeros_like, x, axis, dtype, out, include_initial)


def cumulative_prod(x, /, *, axis=None, dtype=None, out=None, include_initial=False):
    """Running products along `axis` (needed above one axis), after a leading 1 with include_initial.

    >>> xp.cumulative_prod(xp.array([2, 3, 4]))
    array([ 2,  6, 24])
    """
    return _cumulative(xp.cumprod, xp.ones_like, x, axis, dtype, out, include_initial)


def _cumulative(run, first, x, axis, dtype, out, include_initial):
    x = xp.atleast_1d(as_array(x))
    if axis is None:
        if x.ndim >= 2:
            raise ValueError("For arrays which have more than one dimension ``axis`` argument is required.")
        axis = 0
    if out is not None and include_initial:
        head, tail = _at(x.ndim, axis, slice(0, 1)), _at(x.ndim, axis, slice(1, None))
        out[tail] = run(x, axis=axis, dtype=dtype or out.dtype)
        out[head] = first(out[head])
        return out
    sums = run(x, axis=axis, dtype=dtype, out=out)
    if not include_initial:
        return sums
    shape = list(sums.shape)
    shape[axis] = 1
    return xp.concatenate([first(sums, shape=shape), sums], axis)
