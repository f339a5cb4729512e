"""Programs on the fake CUDA driver, each in a process of its own."""

import os
import subprocess
import sys

import pytest

from crossarray import _core

FAKE = any(name.startswith("_cuda_fake") for name in os.listdir(os.path.dirname(_core.__file__)))
HEAD = """
import ctypes, json, os, warnings
import numpy as np
import crossarray as xp
from crossarray import _core
_fake = ctypes.CDLL(os.path.join(os.path.dirname(_core.__file__), "_cuda_fake.so"))
def fake_set(name, value):
    _fake.fake_cuda_set(name.encode(), ctypes.c_int64(value))
"""


def run_on_fake(code, **variables):
    """Runs `code` where the GPU is the fake driver's; fake_set(name, value) is tests/cuda/fake/control.h's."""
    if not FAKE:
        pytest.skip("the fake driver is part of the development build")
    environment = {**os.environ, "CROSSARRAY_FAKE_CUDA": "1", "CROSSARRAY_DEVICE": "auto", **variables}
    run = subprocess.run([sys.executable, "-c", HEAD + code], env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout
