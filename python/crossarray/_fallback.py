"""NumPy's own functions on host views of our arrays: what is not native yet.

Arguments: every `xp.ndarray`, also inside lists, tuples and dicts, is passed as the NumPy array that shares its memory,
so functions that write to an argument (`out=`, `xp.put`, `xp.fill_diagonal`, a generator's `shuffle`) write to ours.
Results: NumPy arrays and scalars of the fifteen dtypes come back as `xp.ndarray`, anything else as it is; a result that
shares memory with an argument stays a view of it.
What is pinned to a device is passed as a copy (views of the same memory: as views of one copy), is written to if the copy
was, and pins the results.
"""

import functools

import numpy as np

from crossarray import _core
from crossarray._arguments import ForeignDtypeError
from crossarray._config import config

ndarray = _core.ndarray


def native_dtype(dtype):
    """True if `dtype` is one of the fifteen that Crossarray stores."""
    return dtype in _NUMPYS or dtype.name == "bfloat16"


_NUMPYS = frozenset(np.dtype(code) for code in "?bBhHiIlLqQefdFD")  # in this machine's byte order
_PLAIN = frozenset([type(None), bool, int, float, complex, str])  # what NumPy is passed as it is, most arguments


class Hosts:
    """Converts the arguments of one call, and remembers them to convert its result."""

    __slots__ = ("away", "function", "pairs", "pin")

    def __init__(self, function):
        self.pairs = []
        self.away = []  # pairs of arrays pinned to devices
        self.pin = None
        self.function = function

    def to_host(self, value):
        """`value` with NumPy arrays (scalars for scalars) in place of ours."""
        kind = type(value)
        if kind in _PLAIN:
            return value
        if kind is ndarray:
            host = self._lent(value)
            return host[()] if _core.is_scalar(value) else host
        if kind is list or kind is tuple:
            return kind([self.to_host(item) for item in value]) if _core.holds_ours(value) else value
        if kind is dict:
            return {key: self.to_host(item) for key, item in value.items()}
        return value

    def _lent(self, value):
        pin = _core.pin(value)
        if pin and self.pin and pin != self.pin:
            name = getattr(self.function, "__name__", "call")
            raise ValueError(
                f"{name}: one operand is pinned to {self.pin}, another to {pin}: move one with x.to_device(...) first"
            )
        self.pin = self.pin or pin
        here = pin is None or pin == "cpu"
        host = value.__array__() if here else self._copy(value)
        (self.pairs if here else self.away).append((host, value))
        return host

    def _copy(self, value):
        """A host copy; of views of the same memory, views of one copy."""
        for host, original in self.away:
            if (view := _core.host_view(value, original, host)) is not None:
                return view
        return _core.host_copy(value)

    def put_back(self):
        """Writes to devices what the function wrote to host copies."""
        for host, original in self.away:
            _core.put_back(original, host)

    def to_ours(self, value):
        """`value` with our arrays in place of NumPy's."""
        kind = type(value)
        if kind is np.ndarray:
            return self._array_to_ours(value)
        if isinstance(value, np.generic):
            if not native_dtype(value.dtype):
                return value
            ours = _core.asarray(value)[()]
            return self._pinned(ours) if self.pin else ours
        if kind is list or kind is tuple:
            return kind([self.to_ours(item) for item in value])
        if isinstance(value, tuple) and hasattr(value, "_make"):
            return value._make(self.to_ours(item) for item in value)
        if kind is dict:
            return {key: self.to_ours(item) for key, item in value.items()}
        return value

    def _array_to_ours(self, array):
        if not native_dtype(array.dtype):
            return array
        owner, shared = array.base is None, False  # what owns its memory shares it with no host but itself
        for host, original in self.pairs:
            if array is host:
                return original
            shared = shared or (not owner and np.may_share_memory(array, host))
        for host, original in self.away:
            if array is host:
                return original
            if np.may_share_memory(array, host):
                return _core.view_like(original, host, array)
        ours = _core.asarray(array, copy=False) if shared else _core.asarray(array)
        return self._pinned(ours) if self.pin else ours

    def _pinned(self, array):
        return array if _core.pin(array) else _core.to_device(array, self.pin)


def run(function, args, kwargs):
    """`function` of NumPy on host views, with a result of ours."""
    hosts = Hosts(function)
    # Without dispatch: an array that is hidden in an object must not lead back here for ever.
    function = getattr(function, "_implementation", function)
    args = [item if type(item) in _PLAIN else hosts.to_host(item) for item in args]
    options = kwargs and {key: hosts.to_host(item) for key, item in kwargs.items()}
    try:
        result = function(*args, **options)
    finally:
        if hosts.away:
            hosts.put_back()
    if kwargs and isinstance(result, np.ndarray) and result is kwargs.get("out"):
        return result  # the caller's own NumPy array
    return hosts.to_ours(result)


def call(function, name, args, kwargs):
    """`run`, or NotImplementedError under config.fallback = "raise"."""
    if config.fallback == "raise":
        raise NotImplementedError(
            f"{name} is not native in Crossarray: it would be NumPy's own function on host memory, and "
            "config.fallback = 'raise' forbids that. 'numpy' allows it; crossarray.coverage() lists what is native."
        )
    return run(function, args, kwargs)


def foreign(name, args, kwargs):
    """NumPy's function `name` ("add.reduce") for arguments whose dtypes only NumPy has: allowed under every setting."""
    return run(functools.reduce(getattr, name.split("."), np), args, kwargs)


def wrap(function, name):
    """A function with the name, signature and docstring of NumPy's that runs it through `call`."""

    @functools.wraps(function)
    def fallback(*args, **kwargs):
        return call(function, name, args, kwargs)

    return fallback


def composed(function, name=None):
    """`function` of ours, with NumPy's of that name ("linalg.norm") for arguments of dtypes outside the table.

    One that is NumPy's own function for part of its arguments (provided_as) sees to those dtypes itself.
    """
    name = name or function.__name__
    if hasattr(function, "provided_as"):
        return function

    @functools.wraps(function)
    def composition(*args, **kwargs):
        try:
            return function(*args, **kwargs)
        except ForeignDtypeError:
            return foreign(name, args, kwargs)

    return composition


def method(name):
    """A method of `xp.ndarray` that runs NumPy's own method of that name on the host view."""

    def by_name(host, *args, **kwargs):  # not through the class: the host of a scalar is a NumPy scalar
        return getattr(host, name)(*args, **kwargs)

    return wrap(functools.update_wrapper(by_name, getattr(np.ndarray, name)), "ndarray." + name)


def attribute(name):
    """An attribute of `xp.ndarray` that is NumPy's own attribute of the host view."""

    def read(self):
        return call(lambda host: getattr(host, name), "ndarray." + name, (self,), {})

    def write(self, value):
        call(lambda host, item: setattr(host, name, item), "ndarray." + name, (self, value), {})

    return property(read, write, doc=getattr(np.ndarray, name).__doc__)
