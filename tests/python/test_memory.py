"""Memory stays where it was: a million operations, large chains, graphs nobody looks at, errors."""

import ctypes
import gc
import os

import numpy as np

import crossarray as xp

MIB = 1 << 20
LARGE = 50_000
# A device's kernels are launched one by one, by the fake driver as plain loops.
ON_DEVICE = os.environ.get("CROSSARRAY_DEVICE", "auto") not in ("auto", "cpu")
ASAN_BYTES = getattr(ctypes.CDLL(None), "__sanitizer_get_current_allocated_bytes", None)


class MallocInfo(ctypes.Structure):
    """struct mallinfo2 of glibc."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keep".split()
    ]


def allocated():
    """Bytes that malloc has handed out. Exact, also under AddressSanitizer, which keeps freed memory for a while."""
    gc.collect()
    if ASAN_BYTES:
        ASAN_BYTES.restype = ctypes.c_size_t
        return ASAN_BYTES()
    mallinfo = ctypes.CDLL(None).mallinfo2
    mallinfo.restype = MallocInfo
    info = mallinfo()
    return info.uordblks + info.hblkhd


def resident():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def growth(work, rounds):
    """Bytes of memory that `rounds` calls of `work` leave behind, after a tenth as many to fill caches."""
    rounds = rounds // 20 if ASAN_BYTES or ON_DEVICE else rounds
    for _ in range(max(1, rounds // 10)):
        work()
    before, before_resident = allocated(), resident()
    for _ in range(rounds):
        work()
    handed_out = allocated() - before
    return handed_out if ASAN_BYTES else max(handed_out, resident() - before_resident)


class TestMemoryStaysWhereItWas:
    def test_a_million_small_operations(self):
        a, b = xp.arange(10.0), xp.ones((10, 1))

        def ten():
            c = a + b
            c += 1
            c[2:5, ::2] = 7
            d = xp.exp(c.T)[3] * 2 - a
            return float(d.sum()) + float(c[1, 1]), c.max(axis=0), d > 0

        assert growth(ten, 100_000) < 4 * MIB

    def test_a_thousand_large_chains(self):
        x = xp.array(np.random.default_rng(0).normal(size=200_000))

        def chain():
            y = ((x - x.mean()) / x.std() * 2 + 1).reshape(400, -1)
            y[1:-1] += y[2:] - y[:-2]
            z = xp.where(y > 0, y, 0).sum(axis=1)
            return float(z[3]), y + 1

        assert growth(chain, 1000) < 16 * MIB

    def test_graphs_that_are_never_looked_at(self):
        x = xp.ones(LARGE)

        def drop():
            y = x
            for _ in range(50):
                y = y * 2 + x
            return y[::2].sum()

        assert growth(drop, 400) < 4 * MIB

    def test_errors_views_iteration_and_conversion(self):
        x = xp.arange(12.0).reshape(3, 4)

        def mixed():
            for bad in (
                lambda: x[9],
                lambda: x + xp.ones(5),
                lambda: x.reshape(5),
                lambda: xp.array([[1], [1, 2]]),
                lambda: x.sum(axis=7),
            ):
                try:
                    bad()
                except (IndexError, ValueError):
                    pass
            return (
                list(x),
                x.tolist(),
                repr(x[0]),
                np.asarray(x),
                xp.array([1, 2.5]),
                xp.from_dlpack(np.ones(3)),
            )

        assert growth(mixed, 3000) < 2 * MIB

    def test_memory_handed_out(self):
        x = xp.arange(12.0).reshape(3, 4)
        assert growth(lambda: (memoryview(x), memoryview(x[1:, ::2])), 3000) < 2 * MIB
