"""x[key] and x[key] = value against NumPy: named cases, then random keys of every kind."""

import random

import numpy as np
import parity
import pytest

import crossarray as xp


def outcome(function):
    """What a call gives: its value, or its exception's type and text."""
    try:
        return function(), None
    except Exception as error:
        return None, (type(error), str(error))


def assert_same_array(ours, theirs):
    assert isinstance(ours, xp.ndarray)
    assert ours.shape == np.shape(theirs) and ours.dtype == theirs.dtype
    np.testing.assert_array_equal(np.asarray(ours), theirs)
    assert xp._core.is_scalar(ours) == isinstance(theirs, np.generic)


def check(base, key, values=()):
    """Reads base[key], then writes each of `values` there, in both libraries."""
    expected, error = outcome(lambda: base[key])
    got, our_error = outcome(lambda: xp.array(base)[key])
    assert error == our_error
    if error is not None:
        return
    assert_same_array(got, expected)
    for value in values:
        theirs, ours = base.copy(), xp.array(base)
        _, error = outcome(lambda: theirs.__setitem__(key, value))
        _, our_error = outcome(lambda: ours.__setitem__(key, value))
        assert (error and error[0]) == (our_error and our_error[0])
        np.testing.assert_array_equal(np.asarray(ours), theirs)


A = np.arange(24.0).reshape(2, 3, 4)
KEYS = [
    0,
    -1,
    (0, 1),
    (0, 1, 2),
    (1, -1, -1),
    ...,
    (..., 0),
    (0, ...),
    None,
    (None, 0, None),
    (),
    slice(None, None, -1),
    (slice(1, None), slice(None, None, 2)),
    (..., slice(3, 0, -2)),
    [0, 1, 0],
    ([0, 1], [2, 1]),
    ([0, 1], slice(None), [2, 1]),
    (slice(None), [0, 2], [1, 3]),
    (0, slice(None), [0, 1]),
    ([[0], [1]], [0, 2]),
    A > 5,
    A[:, :, 0] > 5,
    (A[:, 0, 0] > 5, 1),
    (slice(None), A[0] > 3),
    True,
    False,
    np.array(True),
    (True, 0),
    np.int64(1),
    np.array(1),
    np.array([1], "u1"),
    [],
    ([], slice(None)),
    (None, [0, 1], None, 1),
    # errors
    2,
    (0, 3),
    (0, 0, 0, 0),
    1.0,
    "a",
    [1.0],
    (..., ...),
    [0, 5],
    [True],
    ([0, 1], [0, 1, 2]),
    {},
    np.ones((2, 2), bool),
    2**70,
    np.array([0.5]),
    [[0, 1], [1]],
]


@pytest.mark.parametrize("key", KEYS, ids=repr)
def test_keys_read_and_write_as_numpys(key):
    check(A, key, (5, 2.5, np.arange(4.0), np.arange(3)))


@pytest.mark.parametrize("key", [0, 3, (), ..., None, (..., None), slice(0, 1), True, [0], "a"], ids=repr)
def test_zero_dimensional_arrays_and_scalars(key):
    check(np.array(3.0), key, (1.0,))
    expected, error = outcome(lambda: np.float64(3.0)[key])
    got, our_error = outcome(lambda: xp.array([3.0])[0][key])
    assert (error and error[0]) == (our_error and our_error[0])
    if error is None:
        assert_same_array(got, expected)


@pytest.mark.parametrize("dtype", ["?", "i1", "u8", "f2", "f4", "f8", "c8", "c16"])
@pytest.mark.parametrize(
    "value",
    [
        1,
        300,
        -1,
        2**70,
        1.5,
        np.nan,
        np.inf,
        1j,
        True,
        None,
        "1",
        "1.5",
        "x",
        [1],
        ["1"],
        [None],
        np.float32(2),
        np.array(3),
        np.array([3]),
        np.array(["2"]),
        np.array(["x"]),
        np.array([4], object),
        np.array([3.0], ">f8"),
    ],
    ids=repr,
)
def test_values_of_every_kind_are_stored_as_numpys(dtype, value):
    with np.errstate(all="ignore"):
        for key in (1, slice(0, 2), [0, 2]):
            theirs, ours = np.zeros(3, dtype), xp.zeros(3, dtype)
            _, error = outcome(lambda: theirs.__setitem__(key, value))
            _, our_error = outcome(lambda: ours.__setitem__(key, value))
            assert (error and error[0]) == (our_error and our_error[0])
            np.testing.assert_array_equal(np.asarray(ours), theirs)


