"""NumPy's functions and arrays meet ours: results are ours, memory is shared where it can be."""

import os
import subprocess
import sys

import numpy as np
import pytest

import crossarray as xp

A = np.arange(6.0).reshape(2, 3)


def ours(a=A):
    return xp.array(a)


def test_numpys_ufuncs_on_our_arrays_give_ours():
    for result, expected in (
        (np.sin(ours()), np.sin(A)),
        (A + ours(), A + A),
        (ours() + A, A + A),
        (np.float64(2) * ours(), 2 * A),
        (np.add(1, ours()), A + 1),
        (np.add.reduce(ours(), axis=1), A.sum(1)),
        (np.multiply.outer(ours(), [1, 2]), np.multiply.outer(A, [1, 2])),
        (np.add.accumulate(ours(), axis=1), A.cumsum(1)),
        (np.divmod(ours(), 2)[1], A % 2),
        (np.matmul(A, ours().T), A @ A.T),
        (A @ ours().T, A @ A.T),
        (A < ours(), A < A),
        (np.maximum(A, ours(), where=True), A),
    ):
        assert isinstance(result, xp.ndarray)
        assert result.dtype == expected.dtype
        np.testing.assert_allclose(np.asarray(result), expected, rtol=1e-15)


def test_numpys_ufuncs_write_to_our_out_and_to_numpys():
    out = xp.zeros((2, 3))
    assert np.add(A, 1, out=out) is out
    np.testing.assert_array_equal(np.asarray(out), A + 1)
    host = np.zeros((2, 3))
    assert np.add(ours(), 1, out=host) is host
    np.testing.assert_array_equal(host, A + 1)
    host += ours()
    np.testing.assert_array_equal(host, 2 * A + 1)
    assert type(host) is np.ndarray
    np.add.at(out, (0, 0), 10.0)
    assert float(out[0, 0]) == 11.0


def test_numpys_functions_on_our_arrays_give_ours():
    x = ours()
    for result, expected in (
        (np.concatenate([x, A]), np.concatenate([A, A])),
        (np.stack([x, x], axis=1), np.stack([A, A], axis=1)),
        (np.where(A > 2, x, 0), np.where(A > 2, A, 0)),
        (np.mean(x, axis=0), A.mean(0)),
        (np.reshape(x, -1), A.reshape(-1)),
        (np.diff(x), np.diff(A)),
        (np.tensordot(x, A.T, 1), np.tensordot(A, A.T, 1)),
        (np.zeros_like(x), np.zeros_like(A)),
        (np.linalg.inv(x @ x.T), np.linalg.inv(A @ A.T)),
        (np.fft.fft(x), np.fft.fft(A)),
        (np.sort(x), np.sort(A)),
        (np.lib.stride_tricks.sliding_window_view(x, 2, 0), np.lib.stride_tricks.sliding_window_view(A, 2, 0)),
    ):
        assert isinstance(result, xp.ndarray)
        np.testing.assert_allclose(np.asarray(result), expected, rtol=1e-12, atol=1e-12)
    assert np.shape(x) == (2, 3)
    assert np.allclose(x, A) is True
    assert np.array_repr(x) == repr(A)
    assert np.result_type(x, np.float32) == np.float64


def test_another_type_that_overrides_has_its_turn():
    class Stranger:
        __array_ufunc__ = lambda self, ufunc, method, *inputs, **kwargs: "mine"
        __array_function__ = lambda self, function, types, args, kwargs: "mine"

    assert np.add(ours(), Stranger()) == "mine"
    assert xp.add(ours(), Stranger()) == "mine"
    assert ours() + Stranger() == "mine"
    assert np.concatenate([ours(), Stranger()]) == "mine"


def test_a_ufunc_that_only_numpy_has_runs_there():
    assert isinstance(np.frompyfunc(lambda a: a + 1, 1, 1)(ours()), np.ndarray)  # object dtype: NumPy's array
    words = np.array(["x", "y"])
    assert np.array_equal(words == xp.array([1, 2]), [False, False])


