"""The type stubs say what the package has."""

import ast
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import crossarray as xp

SCRIPT = Path(__file__).parents[2] / "python" / "make_stubs.py"
PACKAGE = Path(xp.__file__).parent


@pytest.mark.skipif(not np.__version__.startswith("2.4."), reason="the stubs are written with NumPy 2.4's names")
def test_stubs_are_current():
    run = subprocess.run([sys.executable, SCRIPT, "--check"], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


def test_stubs_are_python_and_name_every_ufunc():
    tree = ast.parse((PACKAGE / "__init__.pyi").read_text())
    names = {node.target.id for node in tree.body if isinstance(node, ast.AnnAssign)}
    assert {name for name in dir(xp) if isinstance(getattr(xp, name, None), xp.ufunc)} <= names
    for name in ("linalg", "fft", "random", "testing"):
        ast.parse((PACKAGE / f"{name}.pyi").read_text())
    assert (PACKAGE / "py.typed").exists()
