"""reduce, accumulate, reduceat, outer and at of every binary ufunc."""

import numpy as np
import pytest
from parity import check, layouts

import crossarray as xp

BINARY = sorted(
    name
    for name in dir(np)
    if isinstance(getattr(np, name), np.ufunc)
    and getattr(np, name).nin == 2
    and getattr(np, name).nout == 1
    and not getattr(np, name).signature
    and getattr(np, name).__name__ == name
    and name != "ldexp"  # its two inputs have different dtypes: nothing to reduce
)
# Sums in another order than NumPy's, transcendental steps: bounded, not the same bits.
LOOSE = {"add": 1e-15, "multiply": 1e-14, "logaddexp": 1e-14, "logaddexp2": 1e-14, "hypot": 1e-14, "power": 1e-13,
         "arctan2": 1e-14, "float_power": 1e-13}  # fmt: skip
VALUES = np.array([[3, 1, 2], [5, 2, 7], [1, 4, 2], [6, 3, 1]])


def inputs(name):
    for dtype in ("?", "u1", "i4", "i8", "f4", "f8", "c16"):
        yield VALUES.astype(dtype)


def tolerance(name, array):
    if name not in LOOSE or (array.dtype.kind in "?iub" and name in ("add", "multiply", "power")):
        return {}
    return {"rtol": 2e-3 if array.dtype.itemsize < 4 else LOOSE[name] * (1e9 if array.dtype == np.float32 else 1)}


@pytest.mark.parametrize("name", BINARY)
def test_reduce_along_an_axis(name):
    for a in inputs(name):
        for axis in (0, 1, -1):
            if axis and name in ("arctan2", "power", "float_power"):
                continue  # NumPy's AVX-512 loops skip steps along the inner axis: power of 5, 2, 7 gives 5**7
            check(lambda xp, a: getattr(xp, name).reduce(a, axis=axis), a, **tolerance(name, a))


@pytest.mark.parametrize("name", BINARY)
def test_reduce_of_all_axes(name):
    for a in inputs(name):
        check(lambda xp, a: getattr(xp, name).reduce(a, axis=None), a, **tolerance(name, a))


@pytest.mark.parametrize("name", BINARY)
def test_accumulate(name):
    for a in inputs(name):
        for axis in (0, 1):
            check(lambda xp, a: getattr(xp, name).accumulate(a, axis=axis), a, **tolerance(name, a))


@pytest.mark.parametrize("name", BINARY)
def test_outer(name):
    for a in inputs(name):
        check(lambda xp, a: getattr(xp, name).outer(a[0], a[:2]), a, ulp=4)


@pytest.mark.parametrize("name", ["add", "subtract", "maximum", "logaddexp", "multiply"])
def test_reduceat(name):
    a = VALUES.astype("f8")
    for axis in (0, 1):
        check(lambda xp, a: getattr(xp, name).reduceat(a, [0, 2, 1], axis=axis), a, rtol=1e-14)
    check(lambda xp, a: getattr(xp, name).reduceat(a, [0, 2], axis=0, dtype="f4"), a, rtol=1e-6)


@pytest.mark.parametrize("name", ["add", "maximum", "logical_or", "multiply", "hypot", "gcd"])
def test_reduce_of_nothing_gives_the_identity(name):
    dtype = "i8" if name == "gcd" else "f8"
    check(lambda xp: getattr(xp, name).reduce(xp.zeros((0, 3), dtype)))
    check(lambda xp: getattr(xp, name).reduce(xp.zeros((3, 0), dtype)))
    check(lambda xp: getattr(xp, name).reduce(xp.zeros((0, 3), dtype), initial=2))


@pytest.mark.parametrize("name", ["add", "multiply", "maximum", "minimum", "subtract", "hypot", "fmax", "bitwise_or"])
@pytest.mark.parametrize("keepdims", [False, True])
def test_reduce_with_initial_and_where(name, keepdims):
    a = VALUES if name == "bitwise_or" else VALUES.astype("f8")
    mask = VALUES % 2 == 0
    check(lambda xp, a: getattr(xp, name).reduce(a, axis=0, initial=4, keepdims=keepdims), a, rtol=1e-14)
    check(
        lambda xp, a, m: getattr(xp, name).reduce(a, axis=1, initial=4, where=m, keepdims=keepdims), a, mask, rtol=1e-14
    )
    check(
        lambda xp, a, m: getattr(xp, name).reduce(a, axis=(0, 1), initial=4, where=m, keepdims=keepdims),
        a,
        mask,
        rtol=1e-14,
    )


