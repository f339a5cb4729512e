"""What is not native runs in NumPy on host views, says so on demand, and gives our arrays back."""

import numpy as np
import pytest
from parity import check

import crossarray as xp

GRID = np.array([[3.0, 1.0, 2.0], [9.0, 7.0, 8.0]])

FALLBACKS = {
    "one array": lambda xp, x: [xp.sort(x), xp.median(x), xp.percentile(x, 30, axis=1), xp.argsort(x, axis=0)],
    "a tuple": lambda xp, x: xp.unique(x, return_counts=True),
    "a named tuple": lambda xp, x: [*xp.unique_counts(x), *xp.linalg.eigh(x @ x.T)],
    "a list in": lambda xp, x: xp.block([[x, x], [x, x]]),
    "linalg": lambda xp, x: [
        xp.linalg.inv(x @ x.T + xp.eye(2)),
        xp.linalg.det(x @ x.T),
        xp.linalg.solve(x[:, :2], x[:, 0]),
    ],
    "fft": lambda xp, x: [xp.fft.fft(x), xp.fft.irfft(xp.fft.rfft(x))],
    "a scalar in": lambda xp, x: xp.searchsorted(xp.sort(x[0]), x.mean()),
    "a function": lambda xp, x: xp.apply_along_axis(lambda row: row.sum(), 1, x),
    "strings": lambda xp, x: [xp.strings.upper(xp.array(["a", "b"])), xp.char.add("a", "b")],
    "a wrapped module": lambda xp, x: [
        xp.emath.sqrt(xp.array([-1.0, 4.0])),
        xp.lib.stride_tricks.sliding_window_view(x, 2, 1),
    ],
    "builders": lambda xp, x: [xp.r_[1:4, x[0]], xp.c_[x[0], x[1]], xp.mgrid[0:2, 0:3], *xp.ogrid[0:2, 0:3]],
    "vectorize": lambda xp, x: xp.vectorize(lambda a, b: a if a > b else b)(x, 4.0),
    "an error": lambda xp, x: xp.linalg.inv(x),
    "a singular matrix": lambda xp, x: xp.linalg.inv(xp.zeros((2, 2))),
    "methods": lambda xp, x: [
        x.argsort(),
        x.searchsorted(3.0) if x.ndim == 1 else x.partition(1),
    ],
    "flat": lambda xp, x: [xp.array(x.flat[2]), xp.array(list(x.flat))],
}


@pytest.mark.parametrize("name", FALLBACKS)
def test_a_fallback_gives_numpys_values_as_our_arrays(name):
    check(FALLBACKS[name], GRID, layout=False, rtol=1e-14)


def test_a_function_that_writes_its_argument_writes_ours():
    def body(xp, x):
        xp.put(x, [0, 5], [-1.0, -2.0])
        xp.place(x, x > 8, [100.0])
        xp.putmask(x, x == 7, 70.0)
        x.sort(axis=1)
        x.flat[1] = 0.5
        return x

    check(body, GRID)


def test_sorting_takes_the_array_apis_descending():
    x = xp.asarray(np.array([[3.0, 1.0, 3.0, 2.0], [0.0, -1.0, 7.0, 0.0]]))
    xp.testing.assert_array_equal(xp.sort(x, descending=True), [[3, 3, 2, 1], [7, 0, 0, -1]])
    xp.testing.assert_array_equal(xp.argsort(x, descending=True, stable=True), [[0, 2, 3, 1], [2, 0, 3, 1]])
    xp.testing.assert_array_equal(xp.argsort(x, axis=0, descending=True), [[0, 0, 1, 0], [1, 1, 0, 1]])


def test_out_is_written_and_returned():
    def body(xp, x):
        out = xp.zeros(2)
        result = xp.median(x, axis=1, out=out)
        assert result is out
        return out

    check(body, GRID)


def test_work_recorded_before_a_write_keeps_its_values():
    x = xp.asarray(np.arange(100_000.0))
    y = x * 2 + 1
    xp.put(x, [0], [-5.0])
    assert float(y[0]) == 1.0
    assert float(x[0]) == -5.0


def test_a_result_that_is_a_view_in_numpy_is_a_view_here():
    def body(xp, x):
        view = xp.lib.stride_tricks.sliding_window_view(x, 2, 0)
        x[0, 0] = 50.0
        return view

    check(body, GRID, layout=False)


