"""ufunc.__call__: every keyword, operand kind and output."""

import warnings

import numpy as np
import pytest
from parity import check, layouts

import crossarray as xp

A = np.arange(1.0, 13.0).reshape(3, 4)
I = np.arange(-6, 6).reshape(3, 4)
MASK = A % 2 == 0


@pytest.mark.parametrize("layout", range(4))
def test_out_is_written_and_returned(layout):
    source = list(layouts(A))[layout][1]

    def body(xp, a, out):
        result = xp.multiply(a, 2, out=out)
        assert result is out
        return out

    check(body, source, np.zeros((3, 4)))
    check(body, A, np.zeros_like(source))


def test_out_may_be_an_input():
    check(lambda xp, a: xp.add(a, a[::-1], out=a), A)
    check(lambda xp, a: xp.subtract(a[1:], a[:-1], out=a[1:]), A)
    check(lambda xp, a: (xp.subtract(a[:, 1:], a[:, :-1], out=a[:, :-1]), a)[1], A)


def test_out_is_cast_within_same_kind():
    check(lambda xp, a: xp.sin(a, out=xp.zeros((3, 4), "f4")), A)
    check(lambda xp, a: xp.sin(a, out=xp.zeros((3, 4), "i4")), A, message=True)
    check(lambda xp, a: xp.sin(a, out=xp.zeros((3, 4), "i4"), casting="unsafe"), A)


def test_out_may_be_numpys_array():
    out = np.zeros((3, 4))
    assert xp.add(xp.array(A), 1, out=out) is out
    assert np.array_equal(out, A + 1)
    assert xp.add.reduce(xp.array(A), axis=0, out=out[0]) is not None
    assert np.array_equal(out[0], A.sum(0))


def test_readonly_out_raises():
    def body(xp, a):
        out = xp.broadcast_to(xp.zeros(4), (3, 4))
        return xp.add(a, a, out=out)

    check(body, A)


def test_where_keeps_the_other_elements():
    check(lambda xp, a, m: xp.add(a, 1, out=xp.zeros((3, 4)), where=m), A, MASK)
    check(lambda xp, a, m: xp.sqrt(a, out=a, where=m), A, MASK)
    check(lambda xp, a, m: xp.add(a[0], 1, out=xp.zeros((3, 4)), where=m[:, :1]), A, MASK)
    check(lambda xp, a: xp.add(a, 1, out=xp.zeros((3, 4)), where=False), A)


def test_where_without_out_warns_and_has_the_broadcast_shape():
    with pytest.warns(UserWarning, match="'where' used without 'out'"):
        result = xp.add(xp.array(A[0]), 1, where=xp.array(MASK))
    assert result.shape == (3, 4)
    assert np.array_equal(np.asarray(result)[MASK], (np.broadcast_to(A[0], (3, 4)) + 1)[MASK])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        xp.add(xp.array(A[0]), 1, where=xp.array(MASK), out=None)


@pytest.mark.parametrize("dtype", ["f4", "f8", "c8", "c16"])
def test_dtype_chooses_the_loop(dtype):
    check(
        lambda xp, a: xp.add(a, 1, dtype=dtype),
        A,
    )
    check(lambda xp, a: xp.multiply(a, a, dtype=dtype), I)


def test_signature_forces_inputs_and_output():
    check(lambda xp, a: xp.add(a, 2, signature="ff->f"), A)
    check(lambda xp, a: xp.add(a, 2, sig=("d", None, None)), I)
    check(lambda xp, a: xp.add(a, 2, signature=(None, None, "f4")), I)
    check(lambda xp, a: xp.add(a, 2, signature="ii->i"), A, message=True)
    check(lambda xp, a: xp.add(a, 2, signature="dd->f"), A)
    check(lambda xp, a: xp.add(a, 2, signature="ii->i", casting="unsafe"), A)
    check(lambda xp, a: xp.equal(a, 2, signature="dd->?"), I)


@pytest.mark.parametrize("order", ["C", "F", "A", "K"])
def test_order_lays_the_result_out(order):
    for _, a in layouts(A):
        check(lambda xp, a: xp.add(a, 1, order=order), a)


