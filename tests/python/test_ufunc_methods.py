"""reduce, accumulate, reduceat, outer, at, out=, where=, dtype= and casting= of every ufunc that NumPy gives them."""

import functools

import numpy as np
import pytest
from domains import NUMPY_DTYPES, draw
from op_table import BINARY, UFUNCS, UNARY
from operands import LARGE, SMALL
from parity import check

import crossarray as xp

# Left folds of these are the same in any order and association, or NumPy folds them in order: the same bits are due.
ROUNDED = (
    "add",
    "multiply",
    "logaddexp",
    "logaddexp2",
    "hypot",
    "power",
    "float_power",
    "arctan2",
    "divide",
    "subtract",
)
# NumPy's vector loops of these fold wrongly on machines with AVX-512 (power.reduce(x) is not (x0 ** x1) ** x2 ...), and
# an error of one power is an exponent of the next; ldexp's operands differ in dtype.
FOLDS = [name for name in BINARY if name not in ("power", "float_power", "arctan2", "ldexp")]
DTYPES = [
    np.dtype(name)
    for name in ("bool", "int8", "uint16", "int64", "uint64", "float16", "float32", "float64", "complex64")
]


def modest(row, dtype, shape, seed=0):
    """Finite operands whose folds neither overflow nor cancel."""
    rng = np.random.default_rng([seed, dtype.num])
    if dtype.kind == "b":
        return rng.random(shape) < 0.5
    if dtype.kind in "iu":
        return rng.integers(1 if row.domain == "pow" else 0, 4, shape).astype(dtype)
    values = rng.uniform(0.5, 1.5, shape)
    return (values + (1j * rng.uniform(0.1, 0.5, shape) if dtype.kind == "c" else 0)).astype(dtype)


def tolerance(row, dtype, terms=140):
    """Folds that round: NumPy's own error over `terms` steps bounds what two orders of summation can differ by."""
    if (row.name not in ROUNDED and row.ulp == 0) or (
        dtype.kind in "biu" and row.name in ("add", "multiply", "subtract")
    ):
        return {}
    precision = {"float16": 1e-3, "float32": 2e-7, "complex64": 2e-7}.get(
        dtype.name, 1e-3 if dtype.itemsize == 1 else 3e-7 if dtype.itemsize == 2 else 3e-16
    )
    return dict(rtol=terms * precision)


@pytest.mark.parametrize("name", FOLDS)
@pytest.mark.parametrize("method", ["reduce", "accumulate"])
def test_folds_along_each_axis(name, method):
    row = BINARY[name]
    for dtype in DTYPES:
        for shape in (SMALL, (2, 3, 4)):
            x = modest(row, dtype, shape)
            for axis in range(-1, len(shape) - 1):
                check(lambda lib, a: getattr(getattr(lib, name), method)(a, axis=axis), x, **tolerance(row, dtype))
        for layout in (lambda a: np.asfortranarray(a), lambda a: a[::-1, ::2]):
            check(
                lambda lib, a: getattr(getattr(lib, name), method)(a, axis=1),
                layout(modest(row, dtype, SMALL)),
                **tolerance(row, dtype),
            )


@pytest.mark.parametrize("name", ["power", "float_power", "arctan2"])
@pytest.mark.parametrize("shape", [SMALL, LARGE])
def test_folds_go_from_left_to_right(name, shape):
    x = modest(BINARY[name], np.dtype(np.float64), shape)
    expected = functools.reduce(getattr(np, name), x.T)
    np.testing.assert_allclose(np.asarray(getattr(xp, name).reduce(xp.array(x), axis=1)), expected, rtol=1e-11)
    np.testing.assert_allclose(
        np.asarray(getattr(xp, name).accumulate(xp.array(x), axis=1))[:, -1], expected, rtol=1e-13
    )


@pytest.mark.parametrize("name", FOLDS)
def test_reduce_of_large_arrays(name):
    row = BINARY[name]
    for dtype in (np.dtype(np.int32), np.dtype(np.float32), np.dtype(np.float64)):
        x = modest(row, dtype, LARGE, seed=1)
        for axis in (0, 1):
            check(lambda lib, a: getattr(lib, name).reduce(a, axis=axis), x, **tolerance(row, dtype))


@pytest.mark.parametrize("name", FOLDS)
def test_reduce_over_several_axes_and_with_keepdims(name):
    row, x = BINARY[name], modest(BINARY[name], np.dtype(np.float64), (2, 3, 4))
    for axis in (None, (0, 2), (1,), ()):
        for keepdims in (False, True):
            check(
                lambda lib, a: getattr(lib, name).reduce(a, axis=axis, keepdims=keepdims), x, **tolerance(row, x.dtype)
            )


