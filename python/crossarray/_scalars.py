"""What NumPy's scalars have and its arrays have not: `x[0].is_integer()`, `x[0].hex()`."""

import math

import numpy as np

from crossarray import _core

NAMES = ("as_integer_ratio", "bit_count", "denominator", "hex", "is_integer", "numerator")


class ScalarAttribute:
    """An attribute that is there for scalars whose NumPy counterpart has it, and for nothing else."""

    def __init__(self, name):
        self._name = name

    def __get__(self, array, owner):
        if array is None or not _core.is_scalar(array) or not hasattr(np.asarray(array)[()], self._name):
            raise AttributeError(f"'crossarray.ndarray' object has no attribute '{self._name}'")
        value = getattr(np.asarray(array)[()], self._name)
        return _core.asarray(value)[()] if isinstance(value, np.generic) else value


def trunc(self):
    """math.trunc() of a scalar. Arrays have no __trunc__ in NumPy."""
    if not _core.is_scalar(self):
        raise TypeError("type crossarray.ndarray doesn't define __trunc__ method")
    return math.trunc(self.item())


def install(kind):
    """Adds the attributes to the ndarray type."""
    kind.__trunc__ = trunc
    for name in NAMES:
        setattr(kind, name, ScalarAttribute(name))
