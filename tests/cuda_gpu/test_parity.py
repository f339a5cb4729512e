"""Every generated comparison with NumPy, once more with all arrays on the device, on fresh data.

The tests are those of tests/python: every op x dtype x layout, special values, promotion, reductions, scans, products,
indexing, selections, in-place work, random programs. A module is named here unless it is about the host: memory shared
with NumPy, tiny calls, printing, processes.
"""

import importlib

import pytest

MODULES = (
    "test_op_layouts",
    "test_op_values",
    "test_reductions",
    "test_reduce_functions",
    "test_ufunc_reduce",
    "test_ufunc_methods",
    "test_matmul",
    "test_array_indexing",
    "test_selection",
    "test_manipulation",
    "test_in_place",
    "test_calculus",
    "test_counting",
    "test_strided_chains",
    "test_result_layouts",
    "test_creation",
)
pytestmark = [pytest.mark.gpu, pytest.mark.usefixtures("on_the_device")]

for _module in MODULES:
    for _name, _value in vars(importlib.import_module(_module)).items():
        if _name.startswith("test_") and getattr(_value, "__module__", "") == _module:
            globals()[f"test_{_module.removeprefix('test_')}__{_name.removeprefix('test_')}"] = _value
        elif _name.startswith("Test") and getattr(_value, "__module__", "") == _module:
            globals()[f"Test{_module.removeprefix('test_')}{_name.removeprefix('Test')}"] = _value
