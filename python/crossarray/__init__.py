"""Crossarray: NumPy arrays that fuse, and cross over to the GPU when it pays.

    import crossarray as xp

has every public name of NumPy's main namespace, and linalg, fft and random. Work on large arrays is recorded and runs
when somebody looks at a value, as few passes over memory as possible. `xp.explain(y)` says how, `xp.coverage()` what is
native, `xp.config` changes settings.
"""

import numpy as _np

from crossarray import _core, _namespace
from crossarray._config import config  # noqa: F401
from crossarray._core import (  # noqa: F401 - public names
    DeviceError,
    PerformanceWarning,
    eval,
    explain,
    free_cached,
    ndarray,
    ufunc,
)
from crossarray._device import backends, calibrate, device, memory  # noqa: F401
from crossarray._namespace import coverage  # noqa: F401
from crossarray._profile import profile  # noqa: F401

globals().update(_namespace.natives())

from crossarray import (  # noqa: E402 - compositions find the native functions in this module
    _calculus,
    _creation,
    _einsum,
    _elementwise,
    _errstate,
    _fallback,
    _files,
    _histograms,
    _indexing,
    _info,
    _inspection,
    _joining,
    _logic,
    _manipulation,
    _methods,
    _modules,
    _objects,
    _padding,
    _printing,
    _products,
    _quantiles,
    _scalars,
    _signatures,
    _sorting,
    _statistics,
)

__version__ = "0.1.0"
__array_api_version__ = "2025.12"
__array_namespace_info__ = _info.Info

_OWN = (
    "DeviceError",
    "PerformanceWarning",
    "backends",
    "calibrate",
    "config",
    "coverage",
    "device",
    "eval",
    "explain",
    "free_cached",
    "memory",
    "profile",
)
_SUBMODULES = ("fft", "linalg", "random", "testing")
_TOPICS = (
    _calculus,
    _creation,
    _einsum,
    _elementwise,
    _files,
    _histograms,
    _indexing,
    _inspection,
    _joining,
    _logic,
    _manipulation,
    _padding,
    _printing,
    _products,
    _quantiles,
    _sorting,
    _statistics,
)
_compositions = {name: _fallback.composed(getattr(module, name)) for module in _TOPICS for name in module.__all__}
globals().update(_compositions)
globals().update({name: getattr(module, name) for module in (_errstate, _objects) for name in module.__all__})
_methods.install(ndarray, _compositions)
_scalars.install(ndarray)
_signatures.install(ufunc)
_core.set_foreign_hook(_fallback.foreign)
_modules.install()


def __getattr__(name):
    if name in _SUBMODULES:
        import importlib

        return importlib.import_module("crossarray." + name)
    if name == "bfloat16":
        import ml_dtypes

        value = ml_dtypes.bfloat16
    else:
        value = _namespace.resolve(_np, name, __name__)
    globals()[name] = value
    return value


def __dir__():
    return sorted({*_namespace.public_names(_np), *_OWN, *_SUBMODULES, "bfloat16"})


__all__ = [*(name for name in _np.__all__ if not name.startswith("_")), *_OWN, "bfloat16"]  # noqa: PLE0604
