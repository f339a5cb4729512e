"""Memory of devices shared with other libraries: DLPack and the CUDA array interface, on the fake driver."""

from fake_device import run_on_fake

OTHERS = """
class Other:
    def __init__(self, interface):
        self.__cuda_array_interface__ = interface

# What another library does on a stream: tests/cuda/fake/control.h.
foreign_copy = _fake.fake_cuda_foreign_copy
foreign_copy.argtypes = [ctypes.c_size_t, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int]
foreign_copy.restype = None

def address_in(capsule):
    name = b"dltensor_versioned" if "versioned" in repr(capsule) else b"dltensor"
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.argtypes, pointer.restype = [ctypes.py_object, ctypes.c_char_p], ctypes.c_void_p
    tensor = pointer(capsule, name) + (32 if b"_" in name else 0)
    return ctypes.c_void_p.from_address(tensor).value
"""


def test_dlpack_and_the_cuda_interface_share_device_memory():
    run_on_fake(
        """
x = xp.arange(6.0, device="cuda").reshape(2, 3)
assert x.__dlpack_device__() == (2, 0) and xp.ones(2).__dlpack_device__() == (1, 0)
y = xp.from_dlpack(x)
assert y.device == "cuda:0" and y.shape == (2, 3)
y[0, 0] = 9
assert float(x[0, 0]) == 9
x[1] = -1
assert np.array_equal(np.asarray(y), [[9, 1, 2], [-1, -1, -1]])
z = y.T * 2
x[0, 1] = 100
assert float(z[1, 0]) == 2, "what is shared is read at once"
assert np.array_equal(np.asarray(xp.from_dlpack(x, copy=True)), np.asarray(x))

class Other:
    def __init__(self, interface):
        self.__cuda_array_interface__ = interface

interface = x[:, ::2].__cuda_array_interface__
assert interface["version"] == 3 and interface["shape"] == (2, 2) and interface["typestr"] == "<f8"
w = xp.asarray(Other(interface))
assert w.device == "cuda:0"
w[0, 1] = 42
assert float(x[0, 2]) == 42
assert float(xp.array(Other(interface)).sum()) == 9 + 42 - 2
assert not hasattr(xp.ones(2), "__cuda_array_interface__") and not hasattr(x, "__array_interface__")
del x, y, z, w, interface
import gc
gc.collect()
assert xp.memory()["cuda:0"]["in_use"] == 0, xp.memory()
"""
    )


def test_dlpack_capsules_of_both_versions():
    run_on_fake(
        """
x = xp.arange(3, device="cuda")
assert "dltensor_versioned" in repr(x.__dlpack__(stream=1, max_version=(1, 0)))
assert '"dltensor"' in repr(x.__dlpack__())
host = np.from_dlpack(x.to_device("cpu"))
assert host.sum() == 3
for bad in (0, -2):
    try:
        x.__dlpack__(stream=bad)
    except ValueError:
        pass
    else:
        raise AssertionError
"""
    )


def test_what_others_have_enqueued_comes_first():
    run_on_fake(
        OTHERS
        + """
x = xp.zeros(4, device="cuda")
interface = x.__cuda_array_interface__
address = interface["data"][0]
old = {key: value for key, value in interface.items() if key != "stream"}  # PyTorch's: version 2
views = [xp.asarray(Other(interface)), xp.asarray(Other({**old, "version": 2})), xp.from_dlpack(x), x]
looks = [lambda v: np.asarray(v * 1), lambda v: np.asarray(v), lambda v: np.asarray(v[1:] @ v[1:])]
for number, (view, look) in enumerate((v, l) for v in views for l in looks):
    new = np.arange(4.0) + number
    foreign_copy(1, address, new.ctypes.data, 32, 1)
    assert np.array_equal(look(view), look(new)), number
foreign_copy(2, address, new.ctypes.data, 32, 1)
view = xp.asarray(Other({**interface, "stream": 2}))
assert np.array_equal(np.asarray(view), new)
"""
    )


def test_lent_memory_is_not_used_again_before_its_reader_is_done():
    run_on_fake(
        OTHERS
        + """
def settle():
    del_me = xp.from_dlpack(xp.ones(1, device="cuda"))
    assert float(del_me[0]) == 1  # runs the default stream
for stream in (None, 1, 2, -1):
    for version in (None, (1, 0)):
        x = xp.arange(4.0, device="cuda")
        capsule = x.__dlpack__(stream=stream, max_version=version)
        address, host = address_in(capsule), np.zeros(4)
        foreign_copy(1, host.ctypes.data, address, 32, 0)  # the reader's kernel
        if version:
            del x
        else:  # the memory stays ours: what we write next comes after it
            del capsule
            x[:] = 7
        capsule = None
        xp.free_cached()
        settle()
        assert np.array_equal(host, [0, 1, 2, 3]), (stream, version, host)
x = xp.arange(4.0, device="cuda")
host = np.zeros(4)
foreign_copy(1, host.ctypes.data, x.__cuda_array_interface__["data"][0], 32, 0)
del x
xp.free_cached()
settle()
assert np.array_equal(host, [0, 1, 2, 3])
assert xp.memory()["cuda:0"]["in_use"] == 0, xp.memory()
"""
    )


def test_memory_that_is_not_aligned_is_refused():
    run_on_fake(
        OTHERS
        + """
x = xp.zeros(8, device="cuda")
interface = x.__cuda_array_interface__
address = interface["data"][0]
for change in ({"data": (address + 4, False), "shape": (2,)}, {"strides": (12,), "shape": (2,)}):
    try:
        xp.asarray(Other({**interface, **change}))
    except BufferError as error:
        assert "multiple of its size" in str(error)
    else:
        raise AssertionError(change)
assert xp.asarray(Other({**interface, "strides": (16,), "shape": (4,)})).shape == (4,)
"""
    )


def test_a_capsule_that_fails_lends_nothing():
    run_on_fake(
        """
try:
    from _testcapi import remove_mem_hooks, set_nomemory
except ImportError:
    raise SystemExit
for lend in (lambda x: x.__dlpack__(), lambda x: x.__dlpack__(max_version=(1, 0)),
             lambda x: x.__cuda_array_interface__):
    failed = 0
    for at in range(40):
        x = xp.arange(4.0, device="cuda")
        xp.eval(x)
        lend(xp.arange(2.0, device="cuda"))
        try:
            set_nomemory(at, at + 1)
            lend(x)
        except MemoryError:
            remove_mem_hooks()
            failed += 1
            assert "ready" not in xp.explain(x * 2), f"still lent after failure {at}"
        remove_mem_hooks()
    assert failed
"""
    )
