"""Where arrays live and work runs: `xp.device(...)`, `xp.backends()`, `xp.memory()`, `xp.calibrate()`.

A device is "auto" (the library decides), "cpu", "cuda" or "cuda:N". `CROSSARRAY_DEVICE` sets the default.
"""

import os
import sys
import time

import numpy as np

from crossarray import _core


def check(name, asker="device"):
    """The full name of device `name` when this installation has it; None means the default.

    Raises DeviceError (a RuntimeError) with the reason for an absent one, ValueError for any other text, TypeError for
    another type.
    """
    return _core.device_name(name, asker)


def default():
    """The device that new work is given: the innermost `with device(...)`, else CROSSARRAY_DEVICE, else "auto"."""
    return check(None)


class device:  # noqa: N801 - used as a function: with device("cpu")
    """Context manager: this thread's work inside is given to `name`, and its results are pinned there.

    Leaving the block changes the default back and computes what was recorded inside and can still be reached; an exception
    that leaves it computes nothing. Raises DeviceError when the device is not available.

    >>> with xp.device("cpu"):
    ...     x = xp.ones(3)
    >>> x.device
    'cpu'
    """

    def __init__(self, name):
        self.name = check(name)
        self._entered = []

    def __enter__(self):
        self._entered.append(_core.enter_device(self.name))
        return self

    def __exit__(self, kind, value, traceback):
        _core.leave_device(self._entered.pop(), kind is None)

    def __repr__(self):
        return f"device({self.name!r})"


class Backends(dict):
    """One sentence per backend, by name; prints as one line each."""

    def __repr__(self):
        return "\n".join(f"{name}: {sentence}" for name, sentence in self.items())


def backends():
    """What this installation can run on: a dictionary from backend name to one sentence, the reason for an absent one.

    >>> "cpu" in xp.backends()
    True
    """
    return Backends(_core.backends())


def memory():
    """Bytes per device: a dictionary from its name to in_use, cached (free, kept for reuse), peak and limit (0: unknown).

    >>> sorted(xp.memory()["cpu"])
    ['cached', 'in_use', 'limit', 'peak']
    """
    return _core.memory()


def calibrate(progress=True):
    """Measures this machine for the router, in a few seconds, and stores the result for later processes.

    Launches, copies, what an element costs by kind of operation, reductions, products and Fourier transforms, on the CPU
    and on every other device. progress=True draws a bar on a terminal or in a notebook. Returns the path of the stored
    table (CROSSARRAY_CACHE_DIR moves it); it counts for this machine, this version of the library and these drivers, and
    `backends()` says when it does not. Delete the file to go back to usual figures.
    """
    steps = _core.calibration_steps()
    bar = _Bar(len(steps)) if progress and _Bar.can_draw() else None
    _core.set_figure("cpu.fft_ns", _fft_ns())
    for number, what in enumerate(steps):
        if bar:
            bar.draw(number, what)
        _core.calibration_step(number)
    if bar:
        bar.end()
    return _core.save_machine()


def _fft_ns(length=1 << 16, rounds=5):
    """Nanoseconds of NumPy's transform per element and factor of two."""
    x = np.zeros((2, length), np.complex128)
    best = float("inf")
    for _ in range(rounds):
        start = time.perf_counter()
        np.fft.fft(x)
        best = min(best, time.perf_counter() - start)
    return best * 1e9 / (x.size * np.log2(length))


class _Bar:
    """A progress bar of one line on stderr."""

    WIDTH = 30

    def __init__(self, total):
        self._total = total

    @staticmethod
    def can_draw():
        return sys.stderr.isatty() or "IPython" in sys.modules

    def draw(self, done, what):
        filled = self.WIDTH * done // self._total
        bar = "#" * filled + "." * (self.WIDTH - filled)
        print(f"\rcalibrate [{bar}] {done}/{self._total} {what:<40.40}", end="", file=sys.stderr, flush=True)

    def end(self):
        self.draw(self._total, "done")
        print(file=sys.stderr)


if os.environ.get("CROSSARRAY_DEVICE"):
    _core.set_device(check(os.environ["CROSSARRAY_DEVICE"], "CROSSARRAY_DEVICE"))
