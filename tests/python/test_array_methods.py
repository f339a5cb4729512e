"""Methods that change an array or leave the table of dtypes: resize, view, astype with a check, subclasses."""

import ctypes

import numpy as np
import pytest
from parity import check

import crossarray as xp


def resized(make, *shape, **options):
    def body(lib, a):
        x = make(a)
        kept = x * 2
        x.resize(*shape, **options)
        return x, kept.sum()

    return body


@pytest.mark.parametrize("n", [6, 60_000])
def test_resize_drops_elements_or_adds_zeros(n):
    a = np.arange(float(n)).reshape(2, -1)
    for make in (lambda a: a.copy(), lambda a: a + 1, lambda a: a.copy("F"), lambda a: a.T):
        for shape in ((3,), (2, 2), ((5, n // 4),), (n + 7,), (n // 2, 2), (), (0, 3), (-1,)):
            check(resized(make, *shape, refcheck=False), a)
            check(resized(make, *shape), a)
    check(lambda lib, a: (lambda x, v: (x.resize(3, refcheck=True), v))(a.copy(), a[:1]), a[0])


def test_resize_refuses_while_a_view_is_there():
    x = xp.arange(6.0)
    view = x[1:3]
    with pytest.raises(ValueError, match="references or is referenced"):
        x.resize(9)
    x.resize(9, refcheck=False)
    x[1] = 50
    assert view.tolist() == [1, 2] and x.tolist() == [0, 50, 2, 3, 4, 5, 0, 0, 0]


def test_views_of_dtypes_outside_the_table_are_numpys():
    x = xp.arange(4, dtype="i4")
    for dtype in (">i4", [("a", "i2"), ("b", "i2")], "S4", "M8[s]"):
        view = x.view(dtype)
        assert type(view) is np.ndarray and np.shares_memory(view, np.asarray(x))
        np.testing.assert_array_equal(view, np.arange(4, dtype="i4").view(dtype))
    check(lambda lib, a: a.view("nonsense"), np.arange(3))


def test_astype_with_the_same_values_or_an_error():
    for values in ([1.0, 2.0, -3.0], [1.5], [300.0], [np.nan], [1e300], [np.inf], [], [-1.0], [0.0, 1.0]):
        for dtype in ("i4", "i1", "u1", "?", "f4", "f2", "c8", "f8"):
            check(lambda lib, a: a.astype(dtype, casting="same_value"), np.array(values))
    check(lambda lib, a: a.astype("i1", casting="same_value"), np.arange(300))
    check(lambda lib, a: a.astype("f4", casting="same_value"), np.arange(2**24, 2**24 + 3))


def test_subclasses_of_numpys_arrays_pass_asanyarray():
    masked = np.ma.array([1.0, 2.0], mask=[False, True])
    assert xp.asanyarray(masked) is masked
    assert isinstance(xp.asanyarray([1, 2]), xp.ndarray) and isinstance(xp.asanyarray(np.ones(2)), xp.ndarray)


def test_bools_are_no_extents_and_no_axes():
    for call in (
        lambda lib, a: a.reshape(True, -1),
        lambda lib, a: lib.zeros((True, 2)),
        lambda lib, a: lib.zeros(True),
        lambda lib, a: a.sum(axis=True),
        lambda lib, a: a.sum(axis=(False,)),
        lambda lib, a: a.transpose(True, 0),
        lambda lib, a: a.reshape(lib.int64(4), -1),
    ):
        check(call, np.ones((2, 2)))


def test_c_code_sets_items_by_position():
    set_item = ctypes.pythonapi.PySequence_SetItem
    set_item.argtypes = [ctypes.py_object, ctypes.c_ssize_t, ctypes.py_object]
    x = xp.zeros((2, 2))
    assert set_item(x, 1, [5, 6]) == 0 and set_item(x[0], -1, 7) == 0
    assert x.tolist() == [[0, 7], [5, 6]]
    with pytest.raises(IndexError):
        set_item(x, 2, 0)
