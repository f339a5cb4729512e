"""where, clip, concatenate, stack, real, imag, angle, nan_to_num, squeeze, expand_dims, broadcast_to."""

import numpy as np
import pytest
from domains import WILD
from parity import check, layouts

import crossarray as xp

A = np.arange(12.0).reshape(3, 4) - 5
MASK = A % 3 == 0
Z = A + 1j * A[::-1]


@pytest.mark.parametrize(
    "x, y", [(1, 2), (1.5, 2), (A, 0), (0, A), (A, A.T.copy().T), (A.astype("f4"), 2.5), (A.astype("i2"), 1)]
)
def test_where_chooses(x, y):
    check(lambda xp, m, x, y: xp.where(m, x, y), MASK, x, y)
    check(lambda xp, m, x, y: xp.where(m[:, :1], x, y), MASK, x, y)


def test_where_takes_any_condition_and_indices():
    check(lambda xp, a: xp.where(a, 1, 2), A)
    check(lambda xp, a: xp.where(a > 0), A, layout=False)
    check(lambda xp: xp.where([True, False], [1, 2], [3, 4]))
    check(lambda xp: xp.where(True, 1, 2))
    check(lambda xp, a: xp.where(a, 1), A, message=True)
    check(lambda xp, a: xp.where(xp.ones(3, bool), a, 1), A)


@pytest.mark.parametrize("dtype", ["i1", "u1", "i8", "f4", "f8"])
def test_clip(dtype):
    a = np.arange(10).astype(dtype)
    for low, high in ((2, 6), (None, 5), (3, None), (None, None), (-1000, 1000), (6, 2)):
        check(lambda xp, a: xp.clip(a, low, high), a)
        check(lambda xp, a: a.clip(low, high), a)
        check(lambda xp, a: xp.clip(a, min=low, max=high), a)
    check(lambda xp, a: xp.clip(a, 2.5, 6.5), a)
    check(lambda xp, a: xp.clip(a, a[::-1], 7), a)
    check(lambda xp, a: xp.clip(a, 2, 6, out=a), a)


def test_clip_passes_nan_on_and_checks_bounds():
    check(lambda xp, a: xp.clip(a, -1, 1), WILD)
    check(lambda xp, a: xp.clip(a, xp.nan, 1), A)
    check(lambda xp, a: xp.clip(a, 300, 400), np.zeros(2, "u1"), message=True)
    check(lambda xp, a: xp.clip(a, 1, 2, min=1), A, message=True)
    check(lambda xp, a: xp.clip(a, 1, 2, out=xp.zeros((3, 4), int)), A)


def test_clip_wants_both_old_bounds_or_neither():
    check(lambda xp, a: xp.clip(a, 2), A, message=True)
    check(lambda xp, a: xp.clip(a, a_max=2), A, message=True)
    check(lambda xp, a: xp.clip(a, 1, None, max=2), A, message=True)
    check(lambda xp, a: (xp.clip(a), xp.clip(a, min=2), xp.clip(a, max=2), a.clip(2), a.clip(1, max=3)), A)


def test_parts_of_complex_arrays():
    for a in (A, Z, Z.astype("c8"), A.astype("i4")):
        for name in ("real", "imag", "angle"):
            check(lambda xp, a: getattr(xp, name)(a), a, ulp=4)
    check(lambda xp, a: xp.angle(a, deg=True), Z, ulp=4)
    check(lambda xp: xp.real([1 + 2j, 3]))
    check(lambda xp: xp.imag(3))

    def write(xp, z):
        xp.real(z)[...] = 1
        return z

    check(write, Z)


def test_nan_to_num():
    for dtype in ("f2", "f4", "f8"):
        check(lambda xp, a: xp.nan_to_num(a), WILD.astype(dtype))
        check(lambda xp, a: xp.nan_to_num(a, nan=7, posinf=1, neginf=-1), WILD.astype(dtype))
    check(lambda xp, a: xp.nan_to_num(a + 1j * a[::-1]), WILD)
    check(lambda xp, a: xp.nan_to_num(a), np.arange(3))
    check(lambda xp: xp.nan_to_num(xp.inf))
    check(lambda xp, a: (xp.nan_to_num(a, copy=False), a), WILD)


@pytest.mark.parametrize("axis", [0, 1, -1, None])
def test_concatenate(axis):
    for _, a in layouts(A):
        check(lambda xp, a: xp.concatenate([a, a * 2], axis=axis), a)
        check(lambda xp, a: xp.concatenate((a, a.astype("f4"), a.astype("i2")), axis=axis), a)
    check(lambda xp, a: xp.concatenate([a, a], axis=axis, dtype="f4"), A)
    check(lambda xp: xp.concatenate([[[1, 2]], [[3, 4]]], axis=axis))


def test_concatenate_of_pending_and_out():
    check(lambda xp, a: xp.concatenate([a + 1, a.sum(axis=0, keepdims=True)]), np.ones((50, 80)))
    check(lambda xp, a: xp.concatenate([a, a], out=xp.zeros((6, 4))), A)
    check(lambda xp, a: xp.concatenate(a), A.reshape(3, 2, 2))


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -3])
def test_stack(axis):
    check(lambda xp, a: xp.stack([a, a + 1], axis=axis), A)
    check(lambda xp, a: xp.stack(a, axis=axis), A.reshape(3, 2, 2))


@pytest.mark.parametrize(
    "body",
    [
        lambda xp, a: xp.concatenate([]),
        lambda xp, a: xp.concatenate([a, a[0]]),
        lambda xp, a: xp.concatenate([a, a[:, :2]]),
        lambda xp, a: xp.concatenate([1, 2]),
        lambda xp, a: xp.concatenate([a, a], axis=2),
        lambda xp, a: xp.concatenate([a, a], dtype="i4"),
        lambda xp, a: xp.concatenate([a, a], dtype="f4", out=xp.zeros((6, 4))),
        lambda xp, a: xp.concatenate([a, a], out=xp.zeros((5, 4))),
        lambda xp, a: xp.stack([]),
        lambda xp, a: xp.stack([a, a[0]]),
        lambda xp, a: xp.stack([a, a], axis=3),
    ],
)
def test_wrong_joins_raise_numpys_errors(body):
    check(body, A, message=True)


def test_views_of_other_shapes():
    check(lambda xp, a: xp.expand_dims(a, 0), A)
    check(lambda xp, a: xp.expand_dims(a, (0, -1)), A)
    check(lambda xp, a: xp.expand_dims(a, 4), A)
    check(lambda xp, a: xp.squeeze(a[:, :1]), A)
    check(lambda xp, a: xp.squeeze(a[:, :1], axis=1), A)
    check(lambda xp, a: xp.squeeze(a, axis=0), A, message=True)
    check(lambda xp, a: xp.broadcast_to(a, (2, 3, 4)), A)
    check(lambda xp, a: xp.broadcast_to(a, (3, 5)), A)
    check(lambda xp: xp.broadcast_to(3, (2, 2)))
    assert not xp.broadcast_to(xp.ones(3), (2, 3)).flags.writeable
