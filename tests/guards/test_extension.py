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
# What importing may bring along, beyond what numpy itself imports. The milliseconds: benchmarks/lines.py.
FOREIGN_MODULES = 12
OWN_MODULES = 40

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
    code = "import sys, numpy; before = set(sys.modules); import crossarray; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT / "python", capture_output=True, text=True, check=True)
    new = done.stdout.split()
    own = [name for name in new if name.split(".")[0] == "crossarray"]
    foreign = [name for name in new if name not in own]
    assert len(own) <= OWN_MODULES, own
    assert len(foreign) <= FOREIGN_MODULES, foreign
    heavy = {"matplotlib", "scipy", "jax", "PIL", "tqdm", "sklearn", "IPython", "hypothesis", "ctypes", "ml_dtypes"}
    assert not heavy & {name.split(".")[0] for name in foreign}
