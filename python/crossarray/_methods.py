"""What the extension's ndarray type gets from Python: printing, protocols, and NumPy's remaining methods."""

import numpy as np

import crossarray as xp
from crossarray import _core, _dispatch, _fallback, _printing

VERSIONS = ("2021.12", "2022.12", "2023.12", "2024.12", "2025.12")


def array_namespace(self, *, api_version=None):
    """The module with the array API's functions; ValueError for a version it does not have."""
    if api_version is not None and api_version not in VERSIONS:
        raise ValueError(f'"{api_version}" is not a version of the array API standard that Crossarray has: {VERSIONS}')
    return xp


def to_device(self, device, /, *, stream=None):
    """The array on `device`, pinned there; the array itself if it is already. "auto" gives a copy that may move.

    Raises DeviceError with the reason when the device is not there.
    """
    if stream is not None:
        raise ValueError("The stream argument to to_device() is not supported")
    return _core.to_device(self, device)


def compress(self, condition, axis=None, out=None):
    """The slices along `axis` (elements of the flattened array) where the 1-d `condition` is true."""
    return xp.compress(condition, self, axis=axis, out=out)


class Flat:
    """`x.flat`: the elements in C order, read and written by position (int, slice, integer or boolean array)."""

    __slots__ = ("_array",)

    def __init__(self, array):
        self._array = array

    def _index(self, key):
        """The index of the array that positions `key` mean."""
        size = self._array.size
        if type(key) is int and -size <= key < size:
            positions = key % size
        else:  # NumPy's own iterator says which positions the key means, and what is wrong with it
            host = np.asarray(key)[()] if isinstance(key, xp.ndarray) else key
            positions = np.arange(size).flat[host]
        return np.unravel_index(positions, self._array.shape)

    def __getitem__(self, key):
        return self._array[self._index(key)]

    def __setitem__(self, key, value):
        index = self._index(key)
        count = index[0].size if index else 1
        values = xp.asarray(value, dtype=self._array.dtype).ravel()
        if values.size not in (0, 1, count):  # NumPy's rule: too few values start again
            values = xp.take(values, xp.arange(count), mode="wrap")
        self._array[index] = values[0] if values.size == 1 else values

    def __iter__(self):
        return iter(self._array.ravel())

    def __len__(self):
        return self._array.size

    def __array__(self, dtype=None, copy=None):
        return np.array(np.asarray(self._array).ravel(), dtype=dtype, copy=copy)

    @property
    def base(self):
        """The array itself."""
        return self._array

    def copy(self):
        """A new array of one axis."""
        return self._array.flatten()


def _assign_flat(self, value):
    Flat(self)[:] = value


SPECIAL = {
    "__repr__": _printing.repr_of,
    "__str__": _printing.str_of,
    "__array_ufunc__": _dispatch.array_ufunc,
    "__array_function__": _dispatch.array_function,
    "__array_namespace__": array_namespace,
    "compress": compress,
    "flat": property(Flat, _assign_flat, doc="The elements in C order, by position."),
    "to_device": to_device,
}


def _refuse_subclass(cls, **keywords):
    """An operator could not know that its result should be of the subclass."""
    raise TypeError(
        f"crossarray.ndarray cannot be subclassed (class {cls.__name__}): "
        "keep an array as an attribute, or subclass numpy.ndarray"
    )


def install(kind, compositions):
    """Adds to the type what C has not defined; `compositions` are our functions by name."""
    kind.__init_subclass__ = classmethod(_refuse_subclass)
    added = {}
    for name, function in SPECIAL.items():
        if not hasattr(kind, name) or getattr(kind, name) is getattr(object, name, None):
            setattr(kind, name, function)
            added[name] = "composed"
    for name in dir(np.ndarray):
        if name.startswith("_") or hasattr(kind, name):
            continue
        if name in compositions and not hasattr(compositions[name], "provided_as"):
            setattr(kind, name, compositions[name])
            added[name] = "composed"
        else:
            callable_ = callable(getattr(np.ndarray, name))
            setattr(kind, name, _fallback.method(name) if callable_ else _fallback.attribute(name))
            added[name] = "fallback"
    kind.__kinds__ = added
