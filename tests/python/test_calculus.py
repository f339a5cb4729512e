"""Differences, products and statistics agree with NumPy."""

import numpy as np
import pytest
from domains import WILD
from parity import check, layouts

RNG = np.random.default_rng(5)
GRID = RNG.normal(size=(5, 6))
LINE = RNG.normal(size=9)
WHOLE = np.array([3, 1, 4, 1, 5, 9, 2], np.uint8)
X = np.array([0.0, 1.0, 1.5, 3.5, 4.0, 6.0])

DIFFERENCES = {
    "diff": lambda xp, x: [xp.diff(x), xp.diff(x, axis=0), xp.diff(x, 2), xp.diff(x, 0), xp.diff(x, 7)],
    "diff with ends": lambda xp, x: [xp.diff(x, prepend=0), xp.diff(x, append=x[:, :2]), xp.diff(x, 2, 0, x[:1], 3.5)],
    "diff negative": lambda xp, x: xp.diff(x, -1),
    "diff of a number": lambda xp, x: xp.diff(x[0, 0]),
    "diff of bools": lambda xp, x: xp.diff(x > 0),
    "ediff1d": lambda xp, x: [xp.ediff1d(x), xp.ediff1d(x, to_end=[1.0, 2.0], to_begin=-9.0)],
    "gradient": lambda xp, x: [
        *xp.gradient(x),
        *xp.gradient(x, 2.0),
        *xp.gradient(x, 2.0, 0.5),
        xp.gradient(x, axis=1),
    ],
    "gradient edge order": lambda xp, x: [*xp.gradient(x, edge_order=2), *xp.gradient(x, 3, edge_order=2, axis=(1, 0))],
    "gradient uneven": lambda xp, x: [xp.gradient(x, X, axis=1), *xp.gradient(x, 2.0, xp.array(X), edge_order=2)],
    "gradient even array": lambda xp, x: xp.gradient(x, xp.arange(6), axis=-1),
    "gradient wrong spacing": lambda xp, x: xp.gradient(x, X, axis=0),
    "gradient too many": lambda xp, x: xp.gradient(x, 1.0, 2.0, 3.0),
    "gradient of two": lambda xp, x: [xp.gradient(x[:, :2], axis=1), xp.gradient(x[:, :3], axis=1, edge_order=2)],
    "gradient too small": lambda xp, x: xp.gradient(x[:, :1], axis=1),
    "gradient of integers": lambda xp, x: xp.gradient(xp.array(WHOLE)),
    "gradient of bools": lambda xp, x: xp.gradient(x > 0),
    "gradient of float32": lambda xp, x: xp.gradient(x.astype(np.float32)),
    "cumulative_sum": lambda xp, x: [xp.cumulative_sum(x, axis=1), xp.cumulative_sum(x[0], include_initial=True)],
    "cumulative_prod": lambda xp, x: [xp.cumulative_prod(x, axis=0, include_initial=True), xp.cumulative_prod(x[:, 0])],
    "cumulative_sum without axis": lambda xp, x: xp.cumulative_sum(x),
}


@pytest.mark.parametrize("name", DIFFERENCES)
@pytest.mark.parametrize("layout", ["C", "F", "strided", "negative"])
def test_differences(name, layout):
    check(DIFFERENCES[name], dict(layouts(GRID))[layout])


@pytest.mark.parametrize("shape", [(10_000,), (300, 400)])
def test_differences_of_recorded_work(shape):
    x = RNG.normal(size=shape)
    check(lambda xp, x: xp.diff(x * 2.0, 2), x)
    check(lambda xp, x: list(xp.gradient(x * 2.0)) if x.ndim > 1 else xp.gradient(x * 2.0, 0.1), x)


def test_integrals():
    check(lambda xp, x: [xp.trapezoid(x), xp.trapezoid(x, dx=0.5, axis=0), xp.trapezoid(x, X, axis=1)], GRID, ulp=8)
    check(lambda xp, x, y: xp.trapezoid(x, y, axis=0), GRID, np.cumsum(GRID**2, axis=0), ulp=8)