def test_raise_makes_a_fallback_an_error_that_names_the_function():
    x = xp.asarray(GRID)
    with xp.config(fallback="raise"):
        for call, name in ((lambda: xp.median(x), "numpy.median"), (lambda: xp.linalg.svd(x), "numpy.linalg.svd"),
                           (lambda: xp.fft.fft(x), "numpy.fft.fft"), (lambda: x.argsort(), "ndarray.argsort"),
                           (lambda: xp.random.default_rng(1).normal(size=2), "numpy.random.Generator.normal"),
                           (lambda: xp.mgrid[0:2], "numpy.mgrid")):  # fmt: skip
            with pytest.raises(NotImplementedError, match=name.replace(".", r"\.")):
                call()
        assert xp.sum(x) == 30.0  # native functions and compositions go on
        assert xp.gradient(x, axis=1).shape == (2, 3)
        assert xp.result_type(x, 1j) == np.complex128
    assert xp.median(x) == 5.0


def test_dtypes_outside_the_table_stay_numpys():
    for dtype in ("U3", object, "M8[D]", np.longdouble, [("a", "i4")], ">f8"):
        with xp.config(fallback="raise"):
            made = [xp.zeros(2, dtype=dtype), xp.array(np.zeros(2, dtype)), xp.asarray(np.zeros(2, dtype))]
        for array in made:
            assert type(array) is np.ndarray
            assert array.dtype == np.dtype(dtype)
    words = xp.array(["b", "a"])
    assert type(xp.concatenate([words, words])) is np.ndarray
    assert xp.reshape(["b", "a"], (2, 1)).shape == (2, 1)
    assert list(xp.flip(words)) == ["a", "b"]
    assert xp.linalg.trace(np.array([[1, 2], [3, 4]], object)) == 5
    assert xp.fft.fftshift(words).tolist() == ["a", "b"]


def test_random_streams_are_numpys():
    check(lambda xp: [xp.random.default_rng(7).normal(size=(2, 3)), xp.random.default_rng(7).integers(0, 10, 4)])
    check(lambda xp: [xp.random.RandomState(3).rand(4), xp.random.Generator(xp.random.PCG64(1)).permutation(5)])

    def legacy(xp):
        xp.random.seed(11)
        return [xp.random.rand(2, 2), xp.random.randint(0, 5, 3), xp.random.choice(xp.arange(4), 2)]

    check(legacy)

    def shuffled(xp):
        x = xp.arange(10)
        xp.random.default_rng(0).shuffle(x)
        return x

    check(shuffled)
    assert isinstance(xp.random.default_rng(1), np.random.Generator)
    assert isinstance(xp.random.default_rng(1).spawn(2)[0], xp.random.Generator)
    generator = xp.random.default_rng(5)
    assert xp.random.default_rng(generator) is generator


def test_testing_functions_evaluate_what_they_compare():
    x = xp.asarray(np.arange(20_000.0)) * 2
    xp.testing.assert_array_equal(x, np.arange(20_000.0) * 2)
    xp.testing.assert_allclose(x[1:] - x[:-1], 2.0)
    with pytest.raises(AssertionError), xp.config(fallback="raise"):
        xp.testing.assert_array_equal(x, x + 1)


def test_errstate_refuses_what_it_cannot_do():
    for settings in ({"all": "raise"}, {"divide": "call"}):
        with pytest.raises(NotImplementedError, match="errstate"):
            xp.errstate(**settings)
        with pytest.raises(NotImplementedError):
            xp.seterr(**settings)
    with xp.errstate(all="ignore", divide="warn"):
        assert xp.geterr()["divide"] == "warn"
        assert np.isinf(float(xp.array(1.0) / 0.0))
    before = xp.seterr(over="print")
    assert xp.seterr(**before)["over"] == "print"


def test_settings_are_set_read_and_restored():
    before = {name: getattr(xp.config, name) for name in ("lazy", "threads", "fast_math", "fallback")}
    with xp.config(lazy=False, threads=1, fast_math=True, fallback="raise") as inside:
        assert (inside.lazy, inside.threads, inside.fast_math, inside.fallback) == (False, 1, True, "raise")
        assert "threads=1" in repr(xp.config)
    assert {name: getattr(xp.config, name) for name in before} == before
    for settings, error in (({"threads": -1}, ValueError), ({"threads": 1.5}, TypeError), ({"lazy": 1}, TypeError),
                            ({"fallback": "maybe"}, ValueError), ({"speed": 9}, TypeError)):  # fmt: skip
        with pytest.raises(error):
            xp.config(fast_math=True, **settings)
    assert {name: getattr(xp.config, name) for name in before} == before
    with pytest.raises(AttributeError, match="no setting"):
        xp.config.speed = 9


def test_subclasses_of_numpys_array_stay_numpys():
    masked = np.ma.masked_array([1.0, 2.0, 9.0], [False, False, True])
    assert isinstance(xp.diff(masked), np.ma.MaskedArray)
    assert xp.trapezoid(masked) == 1.5
