"""Strides equal NumPy's: of arrays without elements, new axes, and results of fancy indices."""

import numpy as np
import pytest
from parity import check

EMPTY = [(0,), (0, 3), (3, 0), (2, 0, 3), (0, 0)]


@pytest.mark.parametrize("shape", EMPTY)
def test_new_arrays_without_elements_have_no_strides(shape):
    def body(xp):
        x = xp.zeros(shape)
        made = [
            x,
            xp.empty(shape, "f4", order="F"),
            x + 1,
            x.copy(),
            x.astype("i2"),
            xp.sort(x),
            x.T,
            xp.full(shape, 3),
        ]
        made += [
            xp.concatenate([x, x]),
            x.sum(axis=0),
            xp.array(x.tolist()),
            x[..., :0],
            x.ravel(),
            x.reshape(shape[::-1]),
        ]
        return [item.strides for item in made]

    check(body)


@pytest.mark.parametrize("axis", [0, 1, -1, (0, 2), (1, 2)])
def test_new_axes_have_the_strides_of_a_reshape(axis):
    bases = [lambda xp: xp.arange(6.0).reshape(2, 3), lambda xp: xp.arange(24).reshape(2, 3, 4).transpose(2, 0, 1)]
    bases += [lambda xp: xp.arange(12).reshape(3, 4)[::2, ::-1], lambda xp: xp.asfortranarray(xp.ones((3, 2)))]
    for base in bases:
        check(lambda xp: xp.expand_dims(base(xp), axis).strides)


def test_results_of_fancy_indices_lie_as_the_index_arrays():
    def body(xp):
        i = xp.array([[0, 1, 2], [2, 0, 1]])
        x, y, z = xp.arange(12), xp.arange(12).reshape(3, 4), xp.arange(24).reshape(3, 2, 4)
        j = xp.arange(8).reshape(2, 2, 2).transpose(1, 2, 0)
        results = [x[i.T], y[i.T, i.T], y[i.T, i.T.copy()], y[i.T, 1], y[i.T], z[i.T], z[:, i.T % 2], x[j], x[j[::-1]]]
        results += [xp.take(x, i.T), x.take(i.T), y[i.T[:, :1], i.T]]
        return [[item, item.strides] for item in results]

    check(body)


def test_a_transposed_index_selects_the_same_elements():
    index = np.arange(20).reshape(4, 5) % 7
    check(lambda xp: xp.arange(7.0)[xp.array(index).T])
    check(lambda xp: xp.arange(9000.0)[xp.array(np.arange(9000).reshape(90, 100)).T])


def assign(xp):
    x = xp.zeros((3, 4))
    i = xp.array([[0, 1, 2], [2, 0, 1]])
    x[i.T, i.T] = xp.arange(6.0).reshape(3, 2)
    return x


def test_writes_through_a_transposed_index():
    check(assign)