def test_index_arrays_of_foreign_byte_order():
    def body(lib, a):
        rows, mixed = np.array([1, -1], ">i4"), a[np.array([[0], [2]], ">i8"), [0, 1]]
        a[rows] = 5
        return a, a[rows], mixed, a[np.array(1, ">i2")]

    parity.check(body, np.arange(12.0).reshape(3, 4))
    parity.check(lambda lib, a: a[np.array([9], ">i8")], np.arange(3.0))
    parity.check(lambda lib, a: a[np.array([1.0], ">f8")], np.arange(3.0))


@pytest.mark.parametrize("mask_shape", [(0, 0), (0, 3), (2, 0), (0, 1), (2, 1), (0,), (3,)])
def test_an_empty_axis_of_a_mask_fits_any_extent(mask_shape):
    check(np.ones((2, 3)), np.zeros(mask_shape, dtype=bool), values=[5.0, np.ones(0), np.ones(2)])


@pytest.mark.parametrize("shape", [(7, 1), (1, 5), (1, 1), (5,), ()])
@pytest.mark.parametrize("into", [(7, 5), (3, 7, 5)])
def test_masks_of_broadcast_arrays(shape, into):
    values, mask = np.random.default_rng(0).random(shape), np.random.default_rng(1).random(into) < 0.5
    ours = xp.broadcast_to(xp.array(values), into)
    assert_same_array(ours[xp.array(mask)], np.broadcast_to(values, into)[mask])


def test_slices_are_views_and_gathers_are_not():
    x = xp.arange(10)
    view, gathered, masked = x[2:5], x[[2, 3, 4]], x[x > 7]
    view[0] = 100
    gathered[1] = masked[0] = 200
    assert x.tolist() == [0, 1, 100, 3, 4, 5, 6, 7, 8, 9]
    assert view.base is x and x[::2][1:].base is x and x.base is None and gathered.base is None


@pytest.mark.parametrize("make", [lambda xp: xp.array(1), lambda xp: np.array(1), lambda xp: xp.arange(3)[1]])
@pytest.mark.parametrize("place", [lambda i: i, lambda i: (i, slice(3)), lambda i: (..., i), lambda i: (None, i)])
def test_zero_d_index_arrays_copy_and_integer_scalars_view(make, place):
    def body(xp, base):
        part = base[place(make(xp))]
        part[...] = -1
        return base

    parity.check(body, np.arange(24.0).reshape(4, 6))


def test_an_element_is_a_value_not_a_view():
    x = xp.arange(3.0)
    element = x[1]
    x[1] = 9
    assert element == 1 and x[1] == 9
    with pytest.raises(TypeError, match=r"'numpy\.float64' object does not support item assignment"):
        element[()] = 2


def test_overlapping_assignments_read_before_they_write():
    for key, source in [
        (slice(1, None), slice(None, -1)),
        (slice(None, -1), slice(1, None)),
        (slice(None), slice(None, None, -1)),
    ]:
        ours, theirs = xp.arange(9), np.arange(9)
        ours[key], theirs[key] = ours[source], theirs[source]
        assert ours.tolist() == theirs.tolist()
    ours, theirs = xp.arange(5), np.arange(5)
    ours[ours], theirs[theirs.copy()] = ours[::-1], theirs[::-1].copy()
    assert ours.tolist() == theirs.tolist()


def test_the_last_of_repeated_positions_wins():
    x = xp.zeros(3)
    x[[1, 1, 1]] = xp.array([5.0, 6.0, 7.0])
    assert x.tolist() == [0, 7, 0]


def test_a_pending_expression_keeps_what_it_read():
    x = xp.arange(100_000.0)
    doubled = x * 2
    x[5] = x[7:9] = -1
    x[x > 50] = 0
    assert doubled[5] == 10 and doubled[8] == 16 and doubled[99_999] == 199_998