PRODUCTS = {
    "outer": lambda xp, a, b: [xp.outer(a, b), xp.outer(a[0], [1, 2])],
    "inner": lambda xp, a, b: [xp.inner(a, b), xp.inner(a[0], b[0]), xp.inner(a, 2.0), xp.inner(2, 3)],
    "inner of other lengths": lambda xp, a, b: xp.inner(a, b[:, :2]),
    "vdot": lambda xp, a, b: [xp.vdot(a, b), xp.vdot(a * 1j, b), xp.vdot(a[0], b[0])],
    "tensordot": lambda xp, a, b: [
        xp.tensordot(a, b),
        xp.tensordot(a, b.T, 1),
        xp.tensordot(a, b, (1, 1)),
        xp.tensordot(a, b, 0),
    ],
    "tensordot pairs": lambda xp, a, b: xp.tensordot(a[None], b[None], ((1, 0), (1, 0))),
    "tensordot of other shapes": lambda xp, a, b: xp.tensordot(a, b, 1),
    "kron": lambda xp, a, b: [xp.kron(a, b), xp.kron(a[0], b), xp.kron(a, 2.0)],
    "cross": lambda xp, a, b: [xp.cross(a, b), xp.cross(a.T, b.T, axis=0), xp.cross(a[0], b), xp.cross(a, b, axisc=0)],
    "cross of two components": lambda xp, a, b: [xp.cross(a[0, :2], b[0, :2]), xp.cross(a[:, :2], b[:, :2])],
    "cross of other lengths": lambda xp, a, b: xp.cross(a.T, b),
    "norm": lambda xp, a, b: [
        xp.linalg.norm(a),
        xp.linalg.norm(a, axis=1),
        xp.linalg.norm(a[0], 3),
        xp.linalg.norm(a, "fro"),
    ],
    "norm orders": lambda xp, a, b: [
        xp.linalg.norm(a, ord, (0, 1), True) for ord in (1, -1, np.inf, -np.inf, 2, -2, "nuc")
    ],
    "norm of vectors": lambda xp, a, b: [xp.linalg.norm(a, ord, 1) for ord in (0, 1, 2, -1, np.inf, -np.inf, 0.5)],
    "norm keeps": lambda xp, a, b: [
        xp.linalg.norm(a, keepdims=True),
        xp.linalg.norm(a + 1j * b),
        xp.linalg.norm(a.astype(int)),
    ],
    "norm of a matrix": lambda xp, a, b: [xp.linalg.norm(a, ord) for ord in (1, -1, np.inf, -np.inf)],
    "norm of an unknown order": lambda xp, a, b: xp.linalg.norm(a[0], "fro"),
    "matrix_power": lambda xp, a, b: [xp.linalg.matrix_power(a @ b.T, n) for n in (0, 1, 2, 5)],
    "matrix_power of a negative": lambda xp, a, b: xp.linalg.matrix_power(a.T @ b, -3),
    "matrix_power of an oblong": lambda xp, a, b: xp.linalg.matrix_power(a, 2),
    "array API norms": lambda xp, a, b: [
        xp.linalg.vector_norm(a),
        xp.linalg.matrix_norm(a),
        xp.linalg.vector_norm(a, axis=0, ord=1),
    ],
}


@pytest.mark.filterwarnings("ignore:.*2.*:DeprecationWarning")
@pytest.mark.parametrize("name", PRODUCTS)
def test_products(name):
    check(PRODUCTS[name], RNG.normal(size=(4, 3)), RNG.normal(size=(4, 3)), rtol=1e-13, atol=1e-15, layout=False)


EINSUMS = {
    "ij,jk->ik": ("ab", "bc"),
    "ij,jk": ("ab", "bc"),
    "ij,ij->": ("ab", "ab"),
    "ij,ij->i": ("ab", "ab"),
    "ij,kj->ki": ("ab", "cb"),
    "bij,bjk->bik": ("dab", "dbc"),
    "bij , bjk -> bki": ("dab", "dbc"),
    "i,j->ij": ("a", "b"),
    "i,i": ("a", "a"),
    "ii": ("aa",),
    "ii->i": ("aa",),
    "ij->ji": ("ab",),
    "ij->": ("ab",),
    "iij->j": ("aab",),
    "ijk->ki": ("abc",),
    "...ij,...jk->...ik": ("dab", "dbc"),
    "...ij,j": ("dab", "b"),
    "i...->...": ("abc",),
    "ij,jk,kl->il": ("ab", "bc", "cd"),
    "a,ab,abc->abc": ("a", "ab", "abc"),
    "ii,ij,jk,ik->k": ("aa", "ab", "bd", "ad"),
    "ij,jk,kl,lm->im": ("ab", "bc", "cd", "da"),
    "ij,j,i->": ("ab", "b", "a"),
    "ij,ik->jk": ("ab", "ac"),
    "ij,kl->jl": ("ab", "cd"),
    "ij,jk->il": ("ab", "bc"),
    "ij,jk->iik": ("ab", "bc"),
    "ij->i": ("abc",),
    "ijk->i": ("ab",),
    "ij": ("ab", "ab"),
    "ij,jk->i-": ("ab", "bc"),
    "ij,jk->ik#": ("ab", "cb"),
}
EXTENTS = {"a": 3, "b": 4, "c": 2, "d": 5}


