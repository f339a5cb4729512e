"""Breaking a device on purpose, for children: a read of memory that is not there on a real one, a setting on the fake."""

import ctypes
import os
from pathlib import Path

import crossarray as xp

FAKE = os.environ.get("CROSSARRAY_FAKE_CUDA") == "1"
NOWHERE = 1 << 44  # no allocator's address, aligned


def fake_driver():
    library = ctypes.CDLL(str(Path(xp.__file__).with_name("_cuda_fake.so")))
    library.fake_cuda_set.argtypes = [ctypes.c_char_p, ctypes.c_int64]
    return library


class Stranger:
    """Somebody else's array, at an address of our choice."""

    def __init__(self, address, shape=(1024,), typestr="<f4", **more):
        self.__cuda_array_interface__ = {
            "shape": shape,
            "typestr": typestr,
            "data": (address, False),
            "version": 3,
            **more,
        }


def break_device():
    """Enqueues work that ends in error 700. The error may show here or at any later call."""
    if FAKE:
        fake_driver().fake_cuda_set(b"sticky_at", 1)
        float(xp.ones(1000, device="cuda").sum())
    else:
        float((xp.asarray(Stranger(NOWHERE)) + 1).sum())


def bound_memory(nbytes):
    """A fake device of so many bytes; a real one is as large as it is."""
    if FAKE:
        fake_driver().fake_cuda_set(b"capacity", nbytes)
        fake_driver().fake_cuda_set(b"total_bytes", nbytes)
