"""Borders around arrays."""

import numpy as np

import crossarray as xp
from crossarray import _fallback
from crossarray._arguments import as_array

__all__ = ["pad"]

_BY_INDEX = ("edge", "reflect", "symmetric", "wrap")  # the border repeats elements: one gather


def pad(array, pad_width, mode="constant", **kwargs):
    """Adds a border to `array`: `pad_width` elements before and after along each axis.

    pad_width: a number, (before, after), one such pair per axis, or a dict from axis to them. mode: "constant" with
    constant_values=0, "edge", "reflect", "symmetric", "wrap"; other modes of numpy.pad are NumPy's.
    >>> xp.pad(xp.array([1, 2, 3]), 2, mode="reflect")
    array([3, 2, 1, 2, 3, 2, 1])
    """
    array = as_array(array)
    if mode == "constant" and kwargs.keys() <= {"constant_values"}:
        return _pad_with_constants(array, _pairs(pad_width, array.ndim), kwargs.get("constant_values", 0))
    if mode in _BY_INDEX and not kwargs and 0 not in array.shape:
        widths = _pairs(pad_width, array.ndim)
        positions = [np.pad(np.arange(n), width, mode=mode) for n, width in zip(array.shape, widths, strict=True)]
        if array.flags.fnc:
            return _gathered(array.T, positions[::-1]).T
        return _gathered(array, positions)
    return _fallback.call(np.pad, "numpy.pad", (array, pad_width, mode), kwargs)


def _gathered(array, positions):
    return array[tuple(as_array(item) for item in np.ix_(*positions))]


def _pairs(pad_width, rank):
    """A (before, after) pair of Python ints per axis."""
    if isinstance(pad_width, dict):
        widths = np.zeros((rank, 2), np.int64)
        for axis, width in pad_width.items():
            widths[axis] = width
    else:
        widths = np.asarray(pad_width)
    if widths.dtype.kind != "i":
        raise TypeError("`pad_width` must be of integral type.")
    if (widths < 0).any():
        raise ValueError("index can't contain negative values")
    return np.broadcast_to(widths, (rank, 2)).tolist()


def _pad_with_constants(array, widths, values):
    shape = [before + n + after for n, (before, after) in zip(array.shape, widths, strict=True)]
    order = "F" if array.flags.fnc else "C"
    inside = [slice(before, before + n) for n, (before, _) in zip(array.shape, widths, strict=True)]
    result = xp.empty_like(array, shape=shape, order=order)
    result[tuple(inside)] = array
    single = isinstance(values, (int, float, complex))
    pairs = [(values, values)] * array.ndim if single else np.broadcast_to(np.asarray(values), (array.ndim, 2))
    for axis, (pair, (before, after)) in enumerate(zip(pairs, widths, strict=True)):
        for width, side, value in (
            (before, slice(0, before), pair[0]),
            (after, slice(inside[axis].stop, None), pair[1]),
        ):
            if width:  # the last axis owns the corners
                result[(*[slice(None)] * axis, side, *inside[axis + 1 :])] = value
    return result
