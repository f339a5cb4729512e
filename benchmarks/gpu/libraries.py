"""Crossarray and its rivals behind one small interface: arrays there, a function of a case, waiting, values back."""

from __future__ import annotations

import numpy as np


class Crossarray:
    name = "crossarray"

    def __init__(self, place="cuda"):
        import crossarray

        self._xp, self.place = crossarray, place

    def arrays(self, inputs):
        return [self._xp.array(a, device=self.place) for a in inputs]

    def function(self, case):
        evaluate, run, xp = self._xp.eval, case.run, self._xp
        return lambda *x: evaluate(run(xp, *x))

    def wait(self, result):
        """Until the last thing enqueued is done: its first element."""
        return float(result.ravel()[0]) if result.size else 0.0

    def host(self, result):
        return np.asarray(result)


class Cupy:
    name = "CuPy"

    def __init__(self):
        import cupy

        if cupy.cuda.runtime.getDeviceCount() == 0:
            raise RuntimeError("no device")
        self._cupy = cupy

    def arrays(self, inputs):
        return [self._cupy.asarray(a) for a in inputs]

    def function(self, case):
        return lambda *x: case.run(self._cupy, *x)

    def wait(self, result):
        self._cupy.cuda.get_current_stream().synchronize()

    def host(self, result):
        return self._cupy.asnumpy(result)

    def release(self):
        self._cupy.get_default_memory_pool().free_all_blocks()


class Torch:
    name = "torch.compile"
    sizes = (10_000, 1_000_000, 100_000_000)  # a compilation takes seconds

    def __init__(self):
        import torch

        if not torch.cuda.is_available():
            raise RuntimeError("PyTorch sees no device")
        self._torch = torch

    def arrays(self, inputs):
        return [self._torch.from_numpy(a).cuda() for a in inputs]

    def function(self, case):
        run = case.library or case.run
        self._torch._dynamo.reset()
        return self._torch.compile(lambda *x: run(self._torch, *x), dynamic=False)

    def wait(self, result):
        self._torch.cuda.synchronize()

    def host(self, result):
        return result.cpu().numpy()

    def release(self):
        self._torch.cuda.empty_cache()


class Jax:
    name = "jax.jit"

    def __init__(self):
        import os

        os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
        import jax

        if not any(device.platform == "gpu" for device in jax.devices()):
            raise RuntimeError("JAX sees no device")
        jax.config.update("jax_enable_x64", True)
        self._jax = jax

    def arrays(self, inputs):
        return [self._jax.device_put(a) for a in inputs]

    def function(self, case):
        import jax.numpy

        return self._jax.jit(lambda *x: case.run(jax.numpy, *x))

    def wait(self, result):
        result.block_until_ready()

    def host(self, result):
        return np.asarray(result)


def rivals(wanted):
    """Those that are installed and see the device, and a sentence for each that is not."""
    usable, missing = [], []
    for kind in (Cupy, Torch, Jax):
        if wanted is not None and kind.name not in wanted:
            continue
        try:
            usable.append(kind())
        except Exception as error:
            missing.append(f"{kind.name} left out: {' '.join(str(error).split())[:120]}")
    return usable, missing


def release(libraries):
    """Cached memory back to the device, so that the next library has room."""
    import crossarray

    crossarray.free_cached()
    for library in libraries:
        getattr(library, "release", lambda: None)()
