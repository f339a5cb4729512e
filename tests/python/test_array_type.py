"""The ndarray type: conversions, attributes, methods and protocols against NumPy."""

import copy
import ctypes
import gc
import math
import operator
import pickle
import sys
import weakref

import numpy as np
import pytest
from parity import check

import crossarray as xp

F = np.arange(1.0, 7.0).reshape(2, 3)


def error_of(function):
    try:
        function()
    except Exception as error:
        return type(error)
    return None


@pytest.mark.parametrize(
    "convert", [bool, int, float, complex, operator.index, len, hash, list, math.floor, round, str]
)
@pytest.mark.parametrize(
    "value",
    [
        np.float64(2.5),
        np.array(2.5),
        np.int32(3),
        np.array(3),
        np.arange(3),
        np.ones(1),
        np.ones(0),
        np.complex128(1 + 0j),
        np.array(1j),
        np.True_,
        np.array(True),
        np.float64(np.nan),
        np.ones((1, 1)),
    ],
    ids=repr,
)
@pytest.mark.filterwarnings("ignore")
def test_conversions_to_python(convert, value):
    x = xp.array(np.asarray(value))
    ours = x[()] if isinstance(value, np.generic) else x
    expected = error_of(lambda: convert(value))
    # math.floor and round find __floor__ and __round__ only where NumPy's scalars (floats) have them
    assert error_of(lambda: convert(ours)) == expected
    if expected is None and convert is not list and not (isinstance(value, np.generic) and value != value):
        assert convert(ours) == convert(value)


def test_scalars_are_hashable_values():
    s = xp.arange(4.0)[2]
    assert hash(s) == hash(2.0) and {s: 1}[2.0] == 1 and f"{s:.2f}" == "2.00" and round(s, 1) == 2.0
    assert 2.0 in xp.arange(4.0) and 9 not in xp.arange(4.0)


