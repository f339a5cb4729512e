"""Floating-point error settings. No warnings are given (a declared difference), so only quiet settings are accepted.

NumPy's own functions on host views (`config.fallback`) follow NumPy's settings, which these functions change.
"""

import numpy as np

__all__ = ["errstate", "seterr"]


def _check(settings):
    for name, value in settings.items():
        if value in ("raise", "call"):
            raise NotImplementedError(
                f"errstate: {name}={value!r} is not available: results may be computed later than the line that "
                "asks for them. Test them with isfinite or isnan; 'ignore', 'warn', 'print' and 'log' are accepted."
            )


class errstate(np.errstate):  # noqa: N801 - NumPy's name
    """Context manager for floating-point error handling. "raise" and "call" raise NotImplementedError.

    >>> with xp.errstate(divide="ignore"):
    ...     float(xp.array(1.) / 0.)
    inf
    """

    def __init__(self, **kwargs):
        _check({name: value for name, value in kwargs.items() if name != "call"})
        super().__init__(**kwargs)


def seterr(all=None, divide=None, over=None, under=None, invalid=None):
    """Sets how floating-point errors are handled, returns the old settings. "raise" and "call": NotImplementedError."""
    _check(dict(all=all, divide=divide, over=over, under=under, invalid=invalid))
    return np.seterr(all=all, divide=divide, over=over, under=under, invalid=invalid)
