"""Rules of NumPy that few programs meet: huge Python integers, casting='equiv', x.flat's keys, limits and their words."""

import numpy as np
import pytest
from parity import check

import crossarray as xp

HUGE = [2**63, 2**64 - 1, 2**64, 2**200, -(2**63) - 1, -(2**200)]


@pytest.mark.parametrize("a", HUGE)
def test_functions_of_huge_python_integers_alone(a):
    for b in (a, -a, 1, 1.5, True):
        for name in ("equal", "not_equal", "less", "greater_equal"):
            check(lambda xp: bool(getattr(xp, name)(a, b)))
            check(lambda xp: bool(getattr(xp, name)(b, a)))
        for name in ("add", "maximum", "bitwise_and"):
            check(lambda xp: getattr(xp, name)(a, b))
    for name in ("bitwise_count", "invert", "negative", "absolute"):
        check(lambda xp: getattr(xp, name)(a))


SCALARS = [True, 1, 1.0, 1j]


@pytest.mark.parametrize("casting", ["no", "equiv", "safe"])
@pytest.mark.parametrize("dtype", ["?", "u1", "i8", "f4", "f8", "c8", "c16"])
def test_python_scalars_under_strict_casting(casting, dtype):
    for scalar in SCALARS:
        check(lambda xp: xp.add(xp.ones(2, dtype), scalar, casting=casting), message=casting == "equiv")
        check(lambda xp: xp.add(1, scalar, casting=casting))
        check(lambda xp: xp.sin(scalar, casting=casting))


def test_python_scalars_are_weak_when_joined_flat():
    for dtype in ("i1", "u1", "f4", "c8", "f8"):
        for scalar in (True, 1, 300, -1, 2.5, 1j):
            check(lambda xp: xp.concatenate([xp.ones(2, dtype), scalar], axis=None))
            check(lambda xp: xp.concatenate([scalar, xp.ones(2, dtype), 1], axis=None))
    check(lambda xp: xp.concatenate([1, 2.5], axis=None))
    check(lambda xp: xp.concatenate([xp.ones(2, "f4"), xp.float64(1), [2.0]], axis=None))
    check(lambda xp: xp.concatenate([xp.ones(2, "f4"), 1.0]), message=True)


FLAT_KEYS = [3, -1, 10, -10, 1.5, "a", None, ..., (1, 2), (1,), [0, 2], [0, 10], slice(1, 4), np.array([True, False])]


@pytest.mark.parametrize("key", FLAT_KEYS, ids=str)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_keys_of_flat_and_their_errors(key):
    check(lambda xp: xp.arange(6).reshape(2, 3).flat[key], message=True)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_truth_values_as_keys_of_flat():
    check(lambda xp: xp.arange(6).reshape(2, 3).flat[True])
    check(lambda xp: xp.arange(6).reshape(2, 3).flat[False])
    check(lambda xp: xp.arange(6).reshape(2, 3).flat[xp.bool(True)], message=True)
    with pytest.warns(DeprecationWarning, match="0-dimensional boolean index is deprecated"):
        xp.ones(3).flat[True]


def test_a_third_operand_of_maximum_is_deprecated():
    for name in ("maximum", "minimum"):
        for third in (xp.empty(2), None):
            with pytest.warns(DeprecationWarning, match="Passing more than 2 positional arguments to np.maximum"):
                getattr(xp, name)(xp.ones(2), xp.zeros(2), third)
        check(lambda xp: getattr(xp, name)(xp.ones(2), xp.zeros(2), out=xp.empty(2)))


def test_more_than_63_index_arrays():
    for count in (63, 64, 65, 70):
        check(lambda xp: xp.ones((1,) * 64)[(xp.array([0]),) * count].shape, message=count < 65)


@pytest.mark.parametrize("repeats", [2**40, 2**60, 2**62, -1])
def test_too_many_repeats(repeats):
    check(lambda xp: xp.repeat(xp.ones(3), repeats), message=True)


def test_messages_of_memory_errors_have_three_figures():
    for size in (2**50, 2**53 + 2**50 // 3, 1023 * 2**47, 2**60):
        check(lambda xp: xp.full(size, 1.0), message=True)


def test_bfloat16_by_name():
    assert xp.ones(2, "bfloat16").dtype == xp.ones(2).astype("bf16").dtype == xp.bfloat16
