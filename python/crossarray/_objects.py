"""Objects of NumPy that build arrays when indexed or called: grids, r_ and c_, vectorize."""

import numpy as np

from crossarray import _fallback

__all__ = ["c_", "mgrid", "ogrid", "r_", "vectorize"]


class _Builder:
    """An object of NumPy whose items come back as our arrays."""

    def __init__(self, name):
        self._name = name
        self.__doc__ = getattr(np, name).__doc__

    def __getitem__(self, key):
        return _fallback.call(getattr(np, self._name).__getitem__, "numpy." + self._name, (key,), {})

    def __repr__(self):
        return "crossarray." + self._name


mgrid, ogrid, r_, c_ = _Builder("mgrid"), _Builder("ogrid"), _Builder("r_"), _Builder("c_")


class vectorize(np.vectorize):  # noqa: N801 - NumPy's name
    """numpy.vectorize with our arrays in and out: a loop over elements in Python, for convenience and not for speed."""

    def __call__(self, *args, **kwargs):
        return _fallback.call(super().__call__, "numpy.vectorize", args, kwargs)