@pytest.mark.parametrize("name", FOLDS)
def test_reduce_of_empty_axes_gives_the_identity_or_raises(name):
    for shape, axis in (((0,), 0), ((3, 0), 1), ((0, 3), 1), ((3, 0), 0), ((), None)):
        for dtype in (np.float64, np.int32, np.bool_):
            check(lambda lib, a: getattr(lib, name).reduce(a, axis=axis), np.ones(shape, dtype))


@pytest.mark.parametrize("name", FOLDS)
def test_reduce_with_initial_where_and_dtype(name):
    row, x = BINARY[name], modest(BINARY[name], np.dtype(np.float64), SMALL)
    mask = np.arange(70).reshape(SMALL) % 3 > 0
    check(lambda lib, a: getattr(lib, name).reduce(a, axis=1, initial=2), x, **tolerance(row, x.dtype))
    check(lambda lib, a, m: getattr(lib, name).reduce(a, axis=1, where=m), x, mask, **tolerance(row, x.dtype))
    check(
        lambda lib, a, m: getattr(lib, name).reduce(a, axis=0, where=m, initial=1.5), x, mask, **tolerance(row, x.dtype)
    )
    for dtype in ("float32", "int64", "complex128") if not name.startswith("logical") else ("bool",):
        check(lambda lib, a: getattr(lib, name).reduce(a, dtype=dtype), x, **tolerance(row, np.dtype("float32")))


@pytest.mark.parametrize("name", FOLDS)
def test_reduceat_outer_and_at(name):
    row = BINARY[name]
    for dtype in (np.dtype(np.int32), np.dtype(np.float64), np.dtype(np.complex128)):
        x, bound = modest(row, dtype, (12,)), tolerance(row, dtype)
        check(lambda lib, a: getattr(lib, name).reduceat(a, [0, 4, 2, 7, 7, 11]), x, **bound)
        check(lambda lib, a: getattr(lib, name).reduceat(a.reshape(3, 4), [0, 2], axis=1), x, **bound)
        check(lambda lib, a: getattr(lib, name).outer(a[:5], a.reshape(3, 4)), x, **bound)

        def at(lib, a):
            getattr(lib, name).at(a, [0, 3, 3, -1], 2)
            return a

        check(at, x, **bound)


@pytest.mark.parametrize("name", UNARY)
def test_at_of_unary_ops(name):
    def at(lib, a):
        getattr(lib, name).at(a, lib.array([0, 3, 3, -1]))
        return a

    for dtype in (np.float64, np.int32):
        check(at, np.linspace(0.2, 0.9, 7).astype(dtype), rtol=1e-15 if UNARY[name].ulp else 0.0)


@pytest.mark.parametrize("name", UNARY)
def test_only_binary_ops_fold(name):
    for method in ("reduce", "accumulate", "outer"):
        check(lambda lib, a: getattr(getattr(lib, name), method)(a), np.ones(3))
    check(lambda lib, a: getattr(lib, name).reduceat(a, [0]), np.ones(3))


def test_folds_of_ldexp_are_numpys():
    for method in ("reduce", "accumulate"):
        for x in (np.ones(3), np.arange(4)):
            check(lambda lib, a: getattr(lib.ldexp, method)(a), x)


@pytest.mark.parametrize("name", UFUNCS)
def test_out_where_dtype_and_casting(name):
    row = UFUNCS[name]
    rtol = 1e-5 if row.ulp else 0.0
    dtype = np.dtype(np.float64 if row.name not in ("gcd", "lcm") and "d" in "".join(row.numpy.types) else np.int64)
    x = [
        draw(row.domain, np.dtype(np.int32) if name == "ldexp" and i else dtype, SMALL, position=i)
        for i in range(row.arity)
    ]
    count = row.numpy.nout

    def into(lib, *arrays, dtype=dtype, **options):
        out = tuple(lib.full(SMALL, 7, dtype) for _ in range(count))
        result = getattr(lib, name)(*arrays, out=out if count > 1 else out[0], **options)
        assert result is out[0] if count == 1 else all(a is b for a, b in zip(result, out))
        return out

    check(into, *x, rtol=rtol, atol=1e-300 if rtol else 0.0)
    check(lambda lib, *a: into(lib, *a, where=lib.arange(14) % 2 == 0, casting="unsafe"), *x, rtol=rtol)
    for out_dtype in (np.float32, np.int16, np.complex128, np.bool_):
        check(lambda lib, *a: into(lib, *[lib.abs(each) % 50 for each in a], dtype=out_dtype), *x, rtol=rtol)
    # dtype= of functions whose operands or results differ in dtype: NumPy finds no loop, we take the one it can mean.
    for loop in ("float32", "int64", "complex64", "bool") if name not in ("ldexp", "frexp") else ():
        check(lambda lib, *a: getattr(lib, name)(*a, dtype=loop), *x, rtol=rtol)
        check(lambda lib, *a: getattr(lib, name)(*a, dtype=loop, casting="no"), *x, rtol=rtol)


