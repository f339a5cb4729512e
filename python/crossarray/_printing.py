"""Text of arrays: NumPy's own printer on the host view, so every print option and every digit agree.

The one difference is a scalar's repr: `xp.float64(1.5)` where NumPy writes `np.float64(1.5)`. Its str is the same.
"""

import numpy as np

from crossarray import _core

__all__ = ["array2string", "array_repr", "array_str"]


def _host(a):
    if not isinstance(a, _core.ndarray):
        return a
    host = np.asarray(a)
    return host[()] if _core.is_scalar(a) else host


def array_repr(arr, max_line_width=None, precision=None, suppress_small=None):
    """The text `array(..., dtype=...)` of an array. Looks at the values.

    >>> xp.array_repr(xp.arange(3))
    'array([0, 1, 2])'
    """
    return np.array_repr(np.asarray(arr), max_line_width, precision, suppress_small)


def array_str(a, max_line_width=None, precision=None, suppress_small=None):
    """The text of the elements of an array. Looks at the values.

    >>> xp.array_str(xp.arange(3))
    '[0 1 2]'
    """
    return np.array_str(np.asarray(a), max_line_width, precision, suppress_small)


def array2string(a, *args, **kwargs):
    """The text of the elements with the options of numpy.array2string. Looks at the values.

    >>> xp.array2string(xp.arange(3), separator=', ')
    '[0, 1, 2]'
    """
    return np.array2string(np.asarray(a), *args, **kwargs)


def scalar_repr(host):
    """The repr of a NumPy scalar, in our name: `xp.float64(1.5)`, or the bare number under legacy print options."""
    text = repr(host)
    return "xp." + text[3:] if text.startswith("np.") else text


def repr_of(self):
    """`ndarray.__repr__`."""
    host = _host(self)
    return repr(host) if isinstance(host, np.ndarray) else scalar_repr(host)


def str_of(self):
    """`ndarray.__str__`."""
    return str(_host(self))


def format_of(self, spec):
    """`ndarray.__format__`: the format of a scalar's value; of an array its str, TypeError for a format spec."""
    return format(_host(self), spec)
