"""xp.random: NumPy's streams, written into our arrays and into lists."""

import numpy as np
import pytest
from parity import check

GENERATORS = [lambda xp: xp.random.default_rng(5), lambda xp: xp.random.RandomState(5)]


@pytest.mark.parametrize("generator", GENERATORS)
@pytest.mark.parametrize("shape", [(7,), (4, 2), (3, 2, 2)])
def test_shuffle_keeps_every_row(generator, shape):
    def body(xp, view):
        x = xp.arange(2 * np.prod(shape)).reshape(-1, *shape[1:])
        generator(xp).shuffle(view(x))
        return x

    for view in (lambda x: x, lambda x: x[::2], lambda x: x.T, lambda x: x[::-1]):
        check(body, view)


@pytest.mark.parametrize("generator", [*GENERATORS, lambda xp: xp.random])
def test_lists_are_shuffled_in_place(generator):
    def body(xp, items):
        xp.random.seed(3)
        chosen = items(xp)
        generator(xp).shuffle(chosen)
        return chosen

    check(body, lambda xp: list(range(20)))
    check(body, lambda xp: list("abcdefgh"))
    check(body, lambda xp: [xp.arange(3) + i for i in range(8)])


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_permutations_along_an_axis(axis):
    def body(xp):
        rng, x = xp.random.default_rng(1), xp.arange(12).reshape(3, 4)
        out = xp.empty((3, 4), int)
        assert rng.permuted(x, axis=axis, out=out) is out
        rng.shuffle(x, axis=axis)
        return [out, x, rng.permutation(x, axis=axis)]

    check(body)


def test_draws_go_into_out():
    def body(xp):
        rng, x, y = xp.random.default_rng(1), xp.zeros(5), xp.zeros((2, 2), "f4")
        assert rng.random(out=x) is x
        rng.standard_normal(out=y, dtype="f4")
        rng.standard_gamma(2.0, out=x[1:])
        return [x, y]

    check(body)
    check(lambda xp: xp.random.default_rng(1).random(out=xp.zeros(8)[::2]), message=True)
    check(lambda xp: xp.random.default_rng(1).random(3, out=xp.zeros(4)), message=True)
