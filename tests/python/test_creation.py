"""zeros, full, arange, linspace, eye and the *_like functions."""

import numpy as np
import pytest
from parity import check, layouts

import crossarray as xp

DTYPES = ["?", "i1", "u1", "i4", "i8", "u8", "f2", "f4", "f8", "c8", "c16"]


@pytest.mark.parametrize("name", ["zeros", "ones"])
@pytest.mark.parametrize("dtype", [None, *DTYPES])
def test_filled_arrays(name, dtype):
    for shape in (3, (), (0,), (2, 3), [4, 1, 2], (300, 20)):
        for order in "CF":
            check(lambda xp: getattr(xp, name)(shape, dtype, order=order))


def test_empty_has_shape_and_dtype():
    assert xp.empty((2, 3), "f4").shape == (2, 3)
    assert xp.empty((2, 3), "f4").dtype == np.float32
    assert xp.empty((2, 3), order="F").flags.f_contiguous


@pytest.mark.parametrize("value", [True, 3, 2.5, 1j, -1, 2**63, np.float32(1.5), np.int8(4)])
def test_full(value):
    check(lambda xp: xp.full((2, 3), value))
    check(lambda xp: xp.full((2, 3), value, order="F"))
    if not isinstance(value, complex):
        check(lambda xp: xp.full(3, value, dtype="f4"))
    check(lambda xp: xp.full((2, 3), [1, 2, 3]))
    check(lambda xp: xp.full(2, 300, dtype="u1"))


def test_full_of_none_is_an_array_of_objects_or_nan():
    check(lambda xp: xp.full((2, 2), None))
    check(lambda xp: xp.full(3, None, dtype=float))
    check(lambda xp: xp.full(3, None, dtype=int))
    check(lambda xp, a: xp.full_like(a, None), np.ones(3))


def test_array_stops_at_ndmax():
    nested = [[1, 2], [3, 4]]
    check(lambda xp: xp.array(nested, ndmax=2))
    check(lambda xp: xp.array(nested, ndmax=1))
    check(lambda xp: xp.array(nested, dtype=object, ndmax=1))
    check(lambda xp: xp.array(nested, "f4", ndmin=3, ndmax=4))
    check(lambda xp, a: xp.array(a, ndmax=3), np.ones((2, 2)))


@pytest.mark.parametrize("name", ["zeros_like", "ones_like", "full_like"])
def test_like_functions_follow_the_prototype(name):
    extra = (7,) if name == "full_like" else ()
    for dtype in DTYPES:
        for _, a in layouts(np.arange(24).reshape(2, 3, 4).astype(dtype)):
            check(lambda xp, a: getattr(xp, name)(a, *extra), a)
            check(lambda xp, a: getattr(xp, name)(a.transpose(1, 0, 2), *extra, dtype="f4", order="A"), a)
            check(lambda xp, a: getattr(xp, name)(a, *extra, shape=(5, 2)), a)
    check(lambda xp: getattr(xp, name)([1.5, 2], *extra))


RANGES = [
    (5,), (2, 8), (2, 8, 3), (8, 2, -3), (0, 1, 0.1), (1, 2, 0.3), (5.5,), (-3,), (0, 10, 2.5),
    (10, 0, -1.5), (0, 3, 1e-3), (True,), (0, 0), (2**53, 2**53 + 3), (np.float32(3),), (np.uint8(4),), (0.5, 5), (1, 10, 0), (0.0, 1, 0.0),
    (float("nan"),), (0, float("inf")), (), (-5, 5, 2), (1e18, 1e18 + 1024, 256),
]  # fmt: skip


@pytest.mark.parametrize("args", RANGES)
def test_arange(args):
    check(lambda xp: xp.arange(*args))
    for dtype in ("i4", "f4", "f8", "u8", "f2"):
        if all(abs(float(each)) < (1e4 if dtype == "f2" else 1e300) for each in args):
            check(lambda xp: xp.arange(*args, dtype=dtype))


def test_arange_keywords_and_bool():
    check(lambda xp: xp.arange(stop=3))
    check(lambda xp: xp.arange(1, stop=9, step=2))
    check(lambda xp: xp.arange(2, dtype=bool))
    check(lambda xp: xp.arange(3, dtype=bool), message=True)
    check(lambda xp: xp.arange(300, 302, dtype="u1"), message=True)
    check(lambda xp: xp.arange(0, 3, dtype=complex))


@pytest.mark.parametrize("num", [0, 1, 2, 5, 50, 1001, -1])
@pytest.mark.parametrize("endpoint", [True, False])
def test_linspace(num, endpoint):
    for start, stop in (
        (0, 1),
        (-2.5, 7),
        (3, 3),
        (1e-320, 3e-320),
        (1, 1 + 2j),
        (np.float32(0), np.float32(1)),
        (10, 0),
    ):
        check(lambda xp: xp.linspace(start, stop, num, endpoint=endpoint))
    check(lambda xp: xp.linspace(0, 10, num, endpoint=endpoint, dtype="i4"))


def test_linspace_of_arrays():
    check(lambda xp: xp.linspace([0, 1], [1, 5], 4))
    check(lambda xp: xp.linspace([0, 1], [1, 5], 4, axis=1))
    check(lambda xp: xp.linspace([0, 1], 3.5, 4, axis=-1, retstep=True))
    check(lambda xp: xp.linspace(0, 1, 5, retstep=True))


@pytest.mark.parametrize("args", [(3,), (3, 4), (3, 4, 1), (4, 3, -2), (2, 2, 5), (0,), (3, 3, -3)])
def test_eye(args):
    for dtype in ("f8", "i4", "?"):
        check(lambda xp: xp.eye(*args, dtype=dtype))
    check(lambda xp: xp.eye(*args, order="F"))
    check(lambda xp: xp.identity(args[0]))


@pytest.mark.parametrize(
    "body",
    [
        lambda xp: xp.zeros((2, -1)),
        lambda xp: xp.zeros("a"),
        lambda xp: xp.zeros(2.5),
        lambda xp: xp.zeros((1,) * 65),
        lambda xp: xp.zeros(2, order="K"),
        lambda xp: xp.zeros(2, order="Q"),
        lambda xp: xp.zeros(2**62),
        lambda xp: xp.eye(-1),
        lambda xp: xp.full((2,), [1, 2, 3]),
    ],
)
def test_wrong_arguments_raise_numpys_errors(body):
    check(body)


def test_device_takes_auto_and_cpu_and_explains_cuda():
    for name in (None, "auto", "cpu"):
        assert xp.zeros(2, device=name).shape == (2,)
    with pytest.raises(RuntimeError, match="no device 'cuda'"):
        xp.zeros(2, device="cuda")
    with pytest.raises(ValueError, match="auto"):
        xp.arange(2, device="tpu")


def test_dtypes_outside_the_table_are_numpys():
    assert isinstance(xp.zeros(3, dtype=object), np.ndarray)
    assert isinstance(xp.full(2, "x"), np.ndarray)
    assert isinstance(xp.zeros(3, dtype="M8[s]"), np.ndarray)
