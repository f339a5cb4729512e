"""Arrays pinned to a device stay there, and so do results of them; on the fake driver."""

import os
import pathlib

from fake_device import run_on_fake


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
