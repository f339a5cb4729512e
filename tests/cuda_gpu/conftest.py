"""What needs a CUDA device: `pytest tests/cuda_gpu`. Without one a single test is skipped, with the reason.

CROSSARRAY_SEED: of the data, otherwise another one each time (the header of the run names it).
CROSSARRAY_GPU_SAMPLE: every n-th test of test_parity.py only.
CROSSARRAY_FAKE_CUDA=1: on the development build's fake driver, everything but what needs silicon.
"""

import importlib.util
import os
import sys
import time
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
GENERATED = HERE.parent / "python"  # the generators of operands, programs and references
sys.path[:0] = [str(HERE), str(GENERATED)]
os.environ.setdefault("CROSSARRAY_SEED", str(int(time.time())))

# The package, found as the Python tests find it.
_spec = importlib.util.spec_from_file_location("python_conftest", GENERATED / "conftest.py")
_spec.loader.exec_module(importlib.util.module_from_spec(_spec))
for _module in (*GENERATED.glob("test_*.py"), GENERATED / "parity.py", GENERATED / "references.py"):
    pytest.register_assert_rewrite(_module.stem)

import crossarray as xp  # noqa: E402 - found by the lines above

FAKE = os.environ.get("CROSSARRAY_FAKE_CUDA") == "1"
POISON_BYTES = [*[64 << 10] * 16, *[1 << 20] * 8]


def why_not():
    """One sentence if there is no device, else an empty text."""
    backends = xp.backends()
    return "" if "cuda:0" in backends else f"These tests need a CUDA device. {backends['cuda']}"


def pytest_report_header():
    return f"cuda: {xp.backends().get('cuda:0', why_not())}; CROSSARRAY_SEED={os.environ['CROSSARRAY_SEED']}"


def pytest_collection_modifyitems(items):
    mine = [item for item in items if HERE in item.path.parents]
    others = [item for item in items if HERE not in item.path.parents]
    if sentence := why_not():
        for item in mine[:1]:
            item.add_marker(pytest.mark.skip(reason=sentence))
        items[:] = others + mine[:1]
        return
    every = int(os.environ.get("CROSSARRAY_GPU_SAMPLE", 1))
    parity = [item for item in mine if item.path.name == "test_parity.py"]
    items[:] = others + [item for item in mine if item not in set(parity)] + parity[::every]


@pytest.fixture(autouse=True)
def poisoned_memory():
    """What a test gets from the device's pool holds NaN and -1, not the results of the test before."""
    if not FAKE:  # its memory is poisoned anyway
        xp.eval(*[xp.full(size, 0xFF, xp.uint8, device="cuda") for size in POISON_BYTES])


@pytest.fixture
def on_the_device():
    """Whatever is made without saying where is made on the device, and so is all that is computed from it."""
    with xp.device("cuda"):
        yield
