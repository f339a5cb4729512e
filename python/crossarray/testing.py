"""numpy.testing for our arrays: the assert_* functions evaluate what they compare."""

import functools as _functools

import numpy as _np

from crossarray import _fallback, _namespace


def _evaluating(function):
    @_functools.wraps(function)
    def check(*args, **kwargs):
        return _fallback.run(function, args, kwargs)

    return check


def __getattr__(name):
    value = getattr(_np.testing, name)
    if not _namespace.is_numpys_own(name, value):
        value = _evaluating(value)
    globals()[name] = value
    return value


def __dir__():
    return _namespace.public_names(_np.testing)
