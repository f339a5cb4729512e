"""Device memory shared with CuPy and PyTorch, in both directions, on streams of theirs."""

import os

import numpy as np
import pytest
from faults import Stranger

import crossarray as xp

pytestmark = pytest.mark.gpu
FAKE = os.environ.get("CROSSARRAY_FAKE_CUDA") == "1"


def silicon(name):
    """The library, if it is installed and the device is a real one."""
    if FAKE:
        pytest.skip(f"{name} does not know the fake driver")
    return pytest.importorskip(name)


@pytest.fixture(params=["float32", "float64", "int32", "uint8", "complex64", "bool", "float16"])
def host(request):
    return (np.arange(60).reshape(5, 12) % 7).astype(request.param)


def test_the_array_interface_shares_memory_both_ways(host):
    x = xp.array(host, device="cuda")
    y = xp.asarray(Stranger(**_interface(x[1:, ::3])))
    assert y.device == "cuda:0"
    assert np.array_equal(np.asarray(y), host[1:, ::3])
    y[0, 0] = 1
    assert np.asarray(x)[1, 0] == 1
    with pytest.raises(AttributeError):
        xp.array(host, device="cpu").__cuda_array_interface__


def _interface(x):
    interface = dict(x.__cuda_array_interface__)
    address, _ = interface.pop("data")
    return {"address": address, **{key: value for key, value in interface.items() if key != "version"}}


def test_dlpack_shares_memory_within_the_library(host):
    x = xp.array(host, device="cuda")
    y = xp.from_dlpack(x[:, ::-1][:, ::-1])
    y[2] = 1
    assert np.array_equal(np.asarray(x)[2], np.ones(12, host.dtype))


def test_cupy_reads_and_writes_our_memory(host):
    cupy = silicon("cupy")
    x = xp.array(host, device="cuda")
    for theirs in (cupy.asarray(x), cupy.from_dlpack(x)):
        assert np.array_equal(cupy.asnumpy(theirs), host)
        theirs[1] = 1
        cupy.cuda.get_current_stream().synchronize()
        assert np.array_equal(np.asarray(x)[1], np.ones(12, host.dtype))
        x[1] = xp.array(host[1])


def test_we_read_and_write_cupys_memory(host):
    cupy = silicon("cupy")
    theirs = cupy.asarray(host)
    for x in (xp.asarray(theirs), xp.from_dlpack(theirs)):
        assert x.device == "cuda:0"
        assert np.array_equal(np.asarray(x), host)
        x[3] = 1
        assert np.array_equal(cupy.asnumpy(theirs)[3], np.ones(12, host.dtype))
        x[3] = xp.array(host[3])


def test_work_on_cupys_streams_comes_first():
    cupy = silicon("cupy")
    n = 20_000_000
    stream = cupy.cuda.Stream(non_blocking=True)
    with stream:
        theirs = cupy.zeros(n, cupy.float32)
        for _ in range(50):
            theirs += 1
        x = xp.from_dlpack(theirs)
    assert float(x.min()) == float(x.max()) == 50
    y = xp.eval(xp.sqrt(x * 0 + 4))
    with stream:
        assert float(cupy.from_dlpack(y).sum()) == 2 * n


def test_torch_shares_memory_both_ways(host):
    torch = silicon("torch")
    if not torch.cuda.is_available():
        pytest.skip("PyTorch is built without CUDA")
    x = xp.array(host, device="cuda")
    theirs = torch.from_dlpack(x)
    assert theirs.is_cuda
    assert np.array_equal(theirs.cpu().numpy(), host)
    theirs[1] = 1
    torch.cuda.synchronize()
    assert np.array_equal(np.asarray(x)[1], np.ones(12, host.dtype))
    tensor = torch.from_numpy(host.copy()).cuda()
    y = xp.from_dlpack(tensor)
    y[2] = 1
    assert np.array_equal(tensor.cpu().numpy()[2], np.ones(12, host.dtype))
    stream = torch.cuda.Stream()
    with torch.cuda.stream(stream):
        much = torch.zeros(20_000_000, device="cuda")
        for _ in range(50):
            much += 1
        assert float(xp.from_dlpack(much).min()) == 50


def test_the_memory_of_others_lives_as_long_as_our_view():
    cupy = silicon("cupy")
    pool = cupy.get_default_memory_pool()
    pool.free_all_blocks()
    before = pool.used_bytes()
    x = xp.asarray(cupy.ones(1_000_000))
    assert pool.used_bytes() > before
    assert float(x.sum()) == 1_000_000
    del x
    assert pool.used_bytes() == before
