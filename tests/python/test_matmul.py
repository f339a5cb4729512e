"""matmul, vecdot, matvec, vecmat, dot, inner, outer, vdot: shapes, dtypes, out, errors."""

import numpy as np
import pytest
from parity import check, layouts

import crossarray as xp

DTYPES = ["?", "i1", "u2", "i4", "i8", "f2", "f4", "f8", "c8", "c16"]
SHAPES = [
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (3, 4)),
    ((2, 3), (3, 4)),
    ((5, 2, 3), (3, 4)),
    ((2, 3), (5, 3, 4)),
    ((5, 1, 2, 3), (6, 3, 4)),
    ((0, 3), (3, 4)),
    ((2, 0), (0, 4)),
    ((40, 30), (30, 20)),
]


def values(shape, dtype, seed=0):
    """Small integers, so that every product is exact in every dtype."""
    return ((np.arange(int(np.prod(shape))).reshape(shape) * 7 + seed) % 5 - (0 if dtype in "?u2" else 2)).astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shapes", SHAPES)
def test_matmul(shapes, dtype):
    a, b = values(shapes[0], dtype), values(shapes[1], dtype, 3)
    check(lambda xp, a, b: xp.matmul(a, b), a, b)
    check(lambda xp, a, b: a @ b, a, b)


def test_matmul_of_every_layout_and_mixed_dtypes():
    for _, a in layouts(values((4, 5), "f8")):
        for _, b in layouts(values((5, 3), "f8", 1)):
            check(lambda xp, a, b: a @ b, a, b)
    check(lambda xp, a, b: a @ b, values((2, 3), "i4"), values((3, 2), "f4"))
    check(lambda xp, a, b: xp.matmul(a, b, dtype="f8"), values((2, 3), "i4"), values((3, 2), "f4"))


def test_matmul_writes_out():
    a, b = values((3, 3), "f8"), values((3, 3), "f8", 2)

    def body(xp, a, b):
        out = xp.zeros((3, 3))
        assert xp.matmul(a, b, out=out) is out
        return out

    check(body, a, b)
    check(lambda xp, a, b: xp.matmul(a, b, out=a), a, b)
    check(lambda xp, a, b: xp.matmul(a, b, out=xp.zeros((3, 3), "f4")), a, b)
    check(lambda xp, a, b: xp.matmul(a, b, out=xp.zeros((3, 3), "i4")), a, b)
    check(lambda xp, a, b: xp.matmul(a, b, out=xp.zeros((2, 3))), a, b)


def test_matmul_moves_axes():
    a, b = values((2, 3, 4), "f8"), values((3, 2, 5), "f8")
    check(
        lambda xp, a, b: xp.matmul(a, b, axes=[(1, 2), (1, 2), (0, 1)]),
        values((2, 3, 4), "f8"),
        values((2, 4, 5), "f8"),
    )
    check(lambda xp, a, b: xp.matmul(a, b, axes=[(0, 1), (0, 1), (-2, -1)]), a, b, layout=False)
    check(lambda xp, a, b: xp.vecdot(a, b, axis=0), values((3, 2), "f8"), values((3, 2), "f8", 1))
    check(lambda xp, a, b: xp.vecdot(a, b, keepdims=True), values((2, 3), "f8"), values((2, 3), "f8", 1))


@pytest.mark.parametrize("dtype", ["f8", "c16", "i4"])
def test_vector_products(dtype):
    m, v, w = values((2, 3, 4), dtype), values((4,), dtype), values((3,), dtype)
    if dtype == "c16":
        m, v = m * (1 + 2j), v * (2 - 1j)
    check(lambda xp, m, v: xp.matvec(m, v), m, v)
    check(lambda xp, m, w: xp.vecmat(w, m), m, w)
    check(lambda xp, m, v: xp.vecdot(m, v), m, v)
    check(lambda xp, m, v: xp.vdot(m[0, 0], v), m, v)
    check(lambda xp, m, v: xp.inner(m, v), m, v)
    check(lambda xp, m, v: xp.inner(m, m), m, v)
    check(lambda xp, m, v: xp.outer(m, v), m, v)