@pytest.mark.parametrize("name", ["divmod", "modf", "frexp"])
def test_two_outputs_come_as_a_tuple(name):
    args = (A, 2.5) if name == "divmod" else (A,)
    check(lambda xp, *a: getattr(xp, name)(*a), *args)
    check(lambda xp, *a: getattr(xp, name)(*a, out=(None, xp.zeros((3, 4)))), *args)
    check(lambda xp, a, *rest: getattr(xp, name)(a, *rest, out=(a, xp.zeros((3, 4)))), *args)


def test_divmod_of_integers_by_zero():
    check(lambda xp, a: xp.divmod(a, 0), I)
    check(lambda xp, a: xp.divmod(a, -4), I)


def test_comparison_of_int64_with_uint64_is_exact():
    a = np.array([-1, 2**62 + 1, 2**63 - 1], np.int64)
    b = np.array([2**64 - 1, 2**62 + 2, 2**63], np.uint64)
    for name in ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal"):
        check(lambda xp, a, b: getattr(xp, name)(a, b), a, b)
        check(lambda xp, a, b: getattr(xp, name)(a, b), b, a)


@pytest.mark.parametrize("dtype", ["?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "c8", "c16"])
@pytest.mark.parametrize(
    "name", ["isnan", "isinf", "isfinite", "logical_not", "absolute", "floor", "sign", "sqrt", "negative"]
)
def test_unary_ufuncs_take_every_dtype(name, dtype):
    check(lambda xp, a: getattr(xp, name)(a), np.array([0, 1, 2]).astype(dtype), ulp=4)


def test_operands_may_be_lists_scalars_and_numpys():
    check(lambda xp, a: xp.add(a, [1, 2, 3, 4]), A)
    check(lambda xp, a: xp.add([[1.5]], a), I)
    check(lambda xp, a: xp.add(a, np.float32(1.5)), A.astype("f4"))
    check(lambda xp, a: xp.add(np.int8(3), a), A.astype("f4"))
    check(lambda xp, a: xp.add(a, A), A)
    check(lambda xp: xp.add(1, 2.5))
    check(lambda xp: xp.add(1, 2))
    check(lambda xp: xp.sin(True))


def test_python_scalars_are_weak():
    check(lambda xp, a: xp.multiply(a, 1.5), A.astype("f4"))
    check(lambda xp, a: xp.add(a, 300), np.zeros(3, "u1"), message=True)
    check(lambda xp, a: xp.add(a, 1j), A.astype("f4"))


class Foreign:
    """Takes part in ufuncs of others."""

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return (ufunc.__name__, method, len(inputs), sorted(kwargs))


class Refuses:
    __array_ufunc__ = None


def test_foreign_operand_gets_its_turn():
    check(lambda xp, a: xp.add(a, Foreign()), A)
    check(lambda xp, a: xp.add(Foreign(), a, where=True), A)
    check(lambda xp, a: xp.add.reduce(Foreign(), axis=0))
    check(lambda xp, a: xp.add(a, Refuses()), A, message=True)


def test_numpys_own_dtypes_stay_numpys():
    assert isinstance(xp.add(np.array(["a"], object), "b"), np.ndarray)
    masked = np.ma.array([1.0, 2.0], mask=[True, False])
    assert isinstance(xp.add(masked, 1), np.ma.MaskedArray)
    with pytest.raises(TypeError):
        xp.add(xp.ones(2), "text")


def test_opaque_objects_are_numpys_objects():
    from fractions import Fraction

    assert xp.add(Fraction(1, 2), 1) == Fraction(3, 2)
    assert xp.sum([Fraction(1, 2), Fraction(1, 2)]) == 1
    assert xp.sum({1: 2}) == {1: 2}


def test_a_half_loop_rounds_pending_inputs_first():
    x = np.linspace(0, 3, 5000)
    ours = xp.multiply(xp.array(x) * 3, xp.array(x) * 3, dtype="f2")
    np.testing.assert_array_equal(np.asarray(ours), np.multiply(x * 3, x * 3, dtype="f2"), strict=True)
