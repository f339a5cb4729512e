"""What NumPy's scalars have and its arrays have not: `x[0].is_integer()`, `x[0].hex()`."""

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


def install(kind):
    """Adds the attributes to the ndarray type."""
    for name in NAMES:
        setattr(kind, name, ScalarAttribute(name))
