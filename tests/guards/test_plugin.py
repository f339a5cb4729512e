"""The CUDA plugin links nothing of NVIDIA's, and a program on the CPU opens nothing of NVIDIA's."""

import os
import re
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

import pytest
from tree import ROOT, text

PACKAGE = ROOT / "python" / "crossarray"
EXTENSION = PACKAGE / ("_core" + sysconfig.get_config_var("EXT_SUFFIX"))
SYSTEM = re.compile(r"(linux-vdso|libc|libm|libstdc\+\+|libgcc_s|libdl|librt|libpthread|ld-linux[-\w]*)\.so(\.\d+)*")
NVIDIA = re.compile(r"lib(cuda|cudart|nvrtc|nvJitLink|cublas|cufft|cusolver|cusparse|curand|nvidia)[-\w]*\.so")


def needs(*files):
    missing = [file.name for file in files if not file.exists()]
    return pytest.mark.skipif(bool(missing), reason=f"{', '.join(missing)} not built")


def output(*command, **environment):
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, **environment})
    return done.stdout + done.stderr


def exported(file):
    return {line.split()[-1] for line in output("nm", "-D", "--defined-only", file).splitlines() if " T " in line}


@pytest.mark.parametrize("name", ["_cuda.so", "_cuda_kernels.so"])
def test_links_the_system_only(name):
    file = PACKAGE / name
    if not file.exists():
        pytest.skip(f"{name} is not built")
    linked = {Path(line.split()[0]).name for line in output("ldd", file).splitlines()}
    assert {library for library in linked if not SYSTEM.fullmatch(library)} == set()


@needs(PACKAGE / "_cuda.so")
def test_the_plugin_has_one_door():
    assert exported(PACKAGE / "_cuda.so") == {"crossarray_plugin"}


@needs(PACKAGE / "_cuda_kernels.so")
def test_the_kernels_are_those_the_plugin_asks_for():
    asked = set(re.findall(r"XA_ENTRY\((\w+)", text(Path("cuda/libs/kernels.def"))))
    assert exported(PACKAGE / "_cuda_kernels.so") == asked


@needs(EXTENSION, PACKAGE / "_cuda.so")
def test_a_cpu_program_opens_nothing_of_nvidias():
    code = "import crossarray as xp; assert float((xp.ones(1000, device='cpu') + 1).sum()) == 2000; "
    code += "print(open('/proc/self/maps').read())"
    # LD_DEBUG=libs names every library that is looked for, found or not.
    shown = output(sys.executable, "-c", code, PYTHONPATH=str(PACKAGE.parent), LD_DEBUG="libs")
    assert "libc.so" in shown
    assert sorted({found.group() for found in NVIDIA.finditer(shown)}) == []
    assert "_cuda.so" not in shown


def test_the_fake_driver_is_never_installed():
    assert "install(" not in text(Path("tests/CMakeLists.txt"))
    assert "_cuda_fake" not in text(Path("cuda/CMakeLists.txt"))


def test_the_extra_names_every_library_the_plugin_looks_for():
    extras = tomllib.loads(text(Path("pyproject.toml")))["project"]["optional-dependencies"]
    wanted = set(re.findall(r'"(nvidia-[\w-]+)"', text(Path("cuda/plugin/library.cc"))))
    named = {requirement.split("==")[0] for requirement in extras["cuda13"]}
    assert wanted <= named