@pytest.mark.parametrize("dtype", ["?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "c8", "c16"])
def test_attributes_and_round_trips_of_every_dtype(dtype):
    a = np.arange(6).reshape(2, 3).astype(dtype)
    x = xp.array(a)
    for name in ("shape", "dtype", "ndim", "size", "itemsize", "nbytes", "strides"):
        assert getattr(x, name) == getattr(a, name)
        assert getattr(x.T, name) == getattr(a.T, name)
    for ours, theirs in [
        (x, a),
        (x.T, a.T),
        (x[:, ::-2], a[:, ::-2]),
        (x.real, a.real),
        (x.imag, a.imag),
        (x.mT, a.mT),
    ]:
        np.testing.assert_array_equal(np.asarray(ours), theirs)
        assert np.asarray(ours).dtype == theirs.dtype
        assert ours.tolist() == theirs.tolist() and ours.tobytes() == theirs.tobytes()
        assert ours.tobytes("F") == theirs.tobytes("F")
        np.testing.assert_array_equal(np.asarray(pickle.loads(pickle.dumps(ours))), theirs)
        for key in ("C_CONTIGUOUS", "F_CONTIGUOUS"):
            assert ours.flags[key] == theirs.flags[key]
    assert xp.array(a.tolist(), dtype).tolist() == a.tolist()


def test_halves_that_fit_no_integer_convert_as_numpys():
    values = np.array([np.nan, np.inf, -np.inf, -1.5, -0.0, 60000] * 70, np.float16)
    for to in "bBhHiIqQ?":
        check(lambda lib, a: a.astype(to), values)
        check(lambda lib, a: (a[:1].astype(to), a[::2].astype(to)), values)


def test_parts_of_complex_arrays_are_views():
    z = xp.zeros(3, "c16")
    z.real = [1, 2, 3]
    z.imag[1:] = 5
    assert z.tolist() == [1, 2 + 5j, 3 + 5j]
    with pytest.raises(TypeError):
        xp.zeros(3).imag = 1
    with pytest.raises(ValueError, match="read-only"):
        xp.zeros(3).imag[0] = 1


def test_setting_shape_is_numpys():
    x = xp.arange(6)
    x.shape = 2, -1
    assert x.shape == (2, 3)
    with pytest.raises(ValueError, match=r"cannot reshape array of size 6 into shape \(4,\)"):
        x.shape = 4
    with pytest.raises(AttributeError, match="Incompatible shape for in-place modification"):
        x.T.shape = 6


@pytest.mark.parametrize(
    "call",
    [
        lambda a: a.reshape(3, 2),
        lambda a: a.reshape((-1,)),
        lambda a: a.T.reshape(-1),
        lambda a: a.reshape(3, -1, order="F"),
        lambda a: a.T.reshape(2, 3, order="A"),
        lambda a: a.ravel(),
        lambda a: a.T.ravel("K"),
        lambda a: a.ravel("F"),
        lambda a: a.flatten(),
        lambda a: a.transpose(),
        lambda a: a.transpose(1, 0),
        lambda a: a.transpose((0, 1)),
        lambda a: a.swapaxes(0, -1),
        lambda a: a[None].squeeze(),
        lambda a: a[None].squeeze(0),
        lambda a: a.view("i8"),
        lambda a: a.view("f4"),
        lambda a: a.view("u1"),
        lambda a: a.astype("i4"),
        lambda a: a.T.astype("f4"),
        lambda a: a.T.copy(),
        lambda a: a.T.copy("K"),
        lambda a: a.astype(bool),
        lambda a: copy.copy(a.T),
        lambda a: copy.deepcopy(a),
        lambda a: a.T.astype("f8", order="C"),
    ],
)
def test_methods_that_reshape_and_copy(call):
    x, a = xp.array(F), F.copy()
    ours, theirs = call(x), call(a)
    assert ours.dtype == theirs.dtype and ours.strides == theirs.strides
    np.testing.assert_array_equal(np.asarray(ours), theirs)
    assert (ours.base is x) == xp.shares_memory(x, ours) == np.shares_memory(a, theirs)


@pytest.mark.parametrize(
    "call",
    [
        lambda a: a.reshape(4),
        lambda a: a.reshape(-1, -1),
        lambda a: a.reshape("a"),
        lambda a: a.reshape(),
        lambda a: a.reshape(2, 3, order="Z"),
        lambda a: a.transpose(0),
        lambda a: a.transpose(0, 0),
        lambda a: a.transpose(0, 5),
        lambda a: a.swapaxes(0, 2),
        lambda a: a.squeeze(0),
        lambda a: a.squeeze(7),
        lambda a: a.T.view("f4"),
        lambda a: a.view("c16"),
        lambda a: a.astype("i4", casting="safe"),
        lambda a: a.astype(),
        lambda a: a.item(),
        lambda a: a.item(9),
        lambda a: a.item(0, 0, 0),
        lambda a: a.item(0, 3),
        lambda a: a.mT.nothing,
        lambda a: a.copy("Q"),
        lambda a: a.astype("no such dtype"),
        lambda a: a.fill("x"),
        lambda a: a.fill([1, 2]),
        lambda a: a[0, 0].mT,
        lambda a: a.T.reshape(6, copy=False),
        lambda a: a.sum(axis=5),
        lambda a: a.sum(axis=(0, 0)),
        lambda a: a.sum(axis="x"),
        lambda a: pow(a, 2, 3),
        lambda a: memoryview(a[:, ::2]).cast("B"),
        lambda a: a @ a,
        lambda a: a @ 1,
        lambda a: operator.iadd(a, np.ones((5, 2, 3))),
        lambda a: setattr(a, "shape", "x"),
        lambda a: delattr(a, "shape"),
    ],
)
def test_mistakes_raise_numpys_exceptions(call):
    assert error_of(lambda: call(xp.array(F))) is error_of(lambda: call(F.copy())) is not None


def test_memory_is_shared_with_numpy_both_ways():
    x = xp.arange(4.0)
    for lent in (np.asarray(x), np.frombuffer(x), np.from_dlpack(x), np.asarray(memoryview(x))):
        lent[0] += 1
    assert x[0] == 4
    x[1] = 50
    assert np.asarray(x)[1] == 50
    a = np.arange(4.0)
    for shared in (xp.asarray(a, copy=False), xp.from_dlpack(a)):
        y = shared * 2
        a[1] = -1
        assert shared[1] == -1 and y[0] == 0
    shared[2] = 7
    assert a[2] == 7 and xp.asarray(a) is not a
    assert not np.shares_memory(np.asarray(xp.array(a)), a)


def test_exports_are_counted_until_the_holder_dies():
    x = xp.arange(100_000.0)
    lent = np.asarray(x)
    y = x + 1
    lent[0] = 5
    assert y[0] == 1
    del lent
    gc.collect()
    y = x + 1
    x[0] = 9
    assert y[0] == 6


def address_of(interface):
    return ctypes.c_double.from_address(interface["data"][0])


def test_an_array_interface_shares_until_the_array_and_the_dict_are_gone():
    x = xp.arange(100_000.0)
    interface = x.__array_interface__
    y = x * 2
    address_of(interface).value = 5.0
    assert x[0] == 5 and y[0] == 0, "shared: y was computed when it was recorded"
    export = weakref.ref(interface["owner"])
    del x
    assert address_of(interface).value == 5 and export() is not None
    del interface
    assert export() is None


def test_the_array_alone_keeps_its_interface_shared():
    x = xp.arange(100_000.0)
    address = x.__array_interface__["data"][0]
    y = x * 2
    ctypes.c_double.from_address(address).value = 5.0
    assert x[0] == 5 and y[0] == 0
    x *= 2
    assert x.__array_interface__["data"][0] == address
    scalar = xp.arange(3.0)[2].__array_interface__
    assert address_of(scalar).value == 2.0


def test_bfloat16_crosses_the_border():
    ml_dtypes = pytest.importorskip("ml_dtypes")
    a = np.arange(4).astype(ml_dtypes.bfloat16)
    x = xp.array(a)
    assert x.dtype == a.dtype and xp.zeros(2, "bfloat16").dtype == a.dtype and x[1].item() == 1.0
    np.testing.assert_array_equal(np.asarray(x), a)
    np.testing.assert_array_equal(np.asarray(x + x), a + a)
    with pytest.raises(BufferError, match="no buffer format"):
        memoryview(x)


def test_array_infers_dtypes_as_numpy():
    for value in (
        1,
        2.5,
        1j,
        True,
        [1, 2],
        [1, 2.5],
        [True, 2],
        [[1], [2]],
        [],
        [[]],
        (1, 2),
        range(3),
        np.float32(1),
        2**63,
        [2**63],
        [np.float32(1), 2],
        [1, 2j],
        memoryview(b"abc"),
        [np.arange(2), np.arange(2)],
    ):
        ours, theirs = xp.array(value), np.array(value)
        assert ours.dtype == theirs.dtype and ours.shape == theirs.shape
        np.testing.assert_array_equal(np.asarray(ours), theirs)
    for value in (["a"], [None], [1, "a"], np.array(["2020-01-01"], "M8[D]"), np.longdouble(1), 2**70):
        assert type(xp.array(value)) is type(np.array(value)) is np.ndarray
    for wrong in (
        lambda m: m.array([[1], [1, 2]]),
        lambda m: m.array(),
        lambda m: m.array([300], "u1"),
        lambda m: m.array(1, "zz"),
    ):
        assert error_of(lambda f=wrong: f(xp)) is error_of(lambda f=wrong: f(np)) is not None
    x = xp.array([1, 2])
    assert xp.array([x, x]).tolist() == [[1, 2], [1, 2]] and xp.array([x[0], x.sum()]).tolist() == [1, 3]
    assert xp.asarray(x) is x and xp.array(x, ndmin=3).shape == (1, 1, 2)
    assert error_of(lambda: xp.asarray([1], copy=False)) is ValueError


def test_subclassing_is_refused_in_words():
    with pytest.raises(TypeError, match=r"cannot be subclassed \(class Mine\)"):

        class Mine(xp.ndarray):
            pass


def test_weak_references_and_sizes():
    x = xp.ones(3)
    reference = weakref.ref(x)
    del x
    assert reference() is None
    assert sys.getsizeof(xp.ones(1000)) > 8000
    assert xp.ndarray((2,), float, buffer=np.arange(2.0)).tolist() == [0, 1]


def test_nothing_leaks():
    resource = pytest.importorskip("resource")
    x, index, mask = xp.arange(10.0), xp.array([1, 2]), xp.arange(10) > 5

    def everything():
        y = x + 1
        y[2:5] = x[index[0]]
        y[mask] = 0
        y[index] = y[index] * 2
        float(y[0]), y.T, y.reshape(2, 5), np.asarray(y), memoryview(y), list(y), y.tolist(), y == None  # noqa: E711
        with pytest.raises(IndexError):
            y[99]
        xp.asarray(np.arange(10.0), copy=False) + y
        pickle.loads(pickle.dumps(y))

    for _ in range(300):
        everything()
    gc.collect()
    objects, memory = len(gc.get_objects()), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    counts = [sys.getrefcount(o) for o in (None, xp.ndarray, x, x.dtype, True)]
    for _ in range(2000):
        everything()
    gc.collect()
    assert len(gc.get_objects()) - objects < 200
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 4096
    after = [sys.getrefcount(o) for o in (None, xp.ndarray, x, x.dtype, True)]
    assert all(abs(b - a) < 100 for a, b in zip(counts, after, strict=True))
