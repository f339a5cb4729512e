"""ops.def is the only list of ops, and it is complete."""

import ast
import re

import numpy as np
from tree import files, text, tracked, without_comments

OPS_DEF = next(p for p in tracked() if p.as_posix() == "dispatch/ops.def")
NOT_NUMERIC = {"isnat"}  # datetimes only
# One expression per op is written by hand here, and a missing one is a compile error.
EXPRESSIONS = ("dispatch/ops_scalar", "dispatch/scalar", "cpu/kernels/", "cpu/reference/", "cuda/device/")
PYTHON_LIST = 20  # op names in one literal
CXX_LIST = 30  # ops named in one file


def rows(macro):
    """First arguments of every MACRO(...) row."""
    return re.findall(rf"^{macro}\((\w+),", text(OPS_DEF), flags=re.M)


OPS = set(rows("OP"))
PUBLIC = OPS | set(rows("UFUNC2")) | set(rows("GUFUNC")) | set(rows("ALIAS"))


def numpy_ufuncs():
    return {name for name in dir(np) if isinstance(getattr(np, name), np.ufunc)} - NOT_NUMERIC


def test_every_numeric_ufunc_of_numpy_has_a_row():
    assert numpy_ufuncs() - PUBLIC == set()


def test_no_row_is_written_twice():
    names = [name for macro in ("OP", "UFUNC2", "GUFUNC", "ALIAS") for name in rows(macro)]
    assert len(names) == len(set(names))


def test_public_rows_are_numpy_ufuncs():
    flags = re.findall(r"^OP\((\w+),\s*\d,[^,]+,[^,]+,[^,]+,\s*(true|false)", text(OPS_DEF), flags=re.M)
    assert len(flags) == len(OPS)
    assert {name for name, public in flags if public == "true"} <= numpy_ufuncs()


def named_in_python_literals(source):
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.List | ast.Tuple | ast.Set | ast.Dict):
            items = [key for key in node.keys if key] if isinstance(node, ast.Dict) else node.elts
            yield {i.value for i in items if isinstance(i, ast.Constant) and i.value in OPS}


def named_in_cxx(source):
    return OPS & (set(re.findall(r"\bOp::(\w+)", without_comments(source))) | set(re.findall(r'"(\w+)"', source)))


def test_no_python_file_lists_the_ops_again():
    lists = {str(path): max(map(len, named_in_python_literals(text(path))), default=0) for path in files(".py")}
    assert {path: n for path, n in lists.items() if n > PYTHON_LIST} == {}


def test_no_cxx_file_lists_the_ops_again():
    sources = [p for p in files(".cc", ".h") if not p.as_posix().startswith((*EXPRESSIONS, "tests/"))]
    named = {str(path): len(named_in_cxx(text(path))) for path in sources}
    assert {path: n for path, n in named.items() if n > CXX_LIST} == {}
