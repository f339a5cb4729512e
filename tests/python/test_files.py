"""Arrays from files and buffers."""

import array
import io

import numpy as np
import pytest
from parity import check

import crossarray as xp


def test_frombuffer_shares_memory_both_ways():
    def body(xp):
        buffer = bytearray(np.arange(4.0).tobytes())
        x = xp.frombuffer(buffer)
        y = x * 2
        memoryview(buffer).cast("d")[0] = 7.0
        x[1] = 5.0
        return [x, y, x + 1, memoryview(buffer).cast("d")[1], x.flags.owndata, x.flags.writeable]

    check(body)
    check(lambda xp: xp.frombuffer(array.array("i", [1, 2, 3, 4]), dtype="i4", count=2, offset=4))
    check(lambda xp: xp.frombuffer(xp.arange(3.0), dtype="u1"))


def test_frombuffer_of_bytes_is_read_only():
    def write(xp):
        xp.frombuffer(b"abcd", "u1")[0] = 1

    check(lambda xp: xp.frombuffer(b"abcd", "u1").flags.writeable)
    check(write, message=True)
    check(lambda xp: xp.frombuffer(b"abcde", "u2"), message=True)
    check(lambda xp: xp.frombuffer(b"", "u2"), message=True)
    assert type(xp.frombuffer(b"abcd", ">u2")) is np.ndarray


def test_archives_give_our_arrays(tmp_path):
    path = tmp_path / "archive.npz"
    xp.savez(path, a=xp.arange(3), b=[1.5], text=["x", "y"])
    with xp.load(path) as archive:
        assert sorted(archive) == ["a", "b", "text"] == sorted(archive.files)
        assert type(archive["a"]) is type(archive.f.b) is xp.ndarray
        assert type(archive["text"]) is np.ndarray
        assert [type(item) for item in archive.values()].count(xp.ndarray) == 2
        assert archive["a"].tolist() == [0, 1, 2]
        with pytest.raises(KeyError, match="c is not a file in the archive"):
            archive["c"]
    with xp.config(fallback="raise"), pytest.raises(NotImplementedError, match=r"numpy\.load"):
        xp.load(path)


def test_files_become_our_arrays(tmp_path):
    text, binary, saved = tmp_path / "x.txt", tmp_path / "x.bin", tmp_path / "x.npy"

    def body(xp):
        x = xp.arange(6.0).reshape(3, 2)
        xp.savetxt(text, x)
        x.tofile(binary)
        xp.save(saved, x.T)
        results = [xp.loadtxt(text), xp.genfromtxt(text), xp.fromfile(binary), xp.load(saved)]
        return [*results, *xp.loadtxt(text, unpack=True), xp.load(io.BytesIO(saved.read_bytes()))]

    check(body)
    assert type(xp.load(saved, mmap_mode="r")) is np.memmap
    assert type(xp.sin(xp.load(saved, mmap_mode="r"))) is xp.ndarray
    assert all(type(item) is xp.ndarray for item in (xp.loadtxt(text), xp.genfromtxt(text), xp.fromfile(binary)))
