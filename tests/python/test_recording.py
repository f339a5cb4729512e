"""Rules 5 and 6 of the architecture (section 5): intermediates are not stored, pending work does not grow without end."""

import re
import subprocess
import sys

import numpy as np
import pytest

import crossarray as xp

MEMORY = """
import crossarray as xp

def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) * 1024

x = xp.eval(xp.ones(1 << 23))  # 64 MiB
float((x[:100000] * 2).sum())  # threads and buffers are there now
before = peak()
total = float((xp.sqrt((x * 2 + 1) * 3 - 5) / 2).sum())
assert total == x.size, total
print((peak() - before) / x.nbytes)
y = (x * 2 + 1) * 3 - 5
xp.eval(y)
print((peak() - before) / x.nbytes)
"""


def test_intermediates_are_never_stored():
    done = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True)
    reduced, stored = map(float, done.stdout.split())
    assert reduced < 0.5  # arrays of x's size beyond x: a sum stores none
    assert stored < 1.5  # the result, and nothing on the way to it


def pending_operations(a):
    """Operations that explain() counts in the steps of a pending array."""
    return sum(map(int, re.findall(r"^step .*?: (\d+) operation", xp.explain(a), flags=re.M)))


def test_a_tall_graph_is_evaluated_before_it_grows():
    x = y = xp.array(np.zeros(40_000))
    tallest = 0
    for step in range(1, 1301):
        y = y + 1
        if step % 100 == 0:
            tallest = max(tallest, pending_operations(y))
    assert 100 <= tallest <= 512
    np.testing.assert_array_equal(np.asarray(y - x), np.full(40_000, 1300.0))


def test_a_pending_array_stays_pending_until_somebody_looks():
    y = xp.array(np.zeros(40_000)) + 1
    assert pending_operations(y) == 1 and y.shape == (40_000,) and y.dtype == np.float64
    assert pending_operations(y) == 1
    assert float(y[3]) == 1.0 and "nothing to compute" in xp.explain(y)


def test_explain_shows_the_values_of_scalars():
    x = xp.array(np.ones(40_000))
    assert "scalar float64 scalar0: 0.25" in xp.explain(x * 0.25)
    assert "scalar int64 scalar0: 7" in xp.explain(x.astype("i8") + 7)
    assert "scalar complex128 scalar0: 0+2j" in xp.explain(x.astype("c16") * 2j)
    assert "scalar uint64 scalar0: 18446744073709551615" in xp.explain(x.astype("u8") & (2**64 - 1))


def test_explain_tells_of_several_arrays_as_eval_computes_them():
    x = xp.eval(xp.array(np.ones(40_000)) + 1)
    y, z = x * 0.1, x - 0.1
    text = xp.explain(y, z, y)
    assert text.count(": pending\n") == 3 and "in all: 1 step\n" in text, "x is read once"
    assert "scalar0: 0.1\n" in text, "the fewest digits that name the number"
    ready = xp.explain(x, z)
    assert ", nothing to compute\nfloat64(40000,): pending\nin all: 1 step\n" in ready
    assert ready.endswith(xp.explain(x).partition("\n")[2]), "why one of them is ready"
    with pytest.raises(TypeError, match="explain: give it at least one array"):
        xp.explain()


def test_words_about_the_library_say_what_they_are_about():
    for function in (xp.eval, xp.explain):
        with pytest.raises(TypeError, match=f"{function.__name__} takes arrays of crossarray, got list"):
            function([1.0])
    with xp.config(lazy=False) as inside:
        assert "lazy=False" in repr(inside)
    changed = xp.config(lazy=False)
    with changed:
        assert repr(changed) == "config(lazy=False) until the end of its with block"
    assert "with crossarray.profile() as p" in repr(xp.profile())