def test_reduce_takes_out_and_dtype():
    check(lambda xp, a: xp.add.reduce(a, axis=0, dtype="f4"), VALUES)
    check(lambda xp, a: xp.add.reduce(a, axis=0, out=xp.zeros(3)), VALUES)
    check(lambda xp, a: xp.add.reduce(a, axis=0, out=xp.zeros(3, "i1")), VALUES.astype("i1"))
    check(lambda xp, a: xp.add.reduce(a, axis=0, out=xp.zeros(3, int)), VALUES.astype("f8"))
    check(lambda xp, a: xp.add.reduce(a, axis=()), VALUES.astype("i1"))


def test_power_reduce_takes_every_step():
    assert xp.power.reduce(xp.array([5.0, 2.0, 3.0])) == 15625
    assert xp.power.reduce(xp.array([[5.0, 2.0, 3.0]]), axis=1)[0] == 15625


def test_hypot_reduce_starts_from_its_identity():
    check(lambda xp: xp.hypot.reduce(xp.array([-3.0])))
    check(lambda xp: xp.gcd.reduce(xp.array([-4])))


def test_reduce_of_every_layout():
    for _, a in layouts(np.arange(24.0).reshape(4, 6)):
        for axis in (0, 1, (0, 1), None):
            check(lambda xp, a: xp.add.reduce(a, axis=axis), a)
            check(lambda xp, a: xp.maximum.reduce(a, axis=axis), a)


@pytest.mark.parametrize(
    "index", [[0, 0, 2], ([0, 0, 1], [1, 1, 0]), slice(None, None, 2), 1, (0, 1), np.array([True, False, True, True])]
)
def test_at_acts_once_per_index(index):
    def body(xp, a):
        xp.add.at(a, index, 10)
        xp.multiply.at(a, index, 2)
        return a

    check(body, VALUES)
    check(body, VALUES.astype("f4"))


def test_at_takes_arrays_and_unary_ops():
    def body(xp, a):
        xp.subtract.at(a, [0, 0, 1], xp.array([1.0, 2.0, 4.0]))
        xp.negative.at(a, [2])
        return a

    check(body, np.arange(4.0))
    check(body, np.arange(8.0)[::2])


def test_at_reads_its_values_before_it_writes():
    def body(xp, a):
        xp.add.at(a, [1, 2, 3, 0], a)
        xp.multiply.at(a, [0, 1, 2, 3], a[::-1])
        return a

    check(body, np.arange(1.0, 5.0))


def test_at_writes_through_views():
    a = xp.arange(6.0)
    xp.add.at(a[::2], [0, 0], 1)
    assert list(a) == [2, 1, 2, 3, 4, 5]


def test_resolve_dtypes_names_the_loop():
    assert xp.add.resolve_dtypes((np.dtype("i4"), np.dtype("f4"), None)) == np.add.resolve_dtypes(
        (np.dtype("i4"), np.dtype("f4"), None)
    )
    assert xp.add.resolve_dtypes((np.dtype("f4"), float, None)) == np.add.resolve_dtypes((np.dtype("f4"), float, None))


@pytest.mark.parametrize("name", ["logaddexp", "logaddexp2", "hypot"])
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_long_lines_are_folded_in_vectors(name, dtype):
    x = np.random.default_rng(2).uniform(1, 3, (3, 10_007)).astype(dtype)
    rtol = 1e-5 if dtype == "f4" else 1e-12
    for axis in (0, 1):
        check(lambda xp, x, axis=axis: getattr(xp, name).reduce(x, axis), x, rtol=rtol)
    check(lambda xp, x: getattr(xp, name).reduce(x[1, ::3]), x, rtol=rtol)
    check(lambda xp, x: getattr(xp, name).reduce(x[0], initial=2.5), x, rtol=rtol)
    x[1, 5000] = np.nan
    x[2, 70] = np.inf
    check(lambda xp, x: getattr(xp, name).reduce(x, 1), x, rtol=rtol)
