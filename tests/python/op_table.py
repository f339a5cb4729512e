"""The rows of dispatch/ops.def, read from the table itself: what the generated tests run over."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

TABLE = (Path(__file__).resolve().parents[2] / "dispatch" / "ops.def").read_text()

OP = re.compile(
    r"^OP\((?P<name>\w+),\s*(?P<arity>\d),\s*\w+,\s*\w+,\s*\w+,\s*(?P<ufunc>true|false),\s*\d+,"
    r'\s*(?P<cpu>[\d.]+),\s*(?P<cuda>[\d.]+),\s*"(?P<domain>\w+)",\s*"(?P<identity>[^"]*)"',
    flags=re.M,
)
# Whose bound holds: that of the device every array is pinned to.
BOUND = "cpu" if os.environ.get("CROSSARRAY_DEVICE", "auto") in ("auto", "cpu") else "cuda"


@dataclass(frozen=True)
class Row:
    """One ufunc. ulp: largest error against the exact result, 0 for NumPy's bits; domain: see domains.py."""

    name: str
    arity: int
    ulp: float
    domain: str

    @property
    def numpy(self):
        return getattr(np, self.name)


def _rows():
    for found in OP.finditer(TABLE):
        yield found["ufunc"] == "true", Row(found["name"], int(found["arity"]), float(found[BOUND]), found["domain"])


def _pairs():
    """Ufuncs with two outputs take arity and bounds from the op of their first output."""
    parts = {row.name: row for _, row in _rows()}
    for name, first, second in re.findall(r"^UFUNC2\((\w+), (\w+), (\w+),", TABLE, flags=re.M):
        yield Row(name, parts[first].arity, max(parts[first].ulp, parts[second].ulp), parts[first].domain)


UFUNCS = {row.name: row for public, row in _rows() if public} | {row.name: row for row in _pairs()}
UNARY = {name: row for name, row in UFUNCS.items() if row.arity == 1}
BINARY = {name: row for name, row in UFUNCS.items() if row.arity == 2}
GENERALIZED = re.findall(r"^GUFUNC\((\w+),", TABLE, flags=re.M)
ALIASES = dict(re.findall(r"^ALIAS\((\w+), (\w+)\)", TABLE, flags=re.M))