@pytest.mark.parametrize(
    "shapes",
    [
        ((3,), (3,)),
        ((2, 3), (3,)),
        ((2, 3), (3, 4)),
        ((2, 5, 3), (4, 3, 2)),
        ((3,), (2, 3, 4)),
        ((), (3,)),
        ((2, 2), ()),
    ],
)
def test_dot(shapes):
    for dtype in ("f8", "i8", "c8"):
        check(lambda xp, a, b: xp.dot(a, b), values(shapes[0], dtype), values(shapes[1], dtype, 1))
    check(lambda xp, a, b: xp.dot(a, b), values(shapes[0], "i4"), values(shapes[1], "f4", 1))


def test_dot_scalars_method_and_out():
    check(lambda xp, a: a.dot(a), values((3, 3), "f8"))
    check(lambda xp, a: xp.dot(a, 2.5), values((3, 3), "f4"))
    check(lambda xp, a: xp.dot(2, 3.5), values((3, 3), "f4"))
    check(lambda xp, a: xp.dot(a, a, out=xp.zeros((3, 3))), values((3, 3), "f8"))
    check(lambda xp, a: xp.dot(a, a, out=xp.zeros((3, 3), "f4")), values((3, 3), "f8"))


@pytest.mark.parametrize(
    "body",
    [
        lambda xp, a: a @ a,
        lambda xp, a: a @ 3,
        lambda xp, a: xp.matmul(xp.ones((3, 2, 2)), xp.ones((2, 2, 2))),
        lambda xp, a: xp.vdot(a, xp.ones(2)),
        lambda xp, a: xp.matvec(a, xp.ones(2)),
        lambda xp, a: xp.vecdot(a, xp.ones(2)),
        lambda xp, a: xp.dot(a, xp.ones((2, 3))),
    ],
)
def test_wrong_shapes_raise_numpys_exceptions(body):
    check(body, np.ones((2, 3)))


LARGE = {
    "matrix @ vector": ((700, 300), (300,)),
    "vector @ matrix": ((90_000,), (90_000, 3)),
    "few long rows": ((3, 90_000), (90_000,)),
    "dot": ((200_000,), (200_000,)),
    "matrix @ matrix": ((450, 170), (170, 500)),
    "batch": ((20, 60, 70), (20, 70, 50)),
}


def spaced(a):
    """The same values with gaps between the elements of the last axis: BLAS cannot address it."""
    wide = np.zeros((*a.shape[:-1], 2 * a.shape[-1]), a.dtype)
    wide[..., ::2] = a
    return wide[..., ::2]


@pytest.mark.parametrize("dtype", ["f4", "f8", "c8", "c16"])
@pytest.mark.parametrize("name", LARGE)
def test_large_products_of_any_layout_are_the_same_on_any_number_of_threads(name, dtype):
    rng = np.random.default_rng(0)
    inputs = [rng.uniform(-1, 1, shape) for shape in LARGE[name]]
    if dtype[0] == "c":
        inputs = [x + 1j * rng.uniform(-1, 1, x.shape) for x in inputs]
    inputs = [x.astype(dtype) for x in inputs]
    bound = 4 * inputs[0].shape[-1] * np.finfo(dtype).eps
    forms = [lambda x: x, np.asfortranarray, spaced, lambda x: x[..., ::-1]]
    for pair in [(form, forms[0]) for form in forms] + [(forms[0], form) for form in forms[1:]]:
        numpy_pair = [form(x) for form, x in zip(pair, inputs, strict=True)]
        a, b = (xp.asarray(x, copy=False) for x in numpy_pair)
        got = []
        for threads in (1, 2, 5):
            with xp.config(threads=threads):
                got.append(np.asarray(a @ b))
        assert all(np.array_equal(got[0], other) for other in got[1:])
        want = numpy_pair[0].astype("c16") @ numpy_pair[1].astype("c16")
        np.testing.assert_allclose(got[0], want, rtol=0, atol=bound)


def test_the_product_with_its_own_transpose_is_symmetric_at_any_size():
    for shape in ((500, 40), (40, 500), (900, 300), (1, 70_000)):
        a = np.random.default_rng(1).uniform(-1, 1, shape)
        x = xp.asarray(a)
        for ours, want in ((x @ x.T, a @ a.T), (x.T @ x, a.T @ a)) if max(shape) < 1000 else ((x @ x.T, a @ a.T),):
            got = np.asarray(ours)
            assert np.array_equal(got, got.T)
            np.testing.assert_allclose(got, want, rtol=1e-15, atol=1e-11)
