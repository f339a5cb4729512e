"""Every op on special values, every pair of dtypes, Python scalars and NumPy scalars."""

import itertools

import numpy as np
import pytest
from domains import BFLOAT16, DTYPES, NUMPY_DTYPES, draw, special
from op_table import BINARY, UFUNCS, UNARY
from parity import compare_values
from references import CONTRACTED
from test_op_layouts import check_op

import crossarray as xp

WEAK = [True, 0, 1, -1, 3, 300, 2**40, 2**63, 0.5, -2.0, float("nan"), 1e300, 1 + 2j]


def tiled(array):
    """More than 16 KiB of the same values, with a remainder for every vector length."""
    return np.resize(array, 16411 // array.itemsize * 2 + 3)


def special_pairs(row, dtype):
    first, second = special(dtype), special(np.dtype(np.int32) if row.name == "ldexp" else dtype)
    if row.domain == "pow" and dtype.kind in "iu":
        second = second[(second >= 0)]
    if row.name == "ldexp":
        second = np.clip(second, -3000, 3000)
    grid = np.meshgrid(first, second, indexing="ij")
    return [grid[0].ravel(), grid[1].ravel()]


@pytest.mark.parametrize(("name", "dtype"), list(itertools.product(UNARY, DTYPES)), ids=str)
def test_special_values_of_unary_ops(name, dtype):
    values = special(dtype)
    check_op(UNARY[name], [values], f"{name} {dtype} small")
    check_op(UNARY[name], [tiled(values)], f"{name} {dtype} large")


@pytest.mark.parametrize(("name", "dtype"), list(itertools.product(BINARY, DTYPES)), ids=str)
def test_special_values_of_binary_ops(name, dtype):
    pair = special_pairs(BINARY[name], dtype)
    check_op(BINARY[name], pair, f"{name} {dtype} small")
    check_op(BINARY[name], [tiled(each) for each in pair], f"{name} {dtype} large")


def outcome(call):
    """Result or exception of one call, floating-point warnings off."""
    try:
        with np.errstate(all="ignore"):
            return call(), None
    except Exception as error:
        return None, error


def same_dtypes(expected, actual, where):
    """NumPy's outcome and ours: the same dtypes, or both a TypeError, ValueError or OverflowError."""
    (result, error), (ours, our_error) = expected, actual
    if error is not None:
        assert our_error is not None, f"{where}: NumPy raised {error!r}"
        kind = next(kind for kind in (OverflowError, ValueError, TypeError) if isinstance(error, kind))
        assert isinstance(our_error, kind), f"{where}: NumPy raised {error!r}, we {our_error!r}"
        return None
    assert our_error is None, f"{where}: we raised {our_error!r}"
    pairs = list(zip(*[each if isinstance(each, tuple) else (each,) for each in (result, ours)], strict=True))
    for one, other in pairs:
        assert other.dtype == one.dtype, f"{where}: {other.dtype}, NumPy has {one.dtype}"
        assert other.shape == one.shape, where
    return pairs


@pytest.mark.parametrize("name", BINARY)
def test_every_pair_of_dtypes_promotes_as_in_numpy(name):
    """Dtypes and exceptions of all pairs; the values of exact ops too."""
    row = BINARY[name]
    for a, b in itertools.product(NUMPY_DTYPES, NUMPY_DTYPES):
        x, y = draw(row.domain, a, (9,), seed=3), draw(row.domain, b, (9,), seed=4, position=1)
        expected = outcome(lambda: row.numpy(x, y))
        actual = outcome(lambda: getattr(xp, name)(xp.array(x), xp.array(y)))
        pairs = same_dtypes(expected, actual, f"{name}({a}, {b})")
        for one, other in pairs or ():
            if row.ulp == 0 and not (one.dtype.kind == "c" and name in CONTRACTED):
                compare_values(one, np.asarray(other), where=f"{name}({a}, {b})")


def test_every_pair_of_dtypes_is_cast_inside_a_fused_kernel():
    for a, b in itertools.product(NUMPY_DTYPES, NUMPY_DTYPES):
        x, y = draw("all", a, (17001,), seed=3), draw("all", b, (17001,), seed=4)
        with np.errstate(all="ignore"):
            expected = np.multiply(np.add(x, y), y)
        actual = xp.multiply(xp.add(xp.array(x), xp.array(y)), xp.array(y))
        assert actual.dtype == expected.dtype
        if expected.dtype.kind != "c":
            compare_values(expected, np.asarray(actual), where=f"({a} + {b}) * {b}")


@pytest.mark.parametrize("dtype", [dtype for dtype in NUMPY_DTYPES if dtype.kind != "c"], ids=str)
def test_bfloat16_promotes_as_ml_dtypes_says(dtype):
    both = np.ones(3, dtype), np.ones(3, BFLOAT16)
    expected = outcome(lambda: np.add(*both))
    if expected[1] is None:
        same_dtypes(expected, outcome(lambda: xp.add(*map(xp.array, both))), f"bfloat16 + {dtype}")


# ldexp is no op of numbers alone: what NumPy makes of a Python integer there depends on the other operand's width.
@pytest.mark.parametrize("name", [name for name in BINARY if name != "ldexp"])
@pytest.mark.parametrize("weak", WEAK, ids=str)
def test_python_scalars_are_weak_on_both_sides(name, weak):
    for dtype in NUMPY_DTYPES:
        for reverse in (False, True):
            x = draw(BINARY[name].domain, dtype, (9,), seed=5, position=int(reverse))
            call = lambda lib, array: getattr(lib, name)(*((weak, array) if reverse else (array, weak)))
            where = f"{name} {dtype} with {weak!r} {'first' if reverse else 'second'}"
            pairs = same_dtypes(outcome(lambda: call(np, x)), outcome(lambda: call(xp, xp.array(x))), where)
            for one, other in pairs or ():
                if BINARY[name].ulp == 0 and not (one.dtype.kind == "c" and name in CONTRACTED):
                    compare_values(one, np.asarray(other), where=where)


@pytest.mark.parametrize("name", ["add", "multiply", "less", "maximum", "floor_divide", "bitwise_and", "hypot"])
def test_numpy_scalars_and_0d_arrays_are_strong(name):
    for a, b in itertools.product(NUMPY_DTYPES, NUMPY_DTYPES):
        x, scalar = draw("all", a, (9,), seed=6), draw("all", b, (1,), seed=7)
        for make in (lambda lib: scalar[0], lambda lib: lib.array(scalar[0]), lambda lib: lib.array(scalar)[0]):
            expected = outcome(lambda: getattr(np, name)(x, make(np)))
            actual = outcome(lambda: getattr(xp, name)(xp.array(x), make(xp)))
            same_dtypes(expected, actual, f"{name}({a}, {b} scalar)")


def test_python_scalars_inside_a_fused_kernel_have_numpys_value():
    """A weak scalar is rounded to the loop's dtype once, as NumPy does, in recorded chains too."""
    for dtype in map(np.dtype, (np.float16, np.float32, np.float64)):
        x = draw("all", dtype, (17001,), seed=8)
        with np.errstate(all="ignore"):
            expected = ((x * 0.1 + 1e-3) / 3) - 0.7
        compare_values(expected, np.asarray(((xp.array(x) * 0.1 + 1e-3) / 3) - 0.7), where=str(dtype))


@pytest.mark.parametrize("name", UFUNCS)
def test_attributes_are_numpys(name):
    ours, theirs = getattr(xp, name), getattr(np, name)
    for attribute in ("nin", "nout", "nargs", "identity", "signature", "__name__"):
        assert getattr(ours, attribute) == getattr(theirs, attribute), attribute
    assert repr(ours) == repr(theirs)
    assert theirs.__name__ in ours.__doc__


@pytest.mark.parametrize("name", UFUNCS)
def test_wrong_calls_raise_type_error(name):
    ours = getattr(xp, name)
    operands = [xp.ones(3, int)] * UFUNCS[name].arity
    for call in (lambda: ours(), lambda: ours(*operands, *operands, *operands), lambda: ours(*operands, nonsense=1)):
        with pytest.raises(TypeError):
            call()
