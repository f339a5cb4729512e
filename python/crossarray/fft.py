"""Fourier transforms: every name of numpy.fft. See `crossarray.coverage()` for what is native."""

import numpy as _np

from crossarray import _namespace


def __getattr__(name):
    value = _namespace.resolve(_np.fft, name, __name__)
    globals()[name] = value
    return value


def __dir__():
    return _namespace.public_names(_np.fft)
