"""What the built extension links and what importing it pulls in."""

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from tree import ROOT

EXTENSION = ROOT / "python" / "crossarray" / ("_core" + sysconfig.get_config_var("EXT_SUFFIX"))
STRIPPED_MIB = 15
NEW_MODULES = 12  # of the standard library and dependencies, beyond those numpy itself imports

needs_build = pytest.mark.skipif(not EXTENSION.exists(), reason="the extension is not built")


@needs_build
def test_the_extension_links_no_cuda_library():
    linked = subprocess.run(["ldd", EXTENSION], capture_output=True, text=True, check=True).stdout
    names = [Path(line.split()[0]).name for line in linked.splitlines()]
    assert not [name for name in names if name.startswith(("libcu", "libnv"))]
    assert "not found" not in linked


@needs_build
def test_the_extension_is_small(tmp_path):
    if not shutil.which("strip"):
        pytest.skip("no strip on this machine")
    subprocess.run(["strip", "-o", tmp_path / "stripped.so", EXTENSION], check=True)
    assert (tmp_path / "stripped.so").stat().st_size <= STRIPPED_MIB << 20


@needs_build
def test_import_pulls_in_few_modules():
    code = """
import sys, numpy
before = set(sys.modules)
import crossarray
foreign = {name.split(".")[0] for name in set(sys.modules) - before} - {"crossarray"}
print(*sorted(foreign))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT / "python", capture_output=True, text=True, check=True)
    foreign = done.stdout.split()
    assert len(foreign) <= NEW_MODULES, foreign
    assert not {"matplotlib", "scipy", "jax", "PIL", "tqdm", "sklearn", "IPython", "hypothesis", "ctypes"} & set(
        foreign
    )
