"""What the extension's ndarray type gets from Python: printing, protocols, and NumPy's remaining methods."""

import numpy as np

import crossarray as xp
from crossarray import _device, _dispatch, _fallback, _printing

VERSIONS = ("2021.12", "2022.12", "2023.12", "2024.12", "2025.12")


def array_namespace(self, *, api_version=None):
    """The module with the array API's functions; ValueError for a version it does not have."""
    if api_version is not None and api_version not in VERSIONS:
        raise ValueError(f'"{api_version}" is not a version of the array API standard that Crossarray has: {VERSIONS}')
    return xp


def to_device(self, device, /, *, stream=None):
    """The array on `device`: "cpu" or "auto" give the array itself, a missing device RuntimeError with the reason."""
    _device.check(device, "to_device")
    if stream is not None:
        raise ValueError("The stream argument to to_device() is not supported")
    return self


def compress(self, condition, axis=None, out=None):
    """The slices along `axis` (elements of the flattened array) where the 1-d `condition` is true."""
    return xp.compress(condition, self, axis=axis, out=out)


SPECIAL = {
    "__repr__": _printing.repr_of,
    "__str__": _printing.str_of,
    "__format__": _printing.format_of,
    "__array_ufunc__": _dispatch.array_ufunc,
    "__array_function__": _dispatch.array_function,
    "__array_namespace__": array_namespace,
    "compress": compress,
    "to_device": to_device,
}


def install(kind, compositions):
    """Adds to the type what C has not defined; `compositions` are our functions by name."""
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
