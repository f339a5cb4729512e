"""Arrays pinned to a device stay there, and so do results of them; on the fake driver."""

import os
import pathlib
import subprocess
import sys

from device_marks import NOT_ON_A_DEVICE
from fake_device import run_on_fake


def test_every_name_in_the_list_of_marks_is_still_a_tests():
    here = pathlib.Path(__file__).parent
    files = sorted({name.split("::")[0] for name in NOT_ON_A_DEVICE})
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--collect-only",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        *files,
    ]
    listed = subprocess.run(command, cwd=here, capture_output=True, text=True).stdout.splitlines()
    names = [line.rsplit("tests/python/", 1)[-1] for line in listed if "::" in line]
    gone = [each for each in NOT_ON_A_DEVICE if not any(name.startswith(each) for name in names)]
    assert names and not gone


class TestPinnedArrays:
    def test_results_stay_where_the_arguments_are_pinned(self):
        run_on_fake(
            """
for device in ("cuda:0", "cpu"):
    x = xp.arange(6.0, device=device).reshape(2, 3)
    mask, at = x > 2, xp.array([1, 0], device=device)
    results = [
        x + 1, x * x, x.sum(), x.sum(axis=0), x[1], x[1, 2], x[mask], x[at], x[at, at], x.T, x.copy(), -x, x @ x.T,
        xp.concatenate([x, x]), xp.stack([x, x], axis=1), xp.sort(x), xp.median(x), *xp.nonzero(mask), x.cumsum(),
        xp.count_nonzero(mask), xp.unique(x), xp.linalg.inv(x[:, :2] + 9), xp.fft.fft(x), xp.where(mask, x, 0),
        x.astype("f4"), xp.clip(x, 1, 2), xp.diff(x), x.mean(), x.argmax(), x.round(), xp.bincount(at),
        xp.take(x, [0, 1]), xp.add.reduceat(x, [0, 1]), xp.zeros_like(x), xp.tile(x, 2),
        xp.repeat(x, 2), xp.repeat(x, 9, axis=0), xp.repeat(x, [1, 2], axis=0), xp.roll(x, 1), xp.roll(x, (1, 2), (0, 1)),
        xp.diag(x[0]), xp.diagflat(x, 1), xp.cross(x, [1, 2, 3]), xp.cross([1, 2, 3], x), xp.iscomplex(x),
        xp.average(x, returned=True)[1], xp.linalg.matrix_power(x[:, :2], 0),
    ]
    for place, what in enumerate(results):
        assert what.device == device and xp._core.pin(what) == device, (device, xp._core.pin(what), place, what)
with xp.device("cuda"):
    assert xp._core.pin(xp.zeros(5)) == "cuda:0"
try:
    xp.sort(xp.concatenate([xp.ones(2, device="cuda"), xp.ones(2, device="cpu")]))
except ValueError as e:
    assert "concatenate: one operand is pinned to cuda:0, another to cpu" in str(e), e
else:
    raise AssertionError
"""
        )

    def test_numpys_functions_write_to_and_look_into_pinned_arrays(self):
        run_on_fake(
            """
x = xp.arange(12.0, device="cuda").reshape(3, 4)
view, a = x[::-1, ::2], np.arange(12.0).reshape(3, 4)
xp.put(view, [0, 5], [-1.0, -2.0])
np.put(a[::-1, ::2], [0, 5], [-1.0, -2.0])
xp.fill_diagonal(x, 7)
np.fill_diagonal(a, 7)
assert np.array_equal(np.asarray(x), a) and x.device == "cuda:0"
out = xp.zeros(3, device="cuda")
assert xp.median(x, axis=1, out=out) is out and np.array_equal(np.asarray(out), np.median(a, axis=1))
windows = xp.lib.stride_tricks.sliding_window_view(x, 2, 1)
assert windows.device == "cuda:0" and np.array_equal(np.asarray(windows[2, 1]), a[2, 1:3])
x[2, 1] = 100
assert float(windows[2, 1, 0]) == 100, "a view of the array itself"
"""
        )

    def test_views_of_one_pinned_array_share_memory(self):
        run_on_fake(
            """
x, a = xp.arange(12.0, device="cuda"), np.arange(12.0)
assert xp.shares_memory(x, x[3:]) and xp.may_share_memory(x[::2], x[1::2]) and not xp.shares_memory(x[::2], x[1::2])
assert not xp.shares_memory(x, x.copy()) and not xp.shares_memory(x[:4], x[4:])
xp.copyto(x[1:], x[:-1])
xp.put_along_axis(x[::-1], xp.array([0, 1], device="cuda"), x[5:7], 0)
np.copyto(a[1:], a[:-1])
np.put_along_axis(a[::-1], np.array([0, 1]), a[5:7], 0)
assert np.array_equal(np.asarray(x), a)
"""
        )

    def test_means_of_integers_are_quotients_of_doubles(self):
        run_on_fake(
            """
for dtype in ("i1", "u2", "i4", "i8"):
    a = np.ones((300, 2), dtype)
    a[::3] = 2
    x = xp.array(a, device="cuda")
    assert np.array_equal(np.asarray(x.mean(axis=1, dtype=dtype)), a.mean(axis=1, dtype=dtype)), dtype
    assert np.array_equal(np.asarray(x.mean(axis=0, dtype=dtype)), a.mean(axis=0, dtype=dtype)), dtype
"""
        )

    def test_indexing_repeating_and_rolling_copy_no_elements(self):
        """Bounds of index arrays come to the host, and counts of masks; of the elements nothing does."""
        out = run_on_fake(
            """
a = np.arange(100_000.0)
x = xp.array(a, device="cuda")
mask, at = x % 2 == 0, xp.arange(0, 100_000, 3, device="cuda")
xp.eval(mask)
before = _core.copies()
got = [
    x[mask], x[at], x.reshape(100, 1000)[mask.reshape(100, 1000)], xp.repeat(x, 2), xp.repeat(x.reshape(100, 1000), 20, axis=1),
    xp.roll(x, 3), xp.roll(x.reshape(100, 1000), (1, 2), axis=(0, 1)),
]
x[mask] = 0
x[at] += 1
x[mask] *= got[0]
xp.eval(x, *got)
after = _core.copies()
moved = {name: after[name] - before[name] for name in ("to_device_bytes", "to_host_bytes")}
m, i = a % 2 == 0, np.arange(0, 100_000, 3)
want = [
    a[m], a[i], a[m], np.repeat(a, 2), np.repeat(a.reshape(100, 1000), 20, axis=1),
    np.roll(a, 3), np.roll(a.reshape(100, 1000), (1, 2), axis=(0, 1)),
]
for mine, numpys in zip(got, want, strict=True):
    assert mine.device == "cuda:0" and np.array_equal(np.asarray(mine), numpys)
a[m] = 0
a[i] += 1
a[m] *= want[0]
assert np.array_equal(np.asarray(x), a)
print(max(moved.values()) < 200, moved)
"""
        )
        assert out.startswith("True"), out

    def test_masks_are_counted_where_they_are(self):
        out = run_on_fake(
            """
x = xp.arange(1000.0, device="cuda").reshape(10, 100)
mask, at = x % 7 == 0, xp.array([-1, 3], device="cuda")
xp.eval(mask)
before = _core.copies()
some, places, rows = x[mask], xp.nonzero(mask), x[at]
x[at, at] = xp.ones(2, device="cuda")
xp.eval(some, rows, xp.count_nonzero(mask))
after = _core.copies()
print(some.shape, places[1].device, after["to_host_bytes"] - before["to_host_bytes"], after["to_device"] - before["to_device"])
assert np.array_equal(np.asarray(some), np.arange(0.0, 1000, 7)) and float(rows[0, 0]) == 900 and float(x[9, 99]) == 1
try:
    x[xp.array([10], device="cuda")]
except IndexError as e:
    assert str(e) == "index 10 is out of bounds for axis 0 with size 10"
else:
    raise AssertionError
"""
        )
        assert out == "(143,) cuda:0 48 0\n", "the extremes of three arrays of positions, and nothing else"

    def test_a_missing_library_sends_products_to_the_cpu(self):
        run_on_fake(
            """
import ctypes, os
from conftest import _send_work_to_the_fake_device
_send_work_to_the_fake_device()
fake = ctypes.CDLL(os.path.join(os.path.dirname(_core.__file__), "_cuda_fake.so"))
fake.fake_cuda_set.argtypes = [ctypes.c_char_p, ctypes.c_int64]
fake.fake_cuda_set(b"missing_blas", 1)
x = xp.ones((200, 200))
assert float((x @ x)[3, 4]) == 200
pinned = xp.ones((200, 200), device="cuda")
try:
    xp.eval(pinned @ pinned)
except RuntimeError as e:
    assert "cublas" in str(e).lower(), e
else:
    raise AssertionError("a pinned array does not move")
""",
            PYTHONPATH=os.pathsep.join([str(pathlib.Path(__file__).parent), os.environ.get("PYTHONPATH", "")]),
        )

    def test_a_forked_child_computes_on_the_cpu(self):
        run_on_fake(
            """
from conftest import _send_work_to_the_fake_device
_send_work_to_the_fake_device()
x = xp.arange(300_000.0)
y = x * 2
xp.eval(y)  # of the device only
assert float((x + 1)[5]) == 6 and _core.copies()["to_device"] > 0  # x is on both sides
child = os.fork()
if child == 0:
    try:
        assert float((x * 3)[7]) == 21 and float((x[:200_000].reshape(400, 500) @ xp.ones((500, 2)))[0, 0]) == 124750
        x[0] = 5  # host bytes are the child's own
        assert float(x.sum()) == 44999850005.0 and "cuda:0" not in xp.memory()
        try:
            np.asarray(y)
        except xp.DeviceError as error:
            assert "forked" in str(error) and "only on the device" in str(error), error
        else:
            raise AssertionError("wrong data instead of an error")
    except BaseException as error:
        import traceback
        traceback.print_exc()
        os._exit(1)
    os._exit(0)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert float(y[3]) == 6, "the parent goes on"
""",
            PYTHONPATH=os.pathsep.join([str(pathlib.Path(__file__).parent), os.environ.get("PYTHONPATH", "")]),
        )

    def test_long_whole_reductions_go_to_the_library(self):
        run_on_fake(
            """
_fake.fake_cuda_count.restype = ctypes.c_int64
def library_calls(y):
    before = _fake.fake_cuda_count(b"xa_reduce")
    xp.eval(y)
    return _fake.fake_cuda_count(b"xa_reduce") - before
x = xp.arange(3_000_000.0).to_device("cuda")
for fold in (x.sum, x.min, x.max, x.argmin, x.argmax, x.reshape(3000, 1000).sum):
    assert library_calls(fold()) > 0, fold
for y in (x[:3000].sum(), x[::2].sum(), (x * 2).sum(), x.reshape(3000, 1000).sum(axis=0), x.var()):
    assert library_calls(y) == 0
assert float(x.sum()) == 4499998500000 and int(x.argmax()) == 2_999_999
"""
        )

    def test_results_without_elements(self):
        run_on_fake(
            """
x = xp.arange(4.0, device="cuda")
none, nowhere = x[x > 9], xp.ones((0, 4), device="cuda")
assert none.device == "cuda:0" and none.shape == (0,) and np.asarray(none).shape == (0,)
assert np.asarray(none + 1).shape == (0,) and float(none.sum()) == 0
assert np.array_equal(np.asarray((nowhere + 1).sum(axis=0)), np.zeros(4))
assert np.asarray(nowhere.cumsum()).shape == (0,) and np.asarray(x[[]]).shape == (0,)
assert np.asarray(nowhere.to_device("cpu")).shape == (0, 4)
"""
        )

    def test_reading_a_few_elements_moves_those_only(self):
        run_on_fake(
            """
def moved(read):
    before = _core.copies()
    value = read()
    after = _core.copies()
    return value, {name: after[name] - before[name] for name in ("to_device_bytes", "to_host_bytes")}
x = xp.array(np.arange(100_000.0), device="cuda")
for read, bytes in ((lambda: float(x[3]), 8), (lambda: x.item(3), 8), (lambda: x[3:4].tolist()[0], 8)):
    assert moved(read) == (3.0, {"to_device_bytes": 0, "to_host_bytes": bytes})
xp.put(x, [0], [7.0])
assert moved(lambda: float(x[3])) == (3.0, {"to_device_bytes": 0, "to_host_bytes": 0}), "the host has it since put"
"""
        )

    def test_what_is_pinned_elsewhere_is_no_index_no_value_and_no_output(self):
        run_on_fake(
            """
there, here = xp.arange(10.0, device="cuda"), xp.arange(10.0, device="cpu")
at, mask = xp.array([1, 2], device="cuda"), there > 3
def set_all(key, value):
    here[key] = value
for name, attempt in (
    ("getitem", lambda: here[at]), ("getitem", lambda: here[mask]), ("getitem", lambda: here[at, None]),
    ("setitem", lambda: set_all(slice(None), there)), ("setitem", lambda: set_all(slice(3, None), there[3:])),
    ("setitem", lambda: set_all(0, there[0])), ("setitem", lambda: set_all(at, 1)), ("setitem", lambda: set_all(mask, 1)),
    ("add", lambda: xp.add(here, 1, out=there)), ("add", lambda: xp.add(here[3:], 1, out=there[3:])),
    ("matmul", lambda: xp.matmul(here, here, out=xp.zeros((), device="cuda"))),
    ("sum", lambda: xp.sum(here, out=xp.zeros((), device="cuda"))),
):
    try:
        attempt()
    except ValueError as e:
        assert str(e).startswith(name + ": one operand is pinned to "), e
    else:
        raise AssertionError(name)
assert np.array_equal(np.asarray(here), np.arange(10.0)) and np.array_equal(np.asarray(there), np.arange(10.0))
here[[1, 2]] = [5, 6]
there[[1, 2]] = np.array([5, 6])
assert here.tolist() == there.tolist() == [0, 5, 6, *range(3, 10)]
"""
        )

    def test_lists_go_to_arrays_pinned_elsewhere_than_the_default(self):
        run_on_fake(
            """
here = xp.zeros(4, device="cpu")
here[:] = [1, 2, 3, 4]
here[[0, 1]] = [7, 8]
here[np.array([2])] = np.ones(1)
here[[True, False, False, True]] = 0
assert here.device == "cpu" and here.tolist() == [0, 8, 1, 0]
""",
            CROSSARRAY_DEVICE="cuda",
        )

    def test_entering_an_inner_block_computes_what_the_outer_one_recorded(self):
        run_on_fake(
            """
with xp.device("cuda"):
    outer = xp.ones(1000) * 3
    with xp.device("cpu"):
        assert "nothing to compute" in xp.explain(outer)
        inner = xp.ones(1000) * 2
    assert "nothing to compute" in xp.explain(inner)
"""
        )

    def test_ctrl_c_while_waiting_for_a_device_leaves_every_array_usable(self):
        run_on_fake(
            """
import signal, threading
signal.signal(signal.SIGINT, signal.default_int_handler)
x = y = xp.array(np.linspace(0, 1, 20_000), device="cuda")
for _ in range(60):
    y = xp.sin(y) + 0.5
    xp.eval(y)
timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT))
timer.start()
interrupted = False
try:
    float(y[5])
    while True:
        timer.join(0.01)
except KeyboardInterrupt:
    interrupted = True
reference = np.linspace(0, 1, 20_000)
for _ in range(60):
    reference = np.sin(reference) + 0.5
assert interrupted and np.allclose(np.asarray(y), reference, rtol=1e-12) and float(x[-1]) == 1
"""
        )

    def test_a_forked_child_is_told_that_the_device_is_its_parents(self):
        run_on_fake(
            """
x = xp.arange(1000.0, device="cuda")
assert float(x.sum()) == 499500
child = os.fork()
if child == 0:
    try:
        float((x + 1).max())
    except xp.DeviceError as e:
        os._exit(0 if "before this process was forked" in str(e) else 2)
    os._exit(1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert float((x + 1).max()) == 1000
"""
        )
