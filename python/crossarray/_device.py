"""Where arrays live and work runs: `xp.device(...)`, `xp.backends()`, `x.to_device`.

A device is "auto" (the library decides), "cpu", "cuda" or "cuda:N". `CROSSARRAY_DEVICE` sets the default.
"""

import os
import re
from contextvars import ContextVar

from crossarray import _core

NO_CUDA = "not available: this build of Crossarray has no CUDA backend"
_CUDA = re.compile(r"cuda(:\d+)?")


def check(name, asker="device"):
    """`name` itself when this installation has that device: "auto" or "cpu"; None means the default.

    Raises RuntimeError with the reason for a CUDA device, ValueError for any other text, TypeError for another type.
    """
    if name is None:
        return default()
    if not isinstance(name, str):
        raise TypeError(f"{asker}: a device is a string ('auto', 'cpu', 'cuda', 'cuda:1'), got {name!r}")
    if name in ("auto", "cpu"):
        return name
    if _CUDA.fullmatch(name):
        raise RuntimeError(f"{asker}: no device {name!r} ({NO_CUDA}). Use 'auto' or 'cpu'; see crossarray.backends().")
    raise ValueError(f"{asker}: unknown device {name!r}; the devices are 'auto', 'cpu', 'cuda' and 'cuda:N'")


def default():
    """The device that new work is given: the innermost `with device(...)`, else CROSSARRAY_DEVICE, else "auto"."""
    return _current.get()


class device:  # noqa: N801 - used as a function: with device("cpu")
    """Context manager: work inside is given to `name`.

    Leaving the block changes the default back. Raises RuntimeError when the device is not available.

    >>> with xp.device("cpu"):
    ...     x = xp.ones(3)
    >>> x.device
    'cpu'
    """

    def __init__(self, name):
        self.name = check(name)

    def __enter__(self):
        self._token = _current.set(self.name)
        return self

    def __exit__(self, *exception):
        _current.reset(self._token)

    def __repr__(self):
        return f"device({self.name!r})"


class Backends(dict):
    """One sentence per backend, by name; prints as one line each."""

    def __repr__(self):
        return "\n".join(f"{name}: {sentence}" for name, sentence in self.items())


def backends():
    """What this installation can run on: a dictionary from backend name to one sentence, the reason for an absent one.

    >>> sorted(xp.backends())
    ['cpu', 'cuda']
    """
    found = Backends(_core.backends())
    if not any(name.startswith("cuda") for name in found):
        found["cuda"] = NO_CUDA
    return found


_initial = check(os.environ.get("CROSSARRAY_DEVICE") or "auto", "CROSSARRAY_DEVICE")
_current = ContextVar("device", default=_initial)
