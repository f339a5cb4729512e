"""compute-sanitizer over a part of the parity tests: no bad access, no race, no forgotten barrier."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from children import environment

pytestmark = pytest.mark.gpu
HERE = Path(__file__).parent
SANITIZER = shutil.which("compute-sanitizer") or shutil.which(
    "compute-sanitizer", path=os.path.join(os.environ.get("CUDA_HOME", "/usr/local/cuda"), "bin")
)
# One op of each shape: elementwise, every reduction of one dtype, scans, products, indexing, masks.
PART = (
    "(layouts__small and (add or sqrt or exp) and float32) or (reductions__large and float32) or "
    "(array_indexing) or (folds)"
)


@pytest.mark.skipif(os.environ.get("CROSSARRAY_FAKE_CUDA") == "1", reason="the fake driver has no sanitizer")
@pytest.mark.skipif(SANITIZER is None, reason="compute-sanitizer is not installed")
@pytest.mark.parametrize("tool", ["memcheck", "racecheck", "synccheck"])
def test_nothing_is_found_by(tool):
    command = [SANITIZER, "--tool", tool, "--error-exitcode", "9", "--print-limit", "20"]
    tests = [str(HERE / "test_parity.py"), str(HERE / "test_placement.py")]
    done = subprocess.run(
        [*command, sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests, "-k", PART],
        env=environment(CROSSARRAY_GPU_SAMPLE=os.environ.get("CROSSARRAY_GPU_SAMPLE", "4")),
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    if "Device not supported" in done.stdout + done.stderr:
        pytest.skip("compute-sanitizer does not know this device or its virtual machine")
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