@pytest.mark.parametrize("subscripts", EINSUMS)
@pytest.mark.parametrize("dtype", [np.float64, np.int32, np.complex128])
def test_sums_of_named_products(subscripts, dtype):
    rng = np.random.default_rng(3)
    arrays = [rng.integers(-4, 5, [EXTENTS[axis] for axis in axes]).astype(dtype) for axes in EINSUMS[subscripts]]
    for optimize in (False, True):
        check(
            lambda xp, *x: xp.einsum(subscripts.strip("#"), *x, optimize=optimize),
            *arrays,
            layout=False,
            scalar=not optimize,
            rtol=1e-15,
        )


def test_sums_of_named_products_broadcast_and_write():
    check(lambda xp, a, b: xp.einsum("ij,ij->i", a, b[:, :1]), GRID, GRID, rtol=1e-14, atol=1e-14)
    check(lambda xp, a: xp.einsum(a, [0, 1], [1, 0]), GRID, layout=False)
    check(lambda xp, a: xp.einsum("ij->i", a, out=xp.empty(5)), GRID, rtol=1e-14)


STATISTICS = {
    "average": lambda xp, x, w: [xp.average(x), xp.average(x, 1), xp.average(x, (0, 1), keepdims=True)],
    "average weighted": lambda xp, x, w: [
        xp.average(x, weights=w),
        xp.average(x, 1, w),
        xp.average(x, 1, w[0], keepdims=True),
    ],
    "average returned": lambda xp, x, w: [*xp.average(x, 0, w[:, 0], True), *xp.average(x, returned=True)],
    "average of integers": lambda xp, x, w: xp.average(xp.array(WHOLE), weights=xp.array(WHOLE)),
    "average wrong weights": lambda xp, x, w: xp.average(x, 1, w[:, 0]),
    "average no axis": lambda xp, x, w: xp.average(x, weights=w[0]),
    "average of nothing": lambda xp, x, w: xp.average(x, weights=xp.zeros_like(w)),
    "cov": lambda xp, x, w: [
        xp.cov(x),
        xp.cov(x, rowvar=False),
        xp.cov(x[0]),
        xp.cov(x[0], x[1]),
        xp.cov(x, bias=True),
    ],
    "cov weighted": lambda xp, x, w: [xp.cov(x, aweights=w[0]), xp.cov(x, fweights=xp.arange(1, 7)), xp.cov(x, ddof=0)],
    "cov both weights": lambda xp, x, w: xp.cov(x, fweights=xp.arange(1, 7), aweights=w[0]),
    "cov of float32": lambda xp, x, w: xp.cov(x.astype(np.float32), dtype=np.float32).dtype,
    "cov complex": lambda xp, x, w: xp.cov(x + 1j * w),
    "corrcoef": lambda xp, x, w: [xp.corrcoef(x), xp.corrcoef(x[0], x[1]), xp.corrcoef(x, rowvar=False)],
    "ptp": lambda xp, x, w: [xp.ptp(x), xp.ptp(x, 1), xp.ptp(x, (0, 1), keepdims=True)],
}


@pytest.mark.parametrize("name", STATISTICS)
def test_statistics(name):
    check(STATISTICS[name], GRID, np.abs(GRID) + 0.5, rtol=1e-12, atol=1e-13, layout=False)


HOLES = np.where(RNG.random((5, 6)) < 0.3, np.nan, GRID)
HOLES[1] = np.nan
WITHOUT_NAN = {
    "sums": lambda xp, x: [xp.nansum(x), xp.nansum(x, 1), xp.nanprod(x, 0), xp.nansum(x, (0, 1), keepdims=True)],
    "running": lambda xp, x: [xp.nancumsum(x), xp.nancumsum(x, 1), xp.nancumprod(x, 0)],
    "extrema": lambda xp, x: [xp.nanmin(x), xp.nanmax(x), xp.nanmax(x[0:1], 1), xp.nanmin(x, initial=0.0)],
    "positions": lambda xp, x: [xp.nanargmin(x), xp.nanargmax(x[2:], 1)],
    "positions of nothing": lambda xp, x: xp.nanargmax(x, 1),
    "mean": lambda xp, x: [
        xp.nanmean(x),
        xp.nanmean(x[2:], 1),
        xp.nanmean(x[2:], 1, keepdims=True),
        xp.nanmean(x, where=x > 0),
    ],
    "var": lambda xp, x: [
        xp.nanvar(x),
        xp.nanvar(x[2:], 1),
        xp.nanstd(x[2:], 1, ddof=1),
        xp.nanvar(x, 0, correction=1),
    ],
    "of integers": lambda xp, x: [xp.nansum(xp.array(WHOLE)), xp.nanmean(xp.array(WHOLE)), xp.nanvar(xp.array(WHOLE))],
    "complex": lambda xp, x: [xp.nansum(x + 1j), xp.nanmean(x + 1j), xp.nanvar(x + 1j)],
    "float32": lambda xp, x: [xp.nanmean(x.astype(np.float32)).dtype, xp.nanstd(x.astype(np.float32)).dtype],
}


@pytest.mark.parametrize("name", WITHOUT_NAN)
def test_statistics_without_nan(name):
    check(WITHOUT_NAN[name], HOLES, rtol=1e-13, atol=1e-15)


TESTS = {
    "isclose": lambda xp, x: [
        xp.isclose(x, x),
        xp.isclose(x, x, equal_nan=True),
        xp.isclose(x, 1 + 1e-9),
        xp.isclose(3, 3.0),
    ],
    "isclose of integers": lambda xp, x: xp.isclose(xp.array([1, 2, -128], np.int8), xp.array([1, 3, -128], np.int8)),
    "allclose": lambda xp, x: [xp.allclose(x, x), xp.allclose(x[:4], x[:4]), xp.allclose(x[:2], 1e-9)],
    "array_equal": lambda xp, x: [
        xp.array_equal(x, x),
        xp.array_equal(x, x, True),
        xp.array_equal(x, x[:2]),
        xp.array_equal(1, 1),
    ],
    "array_equiv": lambda xp, x: [xp.array_equiv(x[2:3], [[1.0], [1.0]]), xp.array_equiv(x[:2], x[:3])],
    "infinities": lambda xp, x: [xp.isposinf(x), xp.isneginf(x), xp.isposinf(3.0)],
    "infinities of complex": lambda xp, x: xp.isneginf(x + 1j),
    "complex parts": lambda xp, x: [
        xp.isreal(x),
        xp.iscomplex(x + 1j),
        xp.iscomplex(x),
        xp.isreal(x[0]),
        xp.iscomplexobj(x),
    ],
    "select": lambda xp, x: xp.select([x > 0, x < 0], [x, -x], -1.0),
    "select nothing": lambda xp, x: xp.select([], []),
    "round": lambda xp, x: [
        xp.round(x),
        xp.round(x * 1.2345, 2),
        xp.round(xp.array([15, 25, 34]), -1),
        xp.round(xp.array(WHOLE), 1),
    ],
    "fix": lambda xp, x: [xp.fix(x * 1.5), xp.fix(xp.array(WHOLE))],
    "dtypes": lambda xp, x: [
        xp.result_type(x, 1.0),
        xp.result_type(x, np.complex64),
        xp.can_cast(x, np.float32),
        xp.common_type(x),
    ],
    "shapes": lambda xp, x: [
        xp.shape(x),
        xp.ndim([[1]]),
        xp.size(x[None], 1),
        xp.size(x),
        xp.isscalar(x),
        xp.isscalar(x[0]),
    ],
}


@pytest.mark.parametrize("name", TESTS)
def test_tests_of_elements(name):
    check(TESTS[name], WILD)


def test_sinc_is_within_four_units():
    check(
        lambda xp, x: [xp.sinc(x), xp.sinc(x.astype(np.float32)), xp.sinc(xp.array(0))],
        np.linspace(-3, 3, 13),
        atol=1e-15,
    )
