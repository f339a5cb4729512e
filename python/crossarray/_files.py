"""Arrays from files and buffers, where NumPy's own functions would not do."""

import numpy as np

import crossarray as xp
from crossarray import _fallback

__all__ = ["frombuffer", "load"]


def frombuffer(buffer, dtype=float, count=-1, offset=0, *, like=None):
    """A 1-d array over the memory of a buffer (bytes, bytearray, mmap...): nothing is copied, writes are seen both ways.

    Read-only where the buffer is. Memory that others may write to is read when an operation is called, so nothing is
    fused over it: `xp.array(...)` makes a copy that is Crossarray's own.
    >>> xp.frombuffer(b"\\x01\\x02", dtype=xp.uint8)
    array([1, 2], dtype=uint8)
    """
    array = np.frombuffer(buffer, dtype, count, offset)
    return xp.asarray(array, copy=False) if _fallback.native_dtype(array.dtype) else array


class NpzFile(np.lib.npyio.NpzFile):
    """An open .npz archive whose members come as our arrays."""

    def __getitem__(self, key):
        return _fallback.run(super().__getitem__, (key,), {})


def load(file, mmap_mode=None, allow_pickle=False, fix_imports=True, encoding="ASCII", *, max_header_size=10_000):
    """The array in a .npy file, the members of an .npz archive, or a pickle, as `numpy.load` finds them.

    mmap_mode: gives NumPy's own memmap, which every function here takes.
    >>> import io
    >>> file = io.BytesIO()
    >>> xp.save(file, xp.arange(3)); _ = file.seek(0)
    >>> xp.load(file)
    array([0, 1, 2])
    """
    options = {"fix_imports": fix_imports, "encoding": encoding, "max_header_size": max_header_size}
    found = _fallback.call(np.load, "numpy.load", (file, mmap_mode, allow_pickle), options)
    if type(found) is np.lib.npyio.NpzFile:
        found.__class__ = NpzFile
    return found


load.provided_as = "fallback"
