"""Options and fixtures shared by the Python tests."""

import os
import sys
from pathlib import Path

import pytest
from device_marks import in_sample, reason_against

# A checkout's package (with the extension built into it) is tested in place, or the one CROSSARRAY_PACKAGE names
# (sanitizer builds); an installed one is found as usual.
PACKAGE = Path(os.environ.get("CROSSARRAY_PACKAGE", Path(__file__).resolve().parents[2] / "python"))
if any((PACKAGE / "crossarray").glob("_core*.so")):
    sys.path.insert(0, str(PACKAGE))
    os.environ["PYTHONPATH"] = os.pathsep.join([str(PACKAGE), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)


def _send_work_to_the_fake_device():
    """Lets the router believe in a slow CPU, so that the fake device gets whatever may go there."""
    from crossarray import _core

    if len(_core.backends()) < 2 or "cuda:0" not in dict(_core.backends()):
        return
    slow = []
    for line in _core.machine().splitlines():
        name, value = line.split()
        factor = 1e4 if name.startswith("cpu.") and name.endswith("_ns") else 1
        slow.append(f"{name} {float(value) * factor:g}" if name != "devices" else line)
    _core.set_machine("\n".join(slow) + "\n")


if os.environ.get("CROSSARRAY_FAKE_CUDA") == "1":
    _send_work_to_the_fake_device()


def pytest_collection_modifyitems(config, items):
    """With CROSSARRAY_DEVICE=cuda every array is pinned there."""
    if os.environ.get("CROSSARRAY_DEVICE", "auto") in ("auto", "cpu"):
        return
    if os.environ.get("CROSSARRAY_SAMPLE") == "1":
        left_out = [item for item in items if not in_sample(item.nodeid)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if in_sample(item.nodeid)]
    for item in items:
        if why := reason_against(item.nodeid):
            item.add_marker(pytest.mark.skip(why))
