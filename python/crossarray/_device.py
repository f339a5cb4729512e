"""Where arrays live and work runs: `xp.device(...)`, `xp.backends()`, `xp.memory()`, `xp.calibrate()`.

A device is "auto" (the library decides), "cpu", "cuda" or "cuda:N". `CROSSARRAY_DEVICE` sets the default.
"""

import os

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

    Launches, copies, what an element costs by kind of operation, reductions and products, on the CPU and on every other
    device. progress=True shows a progress bar where tqdm is installed. Returns the path of the stored table
    (CROSSARRAY_CACHE_DIR moves it). Delete the file to go back to usual figures.
    """
    steps = range(_core.calibration_steps())
    if progress:
        try:
            from tqdm.auto import tqdm
        except ImportError:
            pass
        else:
            steps = tqdm(steps, desc="calibrate", leave=False)
    for step in steps:
        done = _core.calibration_step(step)
        if hasattr(steps, "set_postfix_str"):
            steps.set_postfix_str(done)
    return _core.save_machine()


if os.environ.get("CROSSARRAY_DEVICE"):
    _core.set_device(check(os.environ["CROSSARRAY_DEVICE"], "CROSSARRAY_DEVICE"))
