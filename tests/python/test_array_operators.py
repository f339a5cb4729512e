"""Operators of the ndarray type against NumPy."""

import operator
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
    except Exception as error:
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


@pytest.mark.parametrize("exponent", [0, 1, 2, 3, 2.0, True, np.int64(2), np.array(2)])
def test_powers_of_bools(exponent):
    for a in (np.array([True, False]), np.array(True)):
        same(xp.array(a) ** exponent, np.asarray(a**exponent))
        same(xp.power(xp.array(a), exponent), np.asarray(np.power(a, exponent)))
    assert (xp.array([True])[0] ** exponent).dtype == (np.True_**exponent).dtype


def test_in_place_operators_keep_memory_and_dtype():
    for op in (
        operator.iadd,
        operator.isub,
        operator.imul,
        operator.itruediv,
        operator.ifloordiv,
        operator.imod,
        operator.ipow,
    ):
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
        x == xp.arange(4)


@pytest.mark.parametrize(
    "other", [None, "a", object(), {}, Fraction(1, 2), [None], b"x"], ids=lambda other: type(other).__name__
)
def test_unknown_operands_behave_as_with_numpy(other):
    a = np.arange(3.0)
    assert error_of(lambda: xp.array(a) + other) == error_of(lambda: a + other)


def test_results_do_not_take_over_the_strides_of_axes_of_extent_one():
    a = np.arange(4.0).reshape(1, 4)
    x = xp.array(a)
    assert (x[:, :2] + x[:, 2:]).strides == (a[:, :2] + a[:, 2:]).strides


def test_a_result_is_never_the_memory_of_an_array_in_use():
    x = xp.array(F)
    kept = [x + i for i in range(5)]
    del kept[1::2]
    view, again = (x + 10)[0], kept[0] + 0
    for n in range(1000):
        assert float((x + n)[1, 2]) == F[1, 2] + n
    same(view, F[0] + 10)
    same(again, F)
    same(kept[2], F + 4)
