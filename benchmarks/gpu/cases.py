"""What is measured on the device: fused chains and reductions, as data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks import bench_chains as chains

SIZES = tuple(10**k for k in range(3, 10))
TILE = 1_000_003  # random elements; larger inputs repeat them, never aligned with a power of two


@dataclass(frozen=True)
class Case:
    """One computation, written once for every library. traffic: arrays of n elements read and written at least."""

    name: str
    run: Callable
    reads: int = 1
    traffic: float = 2
    kind: str = "chain"
    rows: bool = False  # a matrix of 1000 columns instead of a vector
    library: Callable | None = None  # as PyTorch writes it, where that differs

    def inputs(self, n, dtype):
        """NumPy inputs of n elements; the same ones each time."""
        random = np.random.default_rng(0)
        tiles = [random.uniform(-3, 3, min(n, TILE)).astype(dtype) for _ in range(self.reads)]
        full = [np.resize(tile, n) for tile in tiles]
        return [a[: n // 1000 * 1000].reshape(-1, 1000) if self.rows else a for a in full]

    def bytes_moved(self, n, dtype):
        return self.traffic * n * np.dtype(dtype).itemsize


def fold(name, **options):
    return lambda xp, x: getattr(xp, name)(x, **options)


CASES = [
    Case("relu*s+b", chains.relu_affine, library=lambda xp, x: xp.clamp(x, min=0) * 1.5 + 0.5),
    Case("polynomial", chains.polynomial),
    Case("sigmoid", chains.sigmoid),
    Case("GELU", chains.gelu),
    Case("vector magnitude", chains.magnitude, reads=3, traffic=4),
    Case(
        "z-score",
        chains.zscore,
        traffic=3,
        library=lambda xp, x: (x - x.mean()) / x.std(correction=0),
    ),
    Case("sum", fold("sum"), traffic=1, kind="reduction"),
    Case("max", fold("max"), traffic=1, kind="reduction"),
    Case("argmax", fold("argmax"), traffic=1, kind="reduction"),
    Case(
        "std",
        fold("std"),
        traffic=1,
        kind="reduction",
        library=lambda xp, x: xp.std(x, correction=0),
    ),
    Case("sum of rows", fold("sum", axis=1), traffic=1, kind="reduction", rows=True),
    Case("sum of columns", fold("sum", axis=0), traffic=1, kind="reduction", rows=True),
]


def expected(case, inputs):
    """NumPy's result, or for long elementwise results its two ends: (positions or None, values)."""
    with np.errstate(all="ignore"):
        if case.kind == "reduction" or inputs[0].size <= 2 * TILE or case.name == "z-score":
            wide = [a.astype(np.float64) for a in inputs] if case.name in ("sum", "std") else inputs
            return None, np.asarray(case.run(np, *wide))
        ends = np.r_[0:TILE, inputs[0].size - TILE : inputs[0].size]
        return ends, case.run(np, *[a[ends] for a in inputs])


def check(case, got, want, dtype):
    """Raises AssertionError unless the values agree: as far as float32 sums may differ."""
    positions, values = want
    got = np.asarray(got)
    if positions is not None:
        got = got.ravel()[positions]
    tolerance = 2e-4 if np.dtype(dtype).itemsize == 4 else 1e-9
    scale = tolerance * float(np.max(np.abs(values), initial=0)) + tolerance
    np.testing.assert_allclose(got.astype(np.float64), values.astype(np.float64), rtol=tolerance, atol=scale)
