"""Any `new` may fail, not only the memory of results: MemoryError, no crash, all arrays as they were."""

import ctypes
import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import crossarray as xp

SOURCE = Path(__file__).with_name("failing_new.cc")


def chain(x, m):
    return [xp.where(x > 0, x * 2 + 1, -x).sum(), (x - x.mean()) / x.std(), x[::2] * x[1::2]]


def in_place(x, m):
    y = x.copy()
    y[1:-1] = y[2:] + y[:-2]
    y += 1
    return [y * 2]


def eager(x, m):
    return [m + 1, m.sum(0), m[0] * 2, xp.exp(m), m[m > 0], m.reshape(-1)[::2], m.max(), m.argmax(1), m.std(1)]


def dropped(x, m):
    return [[x * i + 1 for i in range(30)][3]]


def ufunc_methods(x, m):
    masked = xp.add(x, 1, where=x > 0, out=xp.zeros(len(x)))
    return [xp.add.reduce(m, axis=1), xp.add.accumulate(x), xp.multiply.outer(m[0], m[1]), masked, xp.divmod(x, 2)[0]]


def views(x, m):
    y = x * 2
    y[::2] = 0
    return [y.T, y.reshape(2, -1) + 1, y.sum()]


def explained(x, m):
    xp.explain(x * 2 + x.sum())
    return [x]


def deep(x, m):
    y = functools.reduce(lambda y, _: y * 1.01 + x, range(30), x)
    y[3] = 0
    return [y]


CASES = {f.__name__: f for f in (chain, in_place, eager, dropped, ufunc_methods, views, explained, deep)}


def bytes_in_use():
    return {device: memory["in_use"] for device, memory in xp.memory().items()}


def fail_each(name, fail_new):
    """Runs a case with the k-th `new` failing, for every k until none fails. Returns how many did."""
    run, random = CASES[name], np.random.default_rng(1)
    source, square = random.normal(size=50_000), random.normal(size=(20, 20))
    # Worker threads and tables that are made once; the thread library does not survive a failure in its own start.
    float((xp.array(random.normal(size=2_000_000)) * 2).sum())
    expected = [np.array(part) for part in run(xp.array(source), xp.array(square))]
    at_first = bytes_in_use()
    for k in range(1, 5000):
        x, m = xp.array(source), xp.array(square)
        pending = x * 3
        fail_new(k)
        try:
            parts = run(x, m)
            xp.eval(*parts)
            done = True
        except MemoryError:
            done = False
        finally:
            left = fail_new(0)
        np.testing.assert_array_equal(np.asarray(x), source)
        np.testing.assert_array_equal(np.asarray(m), square)
        np.testing.assert_array_equal(np.asarray(pending), source * 3)
        for want, got in zip(expected, run(x, m), strict=True):
            np.testing.assert_array_equal(np.asarray(got), want)
        x = m = pending = parts = got = None
        assert bytes_in_use() == at_first
        if done and left:
            return k - 1
    raise AssertionError(f"{name}: still failing after {k} allocations")


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    compiler = os.environ.get("CXX") or shutil.which("c++")
    path = tmp_path_factory.mktemp("failing_new") / "libfailing_new.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", path, SOURCE], check=True)
    return path


@pytest.mark.skipif("asan" in os.environ.get("LD_PRELOAD", ""), reason="AddressSanitizer has its own operator new")
@pytest.mark.parametrize("name", CASES)
def test_any_allocation_may_fail(library, name):
    environment = {**os.environ, "LD_PRELOAD": str(library)}
    command = [sys.executable, __file__, str(library), name]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) >= 3


if __name__ == "__main__":
    function = ctypes.CDLL(sys.argv[1]).fail_new
    function.argtypes, function.restype = [ctypes.c_long], ctypes.c_long
    print(fail_each(sys.argv[2], function))
