"""Strides of results whose layout NumPy takes from its inputs: gathers, joins, rolls, orders of broadcast views."""

import random

import numpy as np
import pytest

import crossarray as xp


def layouts(shape):
    """Arrays of one shape with every nesting of axes, gaps, reversed and broadcast axes, in both libraries."""
    rank = len(shape)
    rnd = random.Random(rank)
    for trial in range(40):
        order = rnd.sample(range(rank), rank)
        steps = [rnd.choice([1, 1, 2, -1]) for _ in order]
        repeated = [trial % 2 == 1 and rnd.random() < 0.4 for _ in order]
        base = [1 if repeated[i] else shape[axis] * abs(steps[i]) for i, axis in enumerate(order)]
        index = tuple(slice(None, None, None if flat else step) for flat, step in zip(repeated, steps))
        back = [order.index(axis) for axis in range(rank)]
        pair = []
        for library in (np, xp):
            dense = library.asarray(np.arange(np.prod(base)).reshape(base))
            view = library.broadcast_to(dense[index], [shape[axis] for axis in order])
            pair.append(view.transpose(back))
        yield pair


def index(xp, values):
    return xp.array(values, np.int64)


RESULTS = {
    "ravel": lambda xp, a: a.ravel("K"),
    "flatten": lambda xp, a: a.flatten("K"),
    "copy": lambda xp, a: a.copy("K"),
    "gather first": lambda xp, a: a[index(xp, [1, 0, 1])],
    "gather middle": lambda xp, a: a[:, index(xp, [[1, 0], [1, 2]])],
    "gather last": lambda xp, a: a[..., index(xp, [1, 0, 1])],
    "gather two": lambda xp, a: a[index(xp, [0, 1]), :, index(xp, [1, 0])],
    "gather rows of a part": lambda xp, a: a[:, 1:, index(xp, [1, 0, 1])],
    "mask of an axis": lambda xp, a: a[xp.array([True, False])],
    "0-d index": lambda xp, a: a[xp.array(1)],
    "0-d index inside": lambda xp, a: a[:, xp.array(1)],
    "where": lambda xp, a: xp.where(a > 3, a, 0),
    "concatenate 0": lambda xp, a: xp.concatenate([a, a], axis=0),
    "concatenate 1": lambda xp, a: xp.concatenate([a, a[:, :1]], axis=1),
    "concatenate -1": lambda xp, a: xp.concatenate([a, a.copy()], axis=-1),
    "stack 0": lambda xp, a: xp.stack([a, a]),
    "stack 1": lambda xp, a: xp.stack([a, a], axis=1),
    "stack -1": lambda xp, a: xp.stack([a, a], axis=-1),
    "roll": lambda xp, a: xp.roll(a, 1),
    "roll 0": lambda xp, a: xp.roll(a, 1, axis=0),
    "roll -1": lambda xp, a: xp.roll(a, 2, axis=-1),
    "round": lambda xp, a: a.round(),
}


@pytest.mark.parametrize("name", RESULTS)
def test_strides_of_results_are_numpys(name):
    for theirs, ours in layouts((2, 3, 4)):
        expected, got = RESULTS[name](np, theirs), RESULTS[name](xp, ours)
        assert got.strides == expected.strides, (theirs.strides, expected.shape)
        np.testing.assert_array_equal(np.asarray(got), expected)