@pytest.mark.parametrize("shape", [SMALL, LARGE])
@pytest.mark.parametrize("name", ["add", "subtract", "sqrt", "greater", "arctan2", "negative"])
def test_out_that_overlaps_an_input_reads_before_it_writes(name, shape):
    row = UFUNCS[name]
    x = abs(draw("trig", np.dtype(np.float64), shape)) + 1

    def shifted(lib, a):
        for source, target in ((a[1:], a[:-1]), (a[:-1], a[1:]), (a[:, 1:], a[:, :-1]), (a[::-1], a)):
            getattr(lib, name)(*[source, source][: row.arity], out=target, casting="unsafe")
        return a

    check(shifted, x, rtol=1e-14 if row.ulp else 0.0)


@pytest.mark.parametrize("order", "KCFA")
def test_order_decides_the_layout_of_the_result(order):
    x = np.arange(24.0).reshape(2, 3, 4)
    for view in (x, x.T, x.transpose(1, 0, 2), x[:, ::-1], x[:, ::2]):
        result = check(lambda lib, a: lib.negative(a, order=order), view)
        assert (
            xp.negative(xp.array(x).transpose(1, 0, 2), order=order).strides
            == np.negative(x.transpose(1, 0, 2), order=order).strides
        )
        assert result is not None


def test_out_of_the_wrong_shape_or_kind_is_refused():
    x = np.ones((3, 4))
    check(lambda lib, a: lib.add(a, a, out=lib.empty((4, 3))), x)
    check(lambda lib, a: lib.add(a, a, out=lib.empty((1, 4))), x)
    check(lambda lib, a: lib.add(a, a, out=lib.empty((2, 3, 4))), x)
    check(lambda lib, a: lib.add(a, a, out=lib.empty((3, 4), int)), x)
    check(lambda lib, a: lib.add(a, a, out=[1]), x)
    check(lambda lib, a: lib.add(a, lib.ones((5,))), x, message=True)
    check(lambda lib, a: lib.add(a, a, where=lib.ones(3)), x)


@pytest.mark.parametrize("dtype", NUMPY_DTYPES, ids=str)
def test_matmul_family_of_every_dtype(dtype):
    rng = np.random.default_rng(5)
    make = lambda *shape: np.asarray(rng.integers(0, 4, shape)).astype(dtype)
    for a, b in (
        (make(3, 4), make(4, 5)),
        (make(4), make(4, 5)),
        (make(3, 4), make(4)),
        (make(4), make(4)),
        (make(2, 1, 3, 4), make(5, 4, 2)),
        (make(4, 3).T, make(5, 4).T),
        (make(3, 8)[:, ::2], make(4, 5)[:, ::-1]),
        (make(0, 4), make(4, 5)),
        (make(3, 0), make(0, 5)),
    ):
        check(lambda lib, x, y: lib.matmul(x, y), a, b, layout=False)
        check(lambda lib, x, y: x @ y, a, b, layout=False)
    check(lambda lib, x, y: lib.vecdot(x, y), make(3, 4), make(4))
    check(lambda lib, x, y: lib.matvec(x, y), make(2, 3, 4), make(2, 4))
    check(lambda lib, x, y: lib.vecmat(x, y), make(2, 3), make(2, 3, 4))
    for a, b in ((make(3, 4), make(5, 4)), (make(), make(3)), (make(3), make(4))):
        check(lambda lib, x, y: lib.matmul(x, y), a, b)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ["power", "arctan2"])
def test_reduce_folds_from_the_left(name, dtype):
    """Compared with a fold of Python's: NumPy's own combines the first and the last element only (see FOLDS)."""
    values = np.array([1.5, 1.25, 0.75, 1.125, 0.5] * 4, dtype)
    folded = functools.reduce(getattr(np, name), values)
    np.testing.assert_allclose(getattr(xp, name).reduce(xp.asarray(values)), folded, rtol=64 * np.finfo(dtype).eps)