def test_read_only_arrays_refuse_writes():
    x = xp.arange(4)
    x.flags.writeable = False
    for key in (0, slice(None), [0, 1], x > 1):
        with pytest.raises(ValueError, match="assignment destination is read-only"):
            x[key] = 1
    with pytest.raises(ValueError, match="cannot delete array elements"):
        del x[0]


class Reshapes:
    """An index that changes the array it is used on."""

    def __init__(self, x):
        self.x = x

    def __index__(self):
        self.x.shape = (-1,)
        return 1


def test_an_index_that_reshapes_the_array_does_no_harm():
    x = xp.arange(24).reshape(2, 3, 4)
    assert x[Reshapes(x), Reshapes(x), Reshapes(x)] == 17
    x = xp.arange(24).reshape(2, 3, 4)
    x[Reshapes(x), 1:, 0] = 5


def random_term(rnd, extent):
    """One index term for an axis of about this extent, now and then a wrong one."""
    extent = max(extent, 1)
    bound = [None, *range(-extent - 2, extent + 3)]
    kinds = [
        lambda: rnd.randrange(-extent, extent),
        lambda: slice(rnd.choice(bound), rnd.choice(bound), rnd.choice([None, 1, 2, -1, -2])),
        lambda: None,
        lambda: ...,
        lambda: [rnd.randrange(-extent, extent) for _ in range(rnd.choice([0, 2, 3]))],
        lambda: np.array([rnd.randrange(extent) for _ in range(6)], rnd.choice(["i4", "u1", "i8"])).reshape(2, 3),
        lambda: np.array([rnd.random() < 0.5 for _ in range(extent)]),
        lambda: np.array([rnd.random() < 0.5 for _ in range(3 * extent)]).reshape(extent, 3),
        lambda: rnd.choice([True, False, np.int64(0), np.array(0), extent]),
    ]
    return rnd.choices(kinds, weights=[3, 5, 1, 1, 2, 2, 2, 1, 1])[0]()


@pytest.mark.parametrize("seed", range(20))
def test_random_keys(seed):
    rnd = random.Random(seed)
    for _ in range(60):
        shape = tuple(rnd.choice([0, 1, 2, 3, 4]) for _ in range(rnd.randrange(1, 5)))
        base = (np.arange(int(np.prod(shape))) * 3 + 1).astype(rnd.choice(["f8", "i4", "c16", "u1"])).reshape(shape)
        base = np.array(base.transpose(rnd.sample(range(base.ndim), base.ndim)))
        key = tuple(random_term(rnd, base.shape[min(i, base.ndim - 1)]) for i in range(rnd.choice([1, 1, 2, 2, 3])))
        ours = tuple(xp.array(t) if isinstance(t, np.ndarray) and rnd.random() < 0.5 else t for t in key)
        expected, error = outcome(lambda: base[key])
        got, our_error = outcome(lambda: xp.array(base)[ours])
        assert (error and error[0]) == (our_error and our_error[0]), (base.shape, key)
        if error is not None:
            continue
        assert_same_array(got, expected)
        value = np.arange(np.size(expected)).reshape(np.shape(expected)) if rnd.random() < 0.7 else 5
        theirs, target = base.copy(order="K"), xp.array(base)
        theirs[key] = value
        target[ours] = value
        np.testing.assert_array_equal(np.asarray(target), theirs)


@pytest.mark.parametrize("stride", [1, 2, -1])
def test_positions_count_from_both_ends(stride):
    a = np.arange(14.0)[::stride][:7]
    x = xp.arange(14.0)[::stride][:7]
    for positions in ([0, 6, 3], [-1, -7, 0], [6, 6, 6, 6, 6], []):
        i = np.array(positions, np.int64)
        np.testing.assert_array_equal(x[xp.array(i)], a[i])
        np.testing.assert_array_equal(x.take(xp.array(i)), a.take(i))
        x[xp.array(i)] = a[i] = 1.5
        np.testing.assert_array_equal(x, a)
    for outside in (7, -8, 2**62, -(2**63), 2**63 - 1):
        i = xp.array([0, outside])
        with pytest.raises(IndexError):
            x[i]
        with pytest.raises(IndexError):
            x.take(i)
        with pytest.raises(IndexError):
            x[i] = 1
    np.testing.assert_array_equal(x, a)
