"""Timing: contestants take turns, the median counts, results are compared first."""

from __future__ import annotations

import gc
import statistics
import timeit
from dataclasses import dataclass, field
from time import perf_counter, process_time

import numpy as np

from benchmarks.bench_tiny import NAMES, SETUP, STATEMENTS
from benchmarks.case import Row, to_library

#: Seconds one timed block lasts at least, and the rounds of blocks. A block is long enough for a library to fill the
#: caches with its own data again: with one call per block, both would be timed on what the other left there.
BLOCK_S = 20e-3
#: The same for tiny arrays, which fit in any cache: short blocks, so that many rounds meet every disturbance alike.
TINY_BLOCK_S = 1e-3
MIN_ROUNDS, MAX_ROUNDS = 3, 15


class Clock:
    """What is read: wall time, or processor time where others keep the machine busy (one thread only)."""

    read = staticmethod(perf_counter)

    @classmethod
    def use_processor_time(cls):
        cls.read = staticmethod(process_time)


@dataclass
class Timing:
    """Median seconds per call of each contestant, and half the middle 50 % of the ratios as the spread."""

    seconds: dict[str, float]
    spread: float = 0.0

    def ratio(self, other="numpy", ours="crossarray"):
        return self.seconds[other] / self.seconds[ours]


@dataclass
class Result:
    """A measured row, or why there is none."""

    area: str
    name: str
    n: int
    dtype: str
    layout: str
    seconds: dict = field(default_factory=dict)
    ratio: float | None = None
    spread: float = 0.0
    error: str = ""


def interleave(contestants, budget_s):
    """Times every callable in turns. Returns a Timing."""
    once = {name: _time(f, 1) for name, f in contestants.items()}  # also warms caches and compilers up
    once = {name: min(seconds, _time(contestants[name], 1)) for name, seconds in once.items()}
    calls = {name: max(1, int(BLOCK_S / max(seconds, 1e-8))) for name, seconds in once.items()}
    round_s = sum(max(once[name] * calls[name], 1e-6) for name in contestants)
    rounds = min(MAX_ROUNDS, max(MIN_ROUNDS, int(budget_s / round_s)))
    blocks = {name: [] for name in contestants}
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for name, f in contestants.items():
                blocks[name].append(_time(f, calls[name]))
    finally:
        gc.enable()
    return _summary(blocks)


def _time(f, calls):
    start = Clock.read()
    for _ in range(calls):
        f()
    return (Clock.read() - start) / calls


def _summary(blocks):
    names = list(blocks)
    ratios = sorted(a / b for a, b in zip(blocks[names[0]], blocks[names[-1]], strict=True))
    quarter = len(ratios) // 4
    spread = (ratios[-1 - quarter] - ratios[quarter]) / 2
    return Timing({name: statistics.median(times) for name, times in blocks.items()}, spread)


def flatten(result):
    """A result as a list of arrays."""
    return list(result) if isinstance(result, (tuple, list)) else [result]


def evaluated(xp, run, inputs):
    """A function of no arguments that runs a case and makes its results ready, and what it returned the first time.

    A library that computes later must not win by not computing; the call that evaluates is part of our time.
    """
    result = run(xp, *inputs)
    if not hasattr(xp, "eval"):
        return (lambda: run(xp, *inputs)), result
    evaluate = xp.eval
    if isinstance(result, (tuple, list)):
        evaluate(*result)
        return (lambda: evaluate(*run(xp, *inputs))), result
    if isinstance(result, xp.ndarray):
        evaluate(result)
        return (lambda: evaluate(run(xp, *inputs))), result
    return (lambda: run(xp, *inputs)), result


def check(got, want, rtol):
    """Raises AssertionError unless dtype, shape and values agree."""
    got, want = flatten(got), flatten(want)
    if len(got) != len(want):
        raise AssertionError(f"{len(got)} results, NumPy gives {len(want)}")
    for g, w in zip(got, want, strict=True):
        g, w = np.asarray(g), np.asarray(w)
        if g.dtype != w.dtype:
            raise AssertionError(f"dtype {g.dtype}, NumPy's is {w.dtype}")
        finite = np.abs(w[np.isfinite(w)]) if w.dtype.kind in "fc" else np.zeros(0)
        atol = rtol * float(finite.max(initial=0.0))
        np.testing.assert_allclose(g, w, rtol=rtol, atol=atol, strict=True)


def measure_row(xp, row: Row, budget_s):
    """Checks one row, then times it."""
    case, rtol = row.case, row.rtol()
    result = Result(case.area, case.name, row.n, row.dtype, row.layout)
    ours, theirs = to_library(xp, row.inputs()), row.inputs()
    try:
        run, value = evaluated(xp, case.run, ours)
        check(value, case.run(np, *theirs), rtol)
    except Exception as error:
        result.error = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
        return result
    timing = interleave({"numpy": lambda: case.run(np, *theirs), "crossarray": run}, budget_s)
    result.seconds, result.ratio, result.spread = timing.seconds, timing.ratio(), timing.spread
    return result


def _tiny_names(xp):
    random = np.random.default_rng(0)
    arrays = {name: eval(code, {"random": random}) for name, code in SETUP.items()}
    names = {name: xp.array(a) for name, a in arrays.items()} if xp is not np else arrays
    return {**names, **{name: getattr(xp, name) for name in NAMES}}


def measure_tiny(xp, budget_s):
    """Yields a Result for every statement on arrays of ten elements. They are computed when called: nothing waits."""
    for statement in STATEMENTS:
        ours, theirs = _tiny_names(xp), _tiny_names(np)
        result = Result("tiny", statement.code, 10, "float64", "contiguous")
        try:
            values = []
            for names in (ours, theirs):
                if statement.value:
                    exec(statement.code, names)
                values.append(eval(statement.value or statement.code, names))
            check(values[0], values[1], 1e-12)
        except Exception as error:
            result.error = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
            yield result
            continue
        timers = {"numpy": _timer(statement.code, theirs), "crossarray": _timer(statement.code, ours)}
        timing = _interleave_timers(timers, budget_s)
        result.seconds, result.ratio, result.spread = timing.seconds, timing.ratio(), timing.spread
        yield result


def _timer(code, names):
    # Arrays are local names of the timed function, so that `a += b` is one.
    setup = "; ".join(f"{name} = names[{name!r}]" for name in SETUP)
    return timeit.Timer(code, setup, Clock.read, {**names, "names": names})


def _interleave_timers(timers, budget_s):
    calls = max(100, int(TINY_BLOCK_S / max(timers["numpy"].timeit(1000) / 1000, 1e-8)))
    rounds = min(4 * MAX_ROUNDS, max(MIN_ROUNDS, int(budget_s / (2 * TINY_BLOCK_S))))
    blocks = {name: [] for name in timers}
    for _ in range(rounds):
        for name, timer in timers.items():
            blocks[name].append(timer.timeit(calls) / calls)
    return _summary(blocks)
