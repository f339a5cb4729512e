"""The inspection part of the array API standard: `xp.__array_namespace_info__()`."""

import numpy as np

from crossarray import _device

_KINDS = {
    "bool": ("bool",),
    "signed integer": ("int8", "int16", "int32", "int64"),
    "unsigned integer": ("uint8", "uint16", "uint32", "uint64"),
    "real floating": ("float32", "float64"),
    "complex floating": ("complex64", "complex128"),
}
_KINDS["integral"] = _KINDS["signed integer"] + _KINDS["unsigned integer"]
_KINDS["numeric"] = _KINDS["integral"] + _KINDS["real floating"] + _KINDS["complex floating"]


class Info:
    """What the namespace can do, its devices and its dtypes."""

    def capabilities(self):
        """Optional features of the standard, by name."""
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 64}

    def default_device(self):
        """The device of a new array."""
        return _device.default()

    def devices(self):
        """The devices that arrays can be on."""
        return ["auto", *_device.memory()]

    def default_dtypes(self, *, device=None):
        """The dtypes of arrays made without one, by kind."""
        _device.check(device)
        names = {"real floating": "float64", "complex floating": "complex128", "integral": "int64", "indexing": "int64"}
        return {kind: np.dtype(name) for kind, name in names.items()}

    def dtypes(self, *, device=None, kind=None):
        """The standard's dtypes by name: all, or those of a kind or of any of a tuple of kinds."""
        _device.check(device)
        kinds = ("bool", "numeric") if kind is None else kind if isinstance(kind, tuple) else (kind,)
        for item in kinds:
            if item not in _KINDS:
                raise ValueError(f"unsupported kind: {item!r}; the kinds are {tuple(_KINDS)}")
        return {name: np.dtype(name) for item in kinds for name in _KINDS[item]}
