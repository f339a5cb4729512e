"""Who may include whom: plan -> ir -> graph -> core; backends see the contract only; nobody sees a backend."""

import re
from pathlib import Path

import pytest
from tree import CXX, files, text

LAYERS = ("core", "graph", "ir", "plan")
OP_TABLE = ("dispatch/op.h", "dispatch/ops.def", "dispatch/ops_scalar.h", "dispatch/scalar/", "dispatch/scalar_fn.h")
# What a backend implements, all a backend may know of dispatch/.
CONTRACT = ("dispatch/core/", "dispatch/graph/expr.h", "dispatch/ir/kernel_ir.h", "dispatch/plan/backend.h", *OP_TABLE)
# From .cc files only: lower layers ask for memory and evaluation through two interfaces; a pending value owns its node.
CALLED_FROM_BELOW = ("dispatch/plan/backend.h", "dispatch/plan/executor.h", "dispatch/graph/expr.h")
FORBIDDEN_TEXT = {
    "dispatch": ("Python.h", "pybind11/", "hwy/", "cuda", "immintrin.h", "tbb/", "oneapi/"),
    "cpu": ("Python.h", "pybind11/", "cuda"),
    "python": ("hwy/", "cuda", "tbb/"),
    "cuda/codegen": ("Python.h", "pybind11/", "hwy/", "cuda.h", "cuda_", "nvrtc", "tbb/"),
}


def includes(path):
    return re.findall(r'^\s*#\s*include\s+["<]([^">]+)[">]', text(path), flags=re.M)


def ours(path):
    return [i for i in includes(path) if i.split("/")[0] in ("dispatch", "cpu", "cuda", "python")]


def layer_may_include(path, include):
    """path is in dispatch/LAYER/, include starts with dispatch/."""
    if include.startswith(OP_TABLE) or (path.suffix == ".cc" and include in CALLED_FROM_BELOW):
        return True
    layer, included = path.parts[1], include.split("/")[1]
    return included in LAYERS and LAYERS.index(included) <= LAYERS.index(layer)


def violations(under, allowed):
    sources = files(*CXX, under=under)
    return [f"{path} includes {include}" for path in sources for include in ours(path) if not allowed(path, include)]


@pytest.mark.parametrize("layer", LAYERS)
def test_a_dispatch_layer_includes_only_itself_and_the_layers_below(layer):
    assert violations(f"dispatch/{layer}/", layer_may_include) == []


@pytest.mark.parametrize("prefix", ["dispatch/op", "dispatch/scalar"])
def test_the_op_table_includes_only_core(prefix):
    assert violations(prefix, lambda path, include: include.startswith((*OP_TABLE, "dispatch/core/"))) == []


@pytest.mark.parametrize("backend", ["cpu", "cuda"])
def test_a_backend_includes_itself_and_the_contract_only(backend):
    assert violations(f"{backend}/", lambda path, include: include.startswith((f"{backend}/", *CONTRACT))) == []


def test_kernel_text_includes_only_what_is_joined_into_it():
    joined = text(Path("cuda/codegen/CMakeLists.txt"))
    sources = files(*CXX, under="cuda/device/") + files(*CXX, under="dispatch/scalar/")
    # The host's complex functions, for which cuda/device/complex_math.h stands in: the one header with system includes.
    replaced = Path("dispatch/scalar/complex_math.h")
    known = {p.as_posix() for p in sources if p.as_posix() in joined} | {replaced.as_posix()}
    bad = [f"{p} includes {i}" for p in sources if p != replaced for i in includes(p) if i not in known]
    assert bad == []
    assert [str(p) for p in sources if p.as_posix() not in known] == []


def test_python_includes_dispatch_and_the_one_registering_header():
    assert violations("python/", lambda path, i: i.startswith(("dispatch/", "python/")) or i == "cpu/backend.h") == []


@pytest.mark.parametrize("folder", FORBIDDEN_TEXT)
def test_a_folder_includes_no_foreign_technology(folder):
    sources = files(*CXX, under=f"{folder}/")
    bad = [f"{p} includes {i}" for p in sources for i in includes(p) if i.startswith(FORBIDDEN_TEXT[folder])]
    assert bad == []


def test_every_include_of_ours_exists():
    known = {p.as_posix() for p in files(*CXX)}
    missing = [f"{path} includes {include}" for path in files(*CXX) for include in ours(path) if include not in known]
    assert missing == []
