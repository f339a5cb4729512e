"""Updates in place by several threads: none is lost, whatever is pending and whoever computes it."""

import threading

import numpy as np
import pytest

import crossarray as xp

THREADS, ROUNDS = 4, 30


def pending():
    return xp.sin(xp.zeros(200_000)) * 2


def augmented_view(a):
    view = a[:100]
    view += 1


def augmented_item(a):
    a[:100] += 1


def out_of_a_ufunc(a):
    xp.add(a[10:90], 1, out=a[10:90])


def masked(a):
    xp.add(a[:100], 1, out=a[:100], where=MASK)


def whole(a):
    a += 1


MASK = np.ones(100, dtype=bool)


@pytest.mark.threads
@pytest.mark.parametrize("make", [lambda: xp.zeros(200_000), pending])
@pytest.mark.parametrize("update", [augmented_view, augmented_item, out_of_a_ufunc, masked, whole])
def test_no_update_is_lost(update, make):
    for _ in range(5):
        a, start = make(), threading.Barrier(THREADS)

        def work(a=a, start=start):
            start.wait()
            for _ in range(ROUNDS):
                update(a)

        threads = [threading.Thread(target=work) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert float(a[50]) == THREADS * ROUNDS
