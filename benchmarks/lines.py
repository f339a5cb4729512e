"""Single figures: import time, first call, size of the extension, light chains against a copy of the same bytes."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from benchmarks.measure import check, evaluated, interleave

_IMPORT = """
import time; start = time.perf_counter(); import {module}; print((time.perf_counter() - start) * 1e3)
"""
_FIRST_CALL = """
import time, numpy as np, crossarray as xp
x = xp.array(np.ones(100_000)); start = time.perf_counter(); xp.eval(xp.exp(x * 2.0 + 1.0))
print((time.perf_counter() - start) * 1e3)
"""


def _run(code):
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    return float(done.stdout.split()[-1])


def import_ms(rounds=9):
    """Milliseconds that importing Crossarray takes on top of NumPy's own import."""
    pairs = [(_run(_IMPORT.format(module="crossarray")), _run(_IMPORT.format(module="numpy"))) for _ in range(rounds)]
    return statistics.median(both - numpy_alone for both, numpy_alone in pairs)


def first_call_ms(rounds=5):
    """Milliseconds of the first evaluation in a fresh process."""
    return statistics.median(_run(_FIRST_CALL) for _ in range(rounds))


def extension_mb(xp):
    """Megabytes of the extension module, stripped."""
    (path,) = Path(xp.__file__).parent.glob("_core*.so")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copy(path, folder))
        if strip := shutil.which("strip"):
            subprocess.run([strip, str(copy)], check=True)
        return copy.stat().st_size / 1e6


#: name, arrays read, function. Each writes one array.
LIGHT_CHAINS = [
    ("relu*s+b", 1, lambda xp, x: xp.maximum(x, 0) * 1.5 + 0.5),
    ("polynomial", 1, lambda xp, x: ((0.1 * x + 0.2) * x - 0.3) * x + 0.4),
    ("a*s + b*t", 2, lambda xp, a, b: a * 0.3 + b * 0.7),
    ("vector magnitude", 3, lambda xp, a, b, c: xp.sqrt(a * a + b * b + c * c)),
    ("(a-b)*(a+c)", 3, lambda xp, a, b, c: (a - b) * (a + c)),
]


class Copy:
    """A copy of `nbytes` (read and written together) on `threads` threads.

    The C library's memcpy of pieces this large stores past the cache (non-temporal), and NumPy lets go of the GIL.
    """

    def __init__(self, nbytes, threads):
        count = nbytes // 16
        self._pieces = list(zip(*(np.array_split(np.ones(count), threads) for _ in range(2)), strict=True))
        self._pool = ThreadPoolExecutor(threads - 1) if threads > 1 else None

    def __call__(self):
        others = [self._pool.submit(np.copyto, *piece) for piece in self._pieces[1:]]
        np.copyto(*self._pieces[0])
        for other in others:
            other.result()


def bandwidth(xp, n, threads, budget_s):
    """Yields (chain, dtype, fraction of the copy's speed, GB/s) for light chains over n elements."""
    for dtype in ("float64", "float32"):
        for name, reads, run in LIGHT_CHAINS:
            random = np.random.default_rng(0)
            theirs = [random.uniform(-1, 1, n).astype(dtype) for _ in range(reads)]
            ours = [xp.array(a) for a in theirs]
            ours_run, value = evaluated(xp, run, ours)
            check(value, run(np, *theirs), 1e-4 if dtype == "float32" else 1e-9)
            nbytes = (reads + 1) * n * np.dtype(dtype).itemsize
            copy = Copy(nbytes, threads)
            timing = interleave({"copy": copy, "crossarray": ours_run}, budget_s)
            yield name, dtype, timing.ratio("copy"), nbytes / timing.seconds["crossarray"] / 1e9
