"""Arrays of (nested) lists and tuples of numbers, of our scalars and of our arrays."""

import gc
import random
import sys
import warnings

import numpy as np
import pytest
from parity import check

import crossarray as xp

KINDS = ["?", "i1", "u1", "i4", "i8", "u8", "f2", "f4", "f8", "c8", "c16"]
PLAIN = [True, 3, -1, 2.5, 1 + 2j, 2**40, 2**63, 2**70]


def leaf(draw, xp):
    """A Python number, or a scalar of one of the libraries."""
    if draw.random() < 0.3:
        return draw.choice(PLAIN)
    array = xp.array([0, 1, 100], draw.choice(KINDS))
    return array[draw.randrange(3)] if draw.random() < 0.9 else array[1:2].reshape(())


def nested(draw, xp, shape):
    """Lists, tuples and arrays of `shape`; now and then a ragged one."""
    if not shape:
        return leaf(draw, xp)
    if draw.random() < 0.3:
        array = xp.arange(2 * np.prod(shape)).astype(draw.choice(KINDS))
        choice = draw.randrange(3)
        if choice == 0:
            return array[::2].reshape(shape)
        return array[::-2].reshape(shape[::-1]).T if choice == 1 else list(array[: array.size // 2].reshape(shape))
    extent = shape[0] + (draw.random() < 0.01)
    return draw.choice([list, tuple])(nested(draw, xp, shape[1:]) for _ in range(extent))


@pytest.mark.parametrize("seed", range(300))
def test_nested_sequences_become_numpys_arrays(seed):
    shape = random.Random(seed).choice([(1,), (3,), (2, 2), (3, 1), (2, 3, 2), (1, 1, 2, 2), (2, 0)])
    dtype = random.Random(seed).choice([None, None, None, "i4", "f4", "f8", "c16", "?"])

    def body(module):
        return module.array(nested(random.Random(seed), module, shape), dtype=dtype)

    check(lambda module: body(module) if dtype is None else without_complex_warnings(body, module))


def without_complex_warnings(body, module):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", np.exceptions.ComplexWarning)
        return body(module)


def test_large_and_pending_leaves_are_computed_first():
    check(lambda xp: xp.array([xp.arange(5e5).sum(), xp.arange(3e5).max(), 1]))
    check(lambda xp: xp.array([xp.arange(30_000.0) * 2, xp.arange(60_000)[::2] + 1]))
    check(lambda xp: xp.array([xp.ones((300, 200)).T * 3, xp.ones((200, 300), "f4")]))
    check(lambda xp: xp.array([[xp.arange(30_000.0) + 1]]))


def test_lists_as_operands_take_the_same_way():
    check(lambda xp: xp.arange(3.0) + [xp.float64(1), xp.arange(4)[2], 2])
    check(lambda xp: xp.sum([xp.arange(3.0), [1, 2, 3]], axis=0))
    check(lambda xp: xp.asarray([xp.arange(3, dtype="f4"), (1, 2, 3)]))


def test_numpy_judges_what_may_fail():
    check(lambda xp: xp.array([xp.float64("nan"), 1.0], dtype=int))
    check(lambda xp: xp.array([[1, 2], [3]]), message=True)
    check(lambda xp: xp.array([[1, 2], 3]), message=True)
    check(lambda xp: xp.array([xp.arange(3), xp.arange(4)]))
    check(lambda xp: xp.array([xp.arange(300), [300] * 300], dtype="u1"))
    check(lambda xp: xp.array([[], []]))
    check(lambda xp: xp.array([2**63, xp.arange(3)[1]]))
    check(lambda xp: xp.array([xp.arange(3), None], dtype=object).shape)
    endless = []
    endless.append(endless)
    check(lambda xp: xp.array(endless))


def test_leaves_are_released():
    item = xp.arange(20_000.0) * 2
    before = sys.getrefcount(item)
    for _ in range(10):
        xp.array([item, item])
        xp.array([[item, item], [item, [0.0] * 20_000]])
    gc.collect()
    assert sys.getrefcount(item) == before


@pytest.mark.parametrize("name", ["vstack", "hstack", "dstack", "column_stack"])
def test_stacks_of_mixed_ranks(name):
    check(lambda xp: getattr(xp, name)([xp.arange(3), [4, 5, 6], (7, 8, 9.5)]))
    check(lambda xp: getattr(xp, name)([xp.arange(3).reshape(3, 1), xp.ones((3, 1), "f4")]))
    check(lambda xp: getattr(xp, name)([xp.ones((2, 3)), xp.ones((1, 3))]), message=True)
    check(lambda xp: getattr(xp, name)([xp.ones(2), xp.ones(3)]), message=True)
    check(lambda xp: getattr(xp, name)([1, 2.5]))
    check(lambda xp: getattr(xp, name)([]), message=True)
    check(lambda xp: getattr(xp, name)(xp.ones((2, 3, 2))))
    check(lambda xp: getattr(xp, name)(["a", "b"]).tolist())
    check(lambda xp: getattr(xp, name)(a for a in [xp.ones(2)]), message=True)
    check(lambda xp: getattr(xp, name)(5), message=True)
    if name.startswith(("v", "h")):
        check(lambda xp: getattr(xp, name)([xp.ones(2), xp.ones(2)], dtype="f4"))
        check(lambda xp: getattr(xp, name)([xp.ones(2), xp.ones(2)], dtype="i4"), message=True)
        check(lambda xp: getattr(xp, name)([xp.ones(2), xp.ones(2)], dtype="i4", casting="unsafe"))


def test_row_stack_is_deprecated():
    with pytest.deprecated_call(match="vstack"):
        assert xp.row_stack([xp.ones(2)]).shape == (1, 2)