def test_dispatch_keeps_no_reference_to_a_ufunc():
    plus_one = np.frompyfunc(lambda a: a + 1, 1, 1)
    before = sys.getrefcount(plus_one)
    plus_one(ours())
    assert sys.getrefcount(plus_one) == before


def test_asarray_shares_memory_both_ways():
    x = ours()
    host = np.asarray(x)
    host[0, 0] = 99.0
    assert float(x[0, 0]) == 99.0
    x[0, 1] = -1.0
    assert host[0, 1] == -1.0
    shared = xp.asarray(A.copy(), copy=False)
    view = np.asarray(shared)
    view[1, 1] = 5.5
    assert float(shared[1, 1]) == 5.5


def test_devices():
    x = xp.ones(3)
    assert x.device == "cpu"
    assert x.to_device("cpu") is x
    assert x.to_device("auto") is x
    for call in (lambda: x.to_device("cuda"), lambda: xp.zeros(2, device="cuda:1"), lambda: xp.device("cuda")):
        with pytest.raises(RuntimeError, match="no device 'cuda"):
            call()
    with pytest.raises(ValueError, match="unknown device"):
        x.to_device("tpu")
    with xp.device("cpu"):
        assert xp.zeros(2, device="auto").device == "cpu"
    for make in (xp.zeros, xp.ones, xp.empty, xp.arange, xp.eye):
        assert make(3, device="cpu").device == "cpu"
    backends = xp.backends()
    assert list(backends) == ["cpu", "cuda"]
    assert backends["cuda"].endswith(".")
    assert str(backends).startswith("cpu: ")


@pytest.mark.parametrize(
    "name, works", [("cpu", True), ("auto", True), ("", True), ("cuda", False), ("quantum", False)]
)
def test_the_environment_sets_the_default_device(name, works):
    environment = {**os.environ, "CROSSARRAY_DEVICE": name}
    run = subprocess.run([sys.executable, "-c", "import crossarray"], env=environment, capture_output=True, text=True)
    assert (run.returncode == 0) == works
    assert works or "CROSSARRAY_DEVICE" in run.stderr


def test_eval_and_explain():
    x = xp.asarray(np.arange(50_000.0))
    y = (x * 2 + 1).sum()
    assert isinstance(xp.explain(y), str)
    xp.eval(y, x)
    assert float(y) == float((np.arange(50_000.0) * 2 + 1).sum())
    xp.free_cached()


def test_numpys_own_tools_read_our_arrays():
    x = ours()
    assert [value for _, value in np.ndenumerate(x)] == list(A.ravel())
    assert [float(item) for item in np.nditer(x)] == list(A.ravel())
    assert np.broadcast(x, [1, 2, 3]).shape == (2, 3)
    assert np.array(x).tolist() == x.tolist() == A.tolist()
    assert np.ma.masked_array(x, A > 2).sum() == 3.0
    np.testing.assert_array_equal(x, A)


def test_array_protocol_may_return_ours():
    class Holder:
        def __init__(self, data):
            self.data = data

        def __array__(self, dtype=None, copy=None):
            return self.data

    x = xp.arange(3)
    assert xp.asarray(Holder(x)) is not x
    np.testing.assert_array_equal(xp.asarray(Holder(x), dtype=float), [0.0, 1.0, 2.0], strict=True)
    np.testing.assert_array_equal(xp.add(Holder(x), x), [0, 2, 4])
    with pytest.raises(ValueError, match="not producing an array"):
        xp.asarray(Holder("text"))


def test_numpys_generators_refuse_our_out():
    # They read it as one of theirs: an array of 1281 elements once looked like one, and the process died.
    for shape in ((1281,), (9999,), (2, 1281), (1281, 3), (2, 2, 2047), (1, 1, 1, 1, 1281)):
        with pytest.raises(ValueError, match="Supplied output array must be contiguous"):
            np.random.default_rng(0).random(out=xp.zeros(shape))
