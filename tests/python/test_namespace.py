"""No name of NumPy is missing, and what `coverage` says about each is true."""

import doctest
import importlib
import inspect
import subprocess
import sys
import warnings

import numpy as np
import pytest

import crossarray as xp

MODULES = {"": (np, xp), "linalg": (np.linalg, xp.linalg), "fft": (np.fft, xp.fft), "random": (np.random, xp.random)}
TOPICS = [
    "_calculus",
    "_config",
    "_creation",
    "_device",
    "_einsum",
    "_elementwise",
    "_errstate",
    "_indexing",
    "_inspection",
    "_joining",
    "_logic",
    "_manipulation",
    "_namespace",
    "_norms",
    "_products",
    "_statistics",
]


@pytest.mark.parametrize("module", MODULES)
def test_no_public_name_of_numpy_is_missing(module):
    theirs, ours = MODULES[module]
    names = {name for name in dir(theirs) if not name.startswith("_")} | set(getattr(theirs, "__all__", ()))
    missing = [name for name in sorted(names) if not hasattr(ours, name)]
    assert missing == []
    assert {name for name in names if not name.startswith("_")} <= set(dir(ours))


def test_no_public_member_of_ndarray_is_missing():
    assert [name for name in dir(np.ndarray) if not name.startswith("_") and not hasattr(xp.ndarray, name)] == []


def test_an_unknown_name_is_an_attribute_error():
    for module in (xp, xp.linalg, xp.fft, xp.random):
        with pytest.raises(AttributeError, match="has no attribute 'no_such_name'"):
            module.no_such_name


def test_constants_dtypes_and_exceptions_are_numpys_own_objects():
    for name in (
        "pi",
        "nan",
        "newaxis",
        "float64",
        "bool",
        "dtype",
        "finfo",
        "exceptions",
        "s_",
        "True_",
        "issubdtype",
    ):
        assert getattr(xp, name) is getattr(np, name)
    assert xp.linalg.LinAlgError is np.linalg.LinAlgError


def test_every_name_is_covered_by_one_of_four_ways():
    coverage = xp.coverage()
    assert set(coverage.values()) == {"native", "composed", "numpy", "fallback"}
    for prefix, (theirs, _) in MODULES.items():
        for name in dir(theirs):
            if not name.startswith("_"):
                assert f"{prefix}.{name}".lstrip(".") in coverage
    assert coverage["add"] == coverage["sum"] == coverage["where"] == "native"
    assert coverage["gradient"] == coverage["linalg.norm"] == coverage["trace"] == "composed"
    assert coverage["float32"] == coverage["promote_types"] == "numpy"
    assert (
        coverage["median"] == coverage["fft.rfft"] == coverage["linalg.svd"] == coverage["ndarray.sort"] == "fallback"
    )
    assert "fallback (" in repr(coverage)


def test_every_ufunc_of_numpy_is_native():
    coverage = xp.coverage()
    ufuncs = [name for name in dir(np) if isinstance(getattr(np, name, None), np.ufunc) and name != "isnat"]
    assert [name for name in ufuncs if coverage[name] != "native"] == []


def test_a_composition_does_not_hide_a_native_function():
    natives = {name for name in dir(np) if not name.startswith("_") and hasattr(xp._core, name)}
    assert natives.intersection(xp._compositions) == set()


def test_functions_take_the_parameters_that_numpys_take():
    for name, ours in xp._compositions.items():
        theirs = getattr(np, name)
        expected, actual = list(inspect.signature(theirs).parameters), list(inspect.signature(ours).parameters)
        if "kwargs" not in actual:
            missing = [item for item in expected if item not in actual and item not in ("subok", "like")]
            assert missing == [], name


def test_star_import_gives_numpys_names_and_ours():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        names = {}
        exec("from crossarray import *", names)
    assert {"array", "sin", "config", "explain", "linalg", "median"} <= set(names)


@pytest.mark.parametrize("topic", TOPICS)
def test_examples_in_docstrings_run(topic):
    module = importlib.import_module("crossarray." + topic)
    settings = {name: getattr(xp.config, name) for name in ("lazy", "threads", "fast_math", "fallback")}
    try:
        with np.printoptions(legacy=False):
            assert doctest.testmod(module, extraglobs={"xp": xp}).failed == 0
    finally:
        xp.config(**settings)


def test_public_functions_have_docstrings():
    undocumented = [name for name, function in xp._compositions.items() if not function.__doc__]
    assert undocumented == []


def test_array_api_inspection():
    info = xp.__array_namespace_info__()
    assert xp.__array_api_version__ == "2025.12"
    assert info.default_dtypes()["real floating"] == np.float64
    assert list(info.dtypes(kind="signed integer")) == ["int8", "int16", "int32", "int64"]
    assert set(info.dtypes(kind=("bool", "complex floating"))) == {"bool", "complex64", "complex128"}
    assert info.capabilities()["boolean indexing"] is True
    assert info.default_device() in info.devices()
    with pytest.raises(ValueError, match="unsupported kind"):
        info.dtypes(kind="text")
    assert xp.array([1]).__array_namespace__(api_version="2025.12") is xp
    with pytest.raises(ValueError, match="not a version"):
        xp.array([1]).__array_namespace__(api_version="1999.01")


IMPORTS = """
import sys
import crossarray as xp
assert "numpy.ma" not in sys.modules or "numpy.ma" in before
from crossarray.lib.stride_tricks import sliding_window_view
assert type(sliding_window_view(xp.arange(5), 2)) is xp.ndarray
import crossarray.ma, crossarray.lib, crossarray.linalg, crossarray.typing
assert crossarray.ma is xp.ma and crossarray.lib is xp.lib
from crossarray.ma import core
import numpy
assert core is numpy.ma.core and numpy.ma.__spec__.name == "numpy.ma"
from crossarray.polynomial import Polynomial
from crossarray.typing import NDArray
for wrong in ("crossarray.nothing", "crossarray.lib.nothing", "crossarray.sin"):
    try:
        __import__(wrong)
    except ModuleNotFoundError:
        continue
    raise AssertionError(wrong)
"""


def test_submodules_of_numpys_can_be_imported():
    before = "import sys, numpy; before = set(sys.modules)"
    done = subprocess.run([sys.executable, "-c", before + IMPORTS], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
