"""Warnings that dtypes and shapes decide are NumPy's; those that values decide are not given."""

import warnings

import numpy as np
import pytest

import crossarray as xp


def warned(call, module):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call(module)
    # NumPy's own division by the count is one that values decide.
    return [(w.category, str(w.message)) for w in caught if "encountered" not in str(w.message)]


def assigned(key):
    def call(module):
        module.zeros(3)[key] = module.array([1j, 2])

    return call


@pytest.mark.parametrize(
    "call",
    [
        lambda m: m.mean(m.zeros(0)),
        lambda m: m.zeros((0, 3)).mean(axis=0),
        lambda m: m.zeros((0, 3)).mean(axis=1),
        lambda m: m.zeros((0, 3)).mean(0, keepdims=True),
        lambda m: m.zeros(0).var(),
        lambda m: m.zeros(1).std(ddof=1),
        lambda m: m.zeros((2, 1)).var(axis=1, ddof=1),
        lambda m: m.zeros((2, 1)).var(axis=0, ddof=1),
        lambda m: m.average(m.zeros(0)),
        lambda m: m.ones(3).var(),
        lambda m: m.array([1j]).astype(float),
        lambda m: m.array([1j]).astype("c8"),
        lambda m: m.array([1j]).astype(bool),
        lambda m: m.array([1j]).astype("i4"),
        assigned(slice(1, None)),
        assigned([0, 1]),
        assigned(np.array([True, False, True])),
    ],
)
def test_warnings_are_numpys(call):
    assert warned(call, xp) == warned(call, np)


def test_a_warning_can_be_an_error():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(RuntimeWarning, match="Mean of empty slice"):
            xp.zeros(0).mean()
        with pytest.raises(np.exceptions.ComplexWarning):
            xp.array([1j]).astype(float)
