"""What a benchmark case is: data, so that adding one is adding a row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

SIZES = (100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000)
DTYPES = ("float32", "float64")
LAYOUTS = ("contiguous", "strided")


@dataclass(frozen=True)
class Case:
    """One computation, written once for every library.

    inputs(random, n, dtype) makes NumPy arrays of about n elements in all that matters; run(xp, *inputs) computes.
    `run` may write into its inputs, as long as running it again and again stays finite.
    """

    name: str
    inputs: Callable
    run: Callable
    sizes: tuple = SIZES
    dtypes: tuple = DTYPES
    layouts: tuple = LAYOUTS
    rtol: float | None = None  # None: by dtype
    area: str = ""


@dataclass(frozen=True)
class Row:
    """One cell of the table: a case at a size, dtype and layout."""

    case: Case
    n: int
    dtype: str
    layout: str

    def __str__(self):
        return f"{self.case.area}/{self.case.name} n={self.n} {self.dtype} {self.layout}"

    def inputs(self):
        """Fresh NumPy inputs; the same ones each time."""
        arrays = self.case.inputs(np.random.default_rng(0), self.n, np.dtype(self.dtype))
        return tuple(spread(a) if self.layout == "strided" else a for a in arrays)

    def rtol(self):
        if self.case.rtol is not None:
            return self.case.rtol
        return 2e-4 if self.dtype == "float32" else 1e-9


def spread(a):
    """The same values with every other element of a buffer twice as long (scalars stay)."""
    if not isinstance(a, np.ndarray) or a.ndim == 0:
        return a
    buffer = np.zeros((*a.shape[:-1], 2 * a.shape[-1]), a.dtype)
    buffer[..., ::2] = a
    return buffer[..., ::2]


def to_library(xp, arrays):
    """NumPy inputs as arrays of `xp`, with the same layout."""
    if xp is np:
        return arrays
    return tuple(_convert(xp, a) for a in arrays)


def _convert(xp, a):
    if not isinstance(a, np.ndarray):
        return a
    if a.base is None or a.flags.c_contiguous:
        return xp.array(a)
    return xp.array(a.base)[..., ::2]


def vector(count=1, low=-3.0, high=3.0):
    """Inputs: `count` vectors of n elements."""

    def make(random, n, dtype):
        return tuple(random.uniform(low, high, n).astype(dtype) for _ in range(count))

    return make


def matrix(count=1, low=-3.0, high=3.0, columns=None):
    """Inputs: `count` matrices of about n elements; square up to 1000 columns unless `columns` says how many."""

    def make(random, n, dtype):
        wide = columns or max(2, min(1000, int(n**0.5)))
        return tuple(random.uniform(low, high, (max(2, n // wide), wide)).astype(dtype) for _ in range(count))

    return make
