"""Running code in a process of its own: for what breaks a device, forks, or needs an environment of its own."""

import os
import subprocess
import sys
from pathlib import Path

import crossarray as xp

HEAD = "import crossarray as xp, numpy as np\nfrom crossarray import _core\n"
PACKAGE = str(Path(xp.__file__).resolve().parents[1])


def environment(**variables):
    path = os.pathsep.join([PACKAGE, str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    return {**os.environ, "PYTHONPATH": path, **variables}


def run_child(code, timeout=300, **variables):
    """Output of `code`; a failure shows what it wrote."""
    done = subprocess.run(
        [sys.executable, "-c", HEAD + code],
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout
