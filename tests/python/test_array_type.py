"""The ndarray type: operators, conversions, attributes, methods and protocols against NumPy."""

import copy
import gc
import math
import operator
import pickle
import sys
import weakref
from fractions import Fraction

import numpy as np
import pytest

import crossarray as xp

F = np.arange(1.0, 7.0).reshape(2, 3)
BINARY = [operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod, operator.pow]
BITWISE = [operator.and_, operator.or_, operator.xor, operator.lshift, operator.rshift]
COMPARISONS = [operator.lt, operator.le, operator.eq, operator.ne, operator.gt, operator.ge]


def same(ours, theirs):
    assert isinstance(ours, xp.ndarray), type(ours)
    assert ours.shape == np.shape(theirs) and ours.dtype == theirs.dtype
    np.testing.assert_allclose(np.asarray(ours), theirs, rtol=1e-15)


def error_of(function):
    try:
        function()
    except Exception as error:  # noqa: BLE001 - any exception is an answer
        return type(error)
    return None


@pytest.mark.parametrize("op", BINARY + COMPARISONS, ids=lambda op: op.__name__)
def test_operators_take_arrays_scalars_lists_and_numpys_arrays(op):
    x = xp.array(F)
    for other in (2, 2.5, True, np.float32(3), np.arange(1.0, 4.0), [1, 2, 3], [[1.5], [2]], np.int8(2)):
        same(op(x, other), op(F, other))
        same(op(other, x), op(other, F))
    same(op(x, x[0]), op(F, F[0]))


@pytest.mark.parametrize("op", BITWISE, ids=lambda op: op.__name__)
def test_bitwise_operators(op):
    a = np.arange(6)
    same(op(xp.array(a), 2), op(a, 2))
    same(op(2, xp.array(a)), op(2, a))
    same(op(xp.array(a), np.arange(6, dtype="u1")), op(a, np.arange(6, dtype="u1")))


def test_unary_operators_divmod_and_matmul():
    a = np.arange(-3.0, 3.0)
    for op in (operator.neg, operator.pos, operator.abs):
        same(op(xp.array(a)), op(a))
    same(~xp.array([True, False]), ~np.array([True, False]))
    for ours, theirs in zip(divmod(xp.array(a), 2), divmod(a, 2), strict=True):
        same(ours, theirs)
    for ours, theirs in zip(divmod(7, xp.array(a + 10)), divmod(7, a + 10), strict=True):
        same(ours, theirs)
    same(xp.array(F) @ xp.array(F.T), F @ F.T)
    same(xp.array(F) @ F.T, F @ F.T)
    same(F.tolist() @ xp.array(F.T), F @ F.T)


@pytest.mark.parametrize("exponent", [0, 1, 2, 3, 4, -1, -2, 0.5, -0.5, 2.0, 1j])
@pytest.mark.parametrize("dtype", ["i8", "f4", "f8", "c16"])
def test_powers(dtype, exponent):
    a = np.arange(1, 6).astype(dtype)
    assert error_of(lambda: xp.array(a) ** exponent) == error_of(lambda: a**exponent)
    if error_of(lambda: a**exponent) is None:
        ours = xp.array(a) ** exponent
        assert ours.dtype == (a**exponent).dtype
        np.testing.assert_allclose(np.asarray(ours), a**exponent, rtol=1e-6 if dtype == "f4" else 1e-14)


def test_in_place_operators_keep_memory_and_dtype():
    for op in (operator.iadd, operator.isub, operator.imul, operator.itruediv, operator.ifloordiv, operator.imod, operator.ipow):
        x, a = xp.array(F), F.copy()
        view = x[0]
        result = op(x, 2)
        same(result, op(a, 2))
        assert result is x and view.tolist() == a[0].tolist()
    i = xp.arange(3)
    with pytest.raises(TypeError, match="same_kind"):
        i /= 2
    i += np.int8(1)
    i += [1, 2, 3]
    assert i.tolist() == [2, 4, 6] and i.dtype == np.int64
    m = xp.array(F[:, :2])
    before = m
    m @= xp.array([[0.0, 1.0], [1.0, 0.0]])
    assert m is before and m.tolist() == F[:, 1::-1].tolist()


def test_in_place_on_a_scalar_gives_a_new_object():
    s = xp.arange(3.0).sum()
    old = s
    s += 1
    assert float(s) == 4 and float(old) == 3


class Refuses:
    __array_ufunc__ = None

    def __radd__(self, other):
        return "refused"

    __rmatmul__ = __eq__ = __radd__
    __hash__ = None


class Outranks:
    __array_priority__ = 5

    def __rmul__(self, other):
        return "outranked"


def test_operators_give_way_to_types_that_ask_for_it():
    x = xp.arange(3)
    assert x + Refuses() == "refused" and x @ Refuses() == "refused"
    assert (x == Refuses()) == "refused"
    assert x * Outranks() == "outranked"


def test_equality_answers_for_every_type():
    x = xp.arange(3)
    assert (x == None).tolist() == [False] * 3  # noqa: E711
    assert (x != "a").tolist() == [True] * 3
    assert error_of(lambda: x < None) is TypeError
    with pytest.raises(ValueError, match="could not be broadcast together with shapes"):
        x == xp.arange(4)  # noqa: B015


@pytest.mark.parametrize("other", [None, "a", object(), {}, Fraction(1, 2), [None], b"x"], ids=repr)
def test_unknown_operands_behave_as_with_numpy(other):
    a = np.arange(3.0)
    assert error_of(lambda: xp.array(a) + other) == error_of(lambda: a + other)


@pytest.mark.parametrize("convert", [bool, int, float, complex, operator.index, len, hash, list, math.floor, round, str])
@pytest.mark.parametrize(
    "value",
    [np.float64(2.5), np.array(2.5), np.int32(3), np.array(3), np.arange(3), np.ones(1), np.ones(0), np.complex128(1 + 0j),
     np.array(1j), np.True_, np.array(True), np.float64(np.nan), np.ones((1, 1))],
    ids=repr,
)  # fmt: skip
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
    for ours, theirs in [(x, a), (x.T, a.T), (x[:, ::-2], a[:, ::-2]), (x.real, a.real), (x.imag, a.imag), (x.mT, a.mT)]:
        np.testing.assert_array_equal(np.asarray(ours), theirs)
        assert np.asarray(ours).dtype == theirs.dtype
        assert ours.tolist() == theirs.tolist() and ours.tobytes() == theirs.tobytes()
        assert ours.tobytes("F") == theirs.tobytes("F")
        np.testing.assert_array_equal(np.asarray(pickle.loads(pickle.dumps(ours))), theirs)
        for key in ("C_CONTIGUOUS", "F_CONTIGUOUS"):
            assert ours.flags[key] == theirs.flags[key]
    assert xp.array(a.tolist(), dtype).tolist() == a.tolist()


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
        lambda a: a.reshape(3, 2), lambda a: a.reshape((-1,)), lambda a: a.T.reshape(-1), lambda a: a.reshape(3, -1, order="F"),
        lambda a: a.T.reshape(2, 3, order="A"), lambda a: a.ravel(), lambda a: a.T.ravel("K"), lambda a: a.ravel("F"),
        lambda a: a.flatten(), lambda a: a.transpose(), lambda a: a.transpose(1, 0), lambda a: a.transpose((0, 1)),
        lambda a: a.swapaxes(0, -1), lambda a: a[None].squeeze(), lambda a: a[None].squeeze(0), lambda a: a.view("i8"),
        lambda a: a.view("f4"), lambda a: a.view("u1"), lambda a: a.astype("i4"), lambda a: a.T.astype("f4"),
        lambda a: a.T.copy(), lambda a: a.T.copy("K"), lambda a: a.astype(bool), lambda a: copy.copy(a.T),
        lambda a: copy.deepcopy(a), lambda a: a.T.astype("f8", order="C"),
    ],
)  # fmt: skip
def test_methods_that_reshape_and_copy(call):
    x, a = xp.array(F), F.copy()
    ours, theirs = call(x), call(a)
    assert ours.dtype == theirs.dtype and ours.strides == theirs.strides
    np.testing.assert_array_equal(np.asarray(ours), theirs)
    assert (ours.base is x) == np.shares_memory(np.asarray(x), np.asarray(ours)) == np.shares_memory(a, theirs)


