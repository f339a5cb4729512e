"""What happens to a process: a fault on the device, a fork, threads, the start without a device."""

import pytest
from children import run_child

pytestmark = pytest.mark.gpu

LOST = """
from faults import break_device
host = xp.arange(1000.0)
x = xp.arange(1000.0).to_device("cuda")
try:
    break_device()
except RuntimeError as error:
    print(type(error).__name__)
else:
    raise AssertionError("nobody noticed")
for use in (lambda: np.asarray(x), lambda: xp.eval(x + 1), lambda: xp.ones(10, device="cuda") + 1):
    try:
        xp.eval(use())
    except RuntimeError as error:
        assert "lost" in str(error), error
    else:
        raise AssertionError("wrong data instead of an error")
assert float((host * 2).sum()) == 999000.0, "the CPU goes on"
"""

FORKED = """
import os
x = xp.arange(100_000.0).to_device("cuda")
y = x * 2
host = xp.arange(10.0)
child = os.fork()
if child == 0:
    try:
        np.asarray(y)
    except RuntimeError as error:
        ok = "fork" in str(error) and float(host.sum()) == 45
    else:
        ok = False
    del x, y
    os._exit(0 if ok else 1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert float(y.sum()) == 2 * sum(range(100_000)), "the parent goes on"
"""

THREADS = """
import threading
data = np.arange(200_000, dtype=np.float32)
wrong = []

def work(seed):
    x = xp.array(data + seed, device="cuda")
    for step in range(20):
        y = xp.sqrt(x + step) * 2
        if not np.array_equal(np.asarray(y), np.sqrt(data + seed + np.float32(step)) * 2):
            wrong.append((seed, step))

threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
for each in threads:
    each.start()
for each in threads:
    each.join()
assert wrong == []
"""


def test_a_fault_on_the_device_is_an_error_from_then_on_and_never_wrong_data():
    assert run_child(LOST).strip() in ("DeviceError", "RuntimeError")


def test_a_forked_child_is_told_and_the_parent_goes_on():
    run_child(FORKED)


def test_threads_share_the_device():
    run_child(THREADS)


def test_hidden_devices_leave_the_cpu():
    out = run_child("print(float(xp.ones(10).sum()), 'cuda:0' in xp.backends())", CUDA_VISIBLE_DEVICES="")
    assert out.split() == ["10.0", "False"]


def test_kernels_are_compiled_once_for_all_processes(tmp_path):
    code = "import time; t = time.perf_counter(); float((xp.ones(1000, device='cuda') * 3 - 1).sum())"
    for _ in range(2):
        run_child(code, CROSSARRAY_CACHE_DIR=str(tmp_path))
    files = list((tmp_path / "cuda").iterdir())
    assert files
    for file in files:
        file.write_bytes(b"damaged")
    run_child(code, CROSSARRAY_CACHE_DIR=str(tmp_path))
    assert all(file.read_bytes() != b"damaged" for file in files)
