"""Timing on a device: calls are enqueued back to back, and the wait at the end counts."""

from __future__ import annotations

import gc
import statistics
from time import perf_counter

import numpy as np

from benchmarks.gpu.cases import check, expected
from benchmarks.gpu.libraries import Crossarray, release

ROUNDS = 5
MOST_CALLS = 2000


def block(library, f, arrays, calls):
    """Seconds per call of a block of calls."""
    start = perf_counter()
    for _ in range(calls):
        result = f(*arrays)
    library.wait(result)
    return (perf_counter() - start) / calls


def seconds_per_call(contestants, budget_s):
    """Median seconds of each (library, function, arrays), measured in turns."""
    calls = {}
    for name, contestant in contestants.items():
        block(*contestant, 2)  # compiles, fills pools
        calls[name] = int(np.clip(budget_s / ROUNDS / max(block(*contestant, 2), 1e-7), 1, MOST_CALLS))
    times = {name: [] for name in contestants}
    gc.collect()
    for _ in range(ROUNDS):
        for name, contestant in contestants.items():
            times[name].append(block(*contestant, calls[name]))
    return {name: statistics.median(each) for name, each in times.items()}


def copy_bandwidth(libraries, nbytes, budget_s):
    """Bytes per second of a device-to-device copy, read and written: the best of all libraries here."""
    source = np.zeros(nbytes // 4, np.float32)
    copies = {"CuPy": lambda x: x.copy(), "torch.compile": lambda x: x.clone(), "jax.jit": None}
    contestants = {}
    for library in libraries:
        copy = copies.get(library.name, lambda x: x.copy())
        if copy is not None:
            function = (lambda x, copy=copy: _evaluated(copy(x))) if library.name == "crossarray" else copy
            contestants[library.name] = (library, function, library.arrays([source]))
    best = min(seconds_per_call(contestants, budget_s).values())
    return 2 * source.nbytes / best


def _evaluated(array):
    import crossarray

    return crossarray.eval(array)


def measure_cell(case, n, dtype, libraries, budget_s):
    """{"seconds": {library: s}, "errors": {library: text}}: every result is compared with NumPy's first."""
    inputs = case.inputs(n, dtype)
    want = expected(case, inputs)
    contestants, errors = {}, {}
    for library in libraries:
        if n not in getattr(library, "sizes", (n,)):
            continue
        try:
            f, arrays = library.function(case), library.arrays(inputs)
            check(case, library.host(f(*arrays)), want, dtype)
            contestants[library.name] = (library, f, arrays)
        except Exception as error:
            errors[library.name] = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
    seconds = seconds_per_call(contestants, budget_s) if contestants else {}
    del contestants
    release(libraries)
    return {"seconds": seconds, "errors": errors, "bytes": case.bytes_moved(n, dtype)}


def enqueue_us(calls=1000):
    """Microseconds the calling thread needs for one warm fused kernel, not counting the device's work."""
    import crossarray as xp

    x = xp.eval(xp.linspace(0, 1, 1000, dtype=xp.float32, device="cuda"))
    library = Crossarray()
    best = float("inf")
    for _ in range(7):
        xp.eval(x * 1.5 + 0.5)
        start = perf_counter()
        for _ in range(calls):
            y = xp.eval(x * 1.5 + 0.5)
        best = min(best, (perf_counter() - start) / calls)
        library.wait(y)
    return best * 1e6


def measure_placement(case, n, dtype, stays, budget_s):
    """Seconds with everything on the CPU, on the device, and left to the router.

    stays: inputs are there already and results stay; else inputs come from NumPy and results go back, each time.
    """
    import crossarray as xp

    inputs = case.inputs(n, dtype)
    contestants = {}
    for place in ("cpu", "cuda", "auto"):
        library = Crossarray(place)
        f = library.function(case)
        if stays:
            contestants[place] = (library, f, library.arrays(inputs))
        else:
            there_and_back = lambda *a, library=library, f=f: library.host(f(*library.arrays(a)))
            contestants[place] = (_Host, there_and_back, inputs)
    seconds = seconds_per_call(contestants, budget_s)
    xp.free_cached()
    return {"seconds": seconds}


class _Host:
    """Results that are on the host are ready."""

    @staticmethod
    def wait(result):
        return None


def overlap(n):
    """Fraction of a copy from the host that travelled while a kernel ran, from the device's own clock."""
    import crossarray as xp

    x, host = xp.eval(xp.linspace(0, 1, n, device="cuda")), np.ones(n)

    def run():
        slow = x
        for _ in range(40):
            slow = xp.sin(slow) + x
        return xp.eval(xp.array(host) - slow.mean())

    run()
    with xp.profile(overlap=True) as profile:
        run()
    copies = [e for e in profile.events if e.where == "cpu to cuda:0"]
    kernels = [e for e in profile.events if e.where == "cuda:0"]
    together = sum(
        max(0.0, min(c.start_us + c.duration_us, k.start_us + k.duration_us) - max(c.start_us, k.start_us))
        for c in copies
        for k in kernels
    )
    return together / max(sum(c.duration_us for c in copies), 1e-9), profile
