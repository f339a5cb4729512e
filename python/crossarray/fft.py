"""Fourier transforms: every name of numpy.fft. See `crossarray.coverage()` for what is native."""

import operator as _operator

import numpy as _np

import crossarray as _xp
from crossarray import _device, _fallback, _namespace
from crossarray._arguments import as_array as _as_array


def fftfreq(n, d=1.0, device=None, *, dtype=None):
    """The frequency of each of n outputs of fft, for samples `d` apart: 0, 1, ..., -2, -1 over n * d.

    >>> xp.fft.fftfreq(4)
    array([ 0.  ,  0.25, -0.5 , -0.25])
    """
    _device.check(device, "fftfreq")
    n = _integer(n)
    positions = _xp.concatenate([_xp.arange((n + 1) // 2), _xp.arange(-(n // 2), 0)])
    return (positions * (1.0 / (n * d))).astype(_np.float64 if dtype is None else dtype, copy=False)


def rfftfreq(n, d=1.0, device=None, *, dtype=None):
    """The frequency of each output of rfft of n samples `d` apart: 0, 1, ..., n // 2 over n * d.

    >>> xp.fft.rfftfreq(4)
    array([0.  , 0.25, 0.5 ])
    """
    _device.check(device, "rfftfreq")
    n = _integer(n)
    return (_xp.arange(n // 2 + 1) * (1.0 / (n * d))).astype(_np.float64 if dtype is None else dtype, copy=False)


def _integer(n):
    try:
        return _operator.index(n)
    except TypeError:
        raise ValueError("n should be an integer") from None


def fftshift(x, axes=None):
    """Moves frequency 0 to the middle of each of `axes` (all by default); a copy.

    >>> xp.fft.fftshift(xp.arange(4))
    array([2, 3, 0, 1])
    """
    return _shifted(x, axes, 1)


def ifftshift(x, axes=None):
    """Moves the middle of each of `axes` to the front: undoes fftshift; a copy.

    >>> xp.fft.ifftshift(xp.arange(4))
    array([2, 3, 0, 1])
    """
    return _shifted(x, axes, -1)


def _shifted(x, axes, sign):
    x = _as_array(x)
    axes = tuple(range(x.ndim)) if axes is None else (axes,) if isinstance(axes, int) else tuple(axes)
    return _xp.roll(x, [sign * (x.shape[axis] // 2) for axis in axes], axes)


for _function in (fftshift, ifftshift):
    globals()[_function.__name__] = _fallback.composed(_function, "fft." + _function.__name__)


def __getattr__(name):
    value = _namespace.resolve(_np.fft, name, __name__)
    globals()[name] = value
    return value


def __dir__():
    return _namespace.public_names(_np.fft)