@pytest.mark.parametrize(
    "call",
    [
        lambda a: a.reshape(4), lambda a: a.reshape(-1, -1), lambda a: a.reshape("a"), lambda a: a.reshape(),
        lambda a: a.reshape(2, 3, order="Z"), lambda a: a.transpose(0), lambda a: a.transpose(0, 0), lambda a: a.transpose(0, 5),
        lambda a: a.swapaxes(0, 2), lambda a: a.squeeze(0), lambda a: a.squeeze(7), lambda a: a.T.view("f4"),
        lambda a: a.view("c16"), lambda a: a.astype("i4", casting="safe"), lambda a: a.astype(), lambda a: a.item(),
        lambda a: a.item(9), lambda a: a.item(0, 0, 0), lambda a: a.item(0, 3), lambda a: a.mT.nothing, lambda a: a.copy("Q"),
        lambda a: a.astype("no such dtype"), lambda a: a.fill("x"), lambda a: a.fill([1, 2]), lambda a: a[0, 0].mT,
        lambda a: a.T.reshape(6, copy=False), lambda a: a.sum(axis=5), lambda a: a.sum(axis=(0, 0)), lambda a: a.sum(axis="x"),
        lambda a: pow(a, 2, 3), lambda a: memoryview(a[:, ::2]).cast("B"), lambda a: a @ a, lambda a: a @ 1,
        lambda a: operator.iadd(a, np.ones((5, 2, 3))), lambda a: setattr(a, "shape", "x"), lambda a: delattr(a, "shape"),
    ],
)  # fmt: skip
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
    for value in (1, 2.5, 1j, True, [1, 2], [1, 2.5], [True, 2], [[1], [2]], [], [[]], (1, 2), range(3), np.float32(1), 2**63,
                  [2**63], [np.float32(1), 2], [1, 2j], memoryview(b"abc"), [np.arange(2), np.arange(2)]):  # fmt: skip
        ours, theirs = xp.array(value), np.array(value)
        assert ours.dtype == theirs.dtype and ours.shape == theirs.shape
        np.testing.assert_array_equal(np.asarray(ours), theirs)
    for value in (["a"], [None], [1, "a"], np.array(["2020-01-01"], "M8[D]"), np.longdouble(1), 2**70):
        assert type(xp.array(value)) is type(np.array(value)) is np.ndarray
    for wrong in (lambda m: m.array([[1], [1, 2]]), lambda m: m.array(), lambda m: m.array([300], "u1"), lambda m: m.array(1, "zz")):
        assert error_of(lambda f=wrong: f(xp)) is error_of(lambda f=wrong: f(np)) is not None
    x = xp.array([1, 2])
    assert xp.array([x, x]).tolist() == [[1, 2], [1, 2]] and xp.array([x[0], x.sum()]).tolist() == [1, 3]
    assert xp.asarray(x) is x and xp.array(x, ndmin=3).shape == (1, 1, 2)
    assert error_of(lambda: xp.asarray([1], copy=False)) is ValueError


def test_subclasses_weak_references_and_sizes():
    class Mine(xp.ndarray):
        pass

    mine = Mine((2, 3))
    mine.note = 1
    mine[...] = 1
    assert isinstance(mine + 1, xp.ndarray) and (mine + 1).sum() == 12
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
        float(y[0]), y.T, y.reshape(2, 5), np.asarray(y), memoryview(y), list(y), y.tolist(), y == None  # noqa: B018, E711
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
