"""Every benchmark case computes what NumPy computes, at a small size: a table must not time wrong answers."""

import importlib
from dataclasses import replace

import numpy as np
import pytest
from benchmarks.__main__ import AREAS
from benchmarks.case import Row, to_library
from benchmarks.compare import CASES as COMPARED
from benchmarks.measure import check, evaluated

import crossarray as xp

ROWS = [
    Row(replace(case, area=area), n, dtype, layout)
    for area in AREAS
    for n in ([100_000] if area == "loops" else [300, 20_000])  # below and above the eager limit
    for case in importlib.import_module(f"benchmarks.bench_{area}").CASES
    for dtype in case.dtypes
    for layout in case.layouts
] + [Row(replace(case, area="compare"), 20_000, "float64", "contiguous") for case in COMPARED]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_case_agrees_with_numpy(row):
    run, first = evaluated(xp, row.case.run, to_library(xp, row.inputs()))
    check(first, row.case.run(np, *row.inputs()), row.rtol())
    run()
