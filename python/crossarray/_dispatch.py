"""NumPy functions called on our arrays: np.sin(x), np_array + x, np.concatenate([x, y]) run our function of that name.

What has no such function (another library's ufunc, dtypes outside the table) runs in NumPy on host views.
"""

from functools import cache

import numpy as np

import crossarray as xp
from crossarray import _core, _fallback

_ndarray = _core.ndarray


def array_ufunc(self, ufunc, method, *inputs, out=None, **kwargs):
    """`ndarray.__array_ufunc__`: our ufunc of the same name, unless an output or an operand has to stay NumPy's."""
    function = _ours(ufunc, method)
    for item in inputs:
        kind = type(item)
        if kind is _ndarray or kind is float or kind is int:
            continue
        if _is_stranger(item):  # our ufunc gives it its turn, and a second one with NumPy's arrays
            return function(*inputs, **kwargs) if function and out is None else NotImplemented
        if isinstance(item, (np.ndarray, np.generic)) and not _fallback.native_dtype(item.dtype):
            function = None
    if out is None:
        return function(*inputs, **kwargs) if function else _run_in_numpy(ufunc, method, inputs, out, kwargs)
    if any(_is_stranger(item) for item in out if item is not None):
        return NotImplemented
    if function is None or not all(item is None or isinstance(item, _ndarray) for item in out):
        return _run_in_numpy(ufunc, method, inputs, out, kwargs)
    return function(*inputs, out=out[0] if len(out) == 1 else out, **kwargs)


def _ours(ufunc, method):
    """Our ufunc of that name, or its method; None for a ufunc that only NumPy or another library has."""
    name = ufunc.__name__
    return _named(name, method) if getattr(np, name, None) is ufunc else None


@cache
def _named(name, method):  # by name: a cache of ufuncs would keep those of np.frompyfunc alive
    ours = getattr(_core, name, None)
    return ours if method == "__call__" else getattr(ours, method, None)


def _is_stranger(item):
    """True if `item` overrides ufuncs itself and should have its turn."""
    override = getattr(type(item), "__array_ufunc__", None)
    return override is not None and not isinstance(item, (_ndarray, np.ndarray, np.generic))


def _run_in_numpy(ufunc, method, inputs, out, kwargs):
    if not out:
        return _fallback.call(getattr(ufunc, method), f"numpy.{ufunc.__name__}", inputs, kwargs)
    results = _fallback.call(getattr(ufunc, method), f"numpy.{ufunc.__name__}", inputs, {**kwargs, "out": out})
    results = results if len(out) > 1 else (results,)
    chosen = tuple(result if given is None else given for result, given in zip(results, out, strict=True))
    return chosen if len(out) > 1 else chosen[0]


def array_function(self, function, types, args, kwargs):
    """`ndarray.__array_function__`: the function of the same name here, else NumPy's on host views."""
    if not all(issubclass(kind, (_ndarray, np.ndarray)) for kind in types):
        return NotImplemented
    ours = counterpart(function)
    if ours is None:
        return _fallback.call(function, f"{function.__module__}.{function.__name__}", args, kwargs)
    return ours(*args, **kwargs)


def counterpart(function):
    """Our function for a function of NumPy's main, linalg, fft or random namespace; None for others."""
    name = function.__name__
    for theirs, ours in ((np, xp), (np.linalg, xp.linalg), (np.fft, xp.fft)):
        if getattr(theirs, name, None) is function:
            return getattr(ours, name)
    return None
