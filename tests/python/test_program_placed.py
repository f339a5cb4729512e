"""Random programs on the fake GPU, where memory runs out at any time: NumPy's answers, nothing leaked.

Pinned to the device, and placed by a router that is wrong about everything so that the steps of a program go both ways.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from fake_device import FAKE

PROGRAMS = 5000 if os.environ.get("CROSSARRAY_NIGHTLY") else 40
SCRIPT = Path(__file__).with_name("program_placed.py")


@pytest.mark.skipif(not FAKE, reason="the fake driver is part of the development build")
@pytest.mark.parametrize("device", ["auto", "cuda"])
def test_random_programs_agree_with_numpy_while_memory_runs_out(device):
    environment = {**os.environ, "CROSSARRAY_FAKE_CUDA": "1", "CROSSARRAY_DEVICE": device}
    done = subprocess.run([sys.executable, SCRIPT, "0", str(PROGRAMS)], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    *wrong, last = done.stdout.splitlines()
    assert not wrong, "\n".join(wrong)
    seen = json.loads(last)
    assert seen["programs"] == PROGRAMS and seen["in_use"] == 0
    assert seen["to_device"] > 0 and seen["to_host"] > 0
    if device == "auto":
        assert 0.3 < seen["cuda:0"] / (seen["cuda:0"] + seen["cpu"]) < 0.7
        assert seen["dropped"] > 0 and seen["written_back"] > 0
    else:
        assert "cpu" not in seen
