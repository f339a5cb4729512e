"""Operands in every layout: NumPy arrays that `parity.like` rebuilds in each library with the same strides."""

import numpy as np
from domains import draw

SMALL = (5, 14)  # the eager lane
LARGE = (131, 140)  # more than 16 KiB of every dtype: recorded, then fused


def _strided(array):
    wide = np.zeros([2 * extent for extent in array.shape], array.dtype)
    view = wide[(slice(None, None, 2),) * array.ndim]
    view[...] = array
    return view


def _negative(array):
    return np.ascontiguousarray(array[(slice(None, None, -1),) * array.ndim])[(slice(None, None, -1),) * array.ndim]


def _transposed(array):
    """Three axes, none of which is where C or F order has it."""
    cube = array.reshape(array.shape[0], -1, 7)
    return np.ascontiguousarray(cube.transpose(1, 2, 0)).transpose(2, 0, 1)


def _first(array, axis):
    return array.take([0], axis)


UNARY_LAYOUTS = {
    "C": lambda a: a,
    "F": np.asfortranarray,
    "strided": _strided,
    "negative": _negative,
    "mixed": lambda a: _strided(a)[:, ::-1],
    "broadcast rows": lambda a: np.broadcast_to(_first(a, 0), a.shape),
    "broadcast columns": lambda a: np.broadcast_to(_first(a, 1), a.shape),
    "transposed": _transposed,
    "flat": lambda a: a.ravel(),
    "0-d": lambda a: a[:1, :1].reshape(()),
    "empty": lambda a: a[:0],
    "empty inside": lambda a: a[:, :0],
}

BINARY_LAYOUTS = {
    "C C": (lambda a: a, lambda b: b),
    "C F": (lambda a: a, np.asfortranarray),
    "F F": (np.asfortranarray, np.asfortranarray),
    "strided C": (_strided, lambda b: b),
    "negative strided": (_negative, _strided),
    "C row": (lambda a: a, lambda b: b[:1]),
    "column C": (lambda a: a[:, :1], lambda b: b),
    "column row": (lambda a: a[:, :1], lambda b: b[0]),
    "0-d C": (lambda a: a[:1, :1].reshape(()), lambda b: b),
    "F 0-d": (np.asfortranarray, lambda b: b[:1, :1].reshape(())),
    "0-d 0-d": (lambda a: a[:1, :1].reshape(()), lambda b: b[:1, :1].reshape(())),
    "transposed transposed": (_transposed, _transposed),
    "transposed cube": (_transposed, lambda b: b.reshape(b.shape[0], -1, 7)),
    "empty row": (lambda a: a[:0], lambda b: b[:1]),
    "stride 0 C": (lambda a: np.broadcast_to(a[:1], a.shape), lambda b: b),
}


def layouts_of(row):
    return UNARY_LAYOUTS if row.arity == 1 else BINARY_LAYOUTS


def operands(row, dtype, shape, layout, seed=0):
    """The op's arguments of one dtype; ldexp's second is an int32 whatever the dtype."""
    dtypes = [dtype, np.dtype(np.int32) if row.name == "ldexp" else dtype][: row.arity]
    arrays = [draw(row.domain, each, shape, seed, position) for position, each in enumerate(dtypes)]
    change = layouts_of(row)[layout]
    return [change(arrays[0])] if row.arity == 1 else [make(array) for make, array in zip(change, arrays, strict=True)]
