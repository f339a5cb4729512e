"""Nine chains against numexpr and jax.jit: libraries that fuse too, each written as its own users would."""

from __future__ import annotations

import numpy as np

from benchmarks import bench_chains as chains
from benchmarks.case import Case, Row, matrix, to_library, vector
from benchmarks.measure import Result, check, evaluated, interleave

SIZES = (1_000_000, 10_000_000)

CASES = [
    Case("softmax", vector(), chains.softmax),
    Case("sigmoid", vector(), chains.sigmoid),
    Case("z-score", vector(), chains.zscore),
    Case("relu*s+b", vector(), chains.relu_affine),
    Case("log-softmax", vector(), chains.log_softmax),
    Case("GELU", vector(), chains.gelu),
    Case("swish", vector(), chains.swish),
    Case("layer norm", matrix(), chains.layer_norm),
    Case("vector magnitude", vector(3), chains.magnitude),
]


class Numexpr:
    """The chains in numexpr's language; what it cannot say (extrema, axes) is NumPy's."""

    name = "numexpr"

    def __init__(self, threads):
        import numexpr

        self._ne = numexpr
        numexpr.set_num_threads(threads)

    def functions(self):
        e = self._ne.evaluate
        return {
            "softmax": lambda x: self._softmax(x),
            "sigmoid": lambda x: e("1 / (1 + exp(-x))"),
            "z-score": lambda x: self._zscore(x),
            "relu*s+b": lambda x: e("where(x > 0, x, 0) * 1.5 + 0.5"),
            "log-softmax": lambda x: self._log_softmax(x),
            "GELU": lambda x: e("0.5 * x * (1 + tanh(0.7978845608 * (x + 0.044715 * x * x * x)))"),
            "swish": lambda x: e("x / (1 + exp(-x))"),
            "layer norm": lambda x: self._layer_norm(x),
            "vector magnitude": lambda x, y, z: e("sqrt(x * x + y * y + z * z)"),
        }

    def _softmax(self, x):
        e = self._ne.evaluate("exp(x - top)", {"x": x, "top": x.max()})
        return self._ne.evaluate("e / total", {"e": e, "total": e.sum()})

    def _zscore(self, x):
        known = {"x": x, "mean": x.mean()}
        # Its own sum() of 10M float32 is off by a percent: it adds one after the other.
        known["scale"] = self._ne.evaluate("(x - mean) ** 2", known).mean() ** 0.5
        return self._ne.evaluate("(x - mean) / scale", known)

    def _log_softmax(self, x):
        known = {"x": x, "top": x.max()}
        known["log_total"] = np.log(self._ne.evaluate("sum(exp(x - top))", known))
        return self._ne.evaluate("x - top - log_total", known)

    def _layer_norm(self, x):
        known = {"x": x, "mean": x.mean(axis=1, keepdims=True)}
        squares = self._ne.evaluate("(x - mean) ** 2", known)
        known["scale"] = np.sqrt(squares.mean(axis=1, keepdims=True) + 1e-5)
        return self._ne.evaluate("(x - mean) / scale * 1.1 + 0.1", known)

    def inputs(self, arrays):
        return arrays

    def wait(self, result):
        return result


class Jax:
    """The same Python functions under jax.jit, in 64 bits."""

    name = "jax.jit"

    def __init__(self, threads):
        import jax

        jax.config.update("jax_enable_x64", True)
        jax.config.update("jax_platforms", "cpu")
        self._jax = jax

    def functions(self):
        import jax.numpy as jnp

        def compiled(run):
            return self._jax.jit(lambda *x: run(jnp, *x))

        return {case.name: compiled(case.run) for case in CASES}

    def inputs(self, arrays):
        return tuple(self._jax.device_put(a) for a in arrays)

    def wait(self, result):
        return result.block_until_ready()


RIVALS = (Numexpr, Jax)  # the one whose threads spin when idle last


def measure_rivals(xp, sizes, dtypes, budget_s, threads, wanted, missing):
    """Yields a Result per rival, chain, size and dtype; adds a sentence to `missing` for each rival that is not usable.

    A rival is started when its turn comes: the threads of one must not take processors from another.
    """
    for kind in RIVALS:
        try:
            rival = kind(threads)
        except Exception as error:
            missing.append(f"{kind.name} left out: {error}")
            continue
        functions = rival.functions()
        for case in CASES:
            if not wanted(case.name):
                continue
            for n in sizes:
                for dtype in dtypes:
                    yield _measure(xp, Row(case, n, dtype, "contiguous"), budget_s, rival, functions[case.name])


def _measure(xp, row, budget_s, rival, function):
    case = row.case
    result = Result("compare", case.name, row.n, row.dtype, "contiguous")
    theirs, ours = row.inputs(), to_library(xp, row.inputs())
    want = case.run(np, *theirs)
    try:
        inputs = rival.inputs(theirs)
        contestants = {
            "numpy": lambda: case.run(np, *theirs),
            rival.name: lambda: rival.wait(function(*inputs)),
        }
        check(np.asarray(contestants[rival.name]()).astype(row.dtype), want, 1e-3)
        contestants["crossarray"], value = evaluated(xp, case.run, ours)
        check(value, want, row.rtol())
    except Exception as error:
        result.error = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
        return result
    timing = interleave(contestants, budget_s)
    result.seconds, result.ratio, result.spread = timing.seconds, timing.ratio(), timing.spread
    return result
