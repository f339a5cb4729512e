"""Writes the type stubs of the package from the package itself: python python/make_stubs.py [--check].

Names and signatures come from the imported modules, so from ops.def and the functions: there is no list to keep.
With --check nothing is written; the exit status says whether the files are current (tests/python/test_stubs.py).
"""

import importlib
import inspect
import sys
import types
from pathlib import Path

import numpy as np

PACKAGE = Path(__file__).parent / "crossarray"
HEADER = '"""Type stubs, written by python/make_stubs.py: do not edit."""\n'
MODULES = ("crossarray", "crossarray.linalg", "crossarray.fft", "crossarray.random", "crossarray.testing")
OPERATORS = [
    "add",
    "sub",
    "mul",
    "truediv",
    "floordiv",
    "mod",
    "pow",
    "matmul",
    "and",
    "or",
    "xor",
    "lshift",
    "rshift",
    "divmod",
    "radd",
    "rsub",
    "rmul",
    "rtruediv",
    "rfloordiv",
    "rmod",
    "rpow",
    "rmatmul",
    "rand",
    "ror",
    "rxor",
    "rlshift",
    "rrshift",
    "rdivmod",
    "iadd",
    "isub",
    "imul",
    "itruediv",
    "ifloordiv",
    "imod",
    "ipow",
    "imatmul",
    "iand",
    "ior",
    "ixor",
    "ilshift",
    "irshift",
    "lt",
    "le",
    "gt",
    "ge",
]


def parameters(function):
    """The parameter list of a function in stub form; anything goes where Python cannot tell."""
    try:
        signature = inspect.signature(function)
    except (ValueError, TypeError):
        return "*args: Any, **kwargs: Any"
    parts, keyword_only, positional = [], False, False
    for item in signature.parameters.values():
        if positional and item.kind is not item.POSITIONAL_ONLY:
            parts.append("/")
        positional = item.kind is item.POSITIONAL_ONLY
        if item.kind is item.KEYWORD_ONLY and not keyword_only:
            parts.append("*")
        keyword_only = keyword_only or item.kind in (item.KEYWORD_ONLY, item.VAR_POSITIONAL)
        star = {item.VAR_POSITIONAL: "*", item.VAR_KEYWORD: "**"}.get(item.kind, "")
        default = "" if item.default is item.empty else " = ..."
        parts.append(item.name if item.name == "self" else f"{star}{item.name}: Any{default}")
    return ", ".join([*parts, "/"] if positional else parts)


def class_stub(kind, base=""):
    """The public members of a class of ours, each typed as loosely as NumPy's callers need."""
    lines = [f"class {kind.__name__}{base}:"]
    for name in sorted(dir(kind)):
        if name.startswith("_"):
            continue
        member = inspect.getattr_static(kind, name)
        if callable(member):
            lines.append(f"    def {name}({method_parameters(member)}) -> Any: ...")
        else:
            lines.append(f"    {name}: Any")
    return lines


def method_parameters(member):
    found = parameters(member)
    return (
        found if found.split(",")[0] in ("self", "self, /") else f"self, {found}".replace("self, self: Any, /", "self")
    )


def special_stubs():
    """The operators of ndarray."""
    lines = [f"    def __{name}__(self, other: Any, /) -> Any: ..." for name in OPERATORS]
    lines += [f"    def __{name}__(self) -> Any: ..." for name in ("neg", "pos", "abs", "invert", "iter")]
    for name, kind in (("len", "int"), ("bool", "bool"), ("int", "int"), ("float", "float"), ("complex", "complex")):
        lines.append(f"    def __{name}__(self) -> {kind}: ...")
    lines += ["    def __index__(self) -> int: ...", "    def __getitem__(self, key: Any, /) -> Any: ..."]
    lines += [
        "    def __setitem__(self, key: Any, value: Any, /) -> None: ...",
        "    def __array__(self, *args: Any) -> Any: ...",
    ]
    return lines


def value_stub(name, value, xp):
    """One line for a public name that is not a class of ours."""
    if isinstance(value, xp.ufunc):
        return f"{name}: ufunc"
    if isinstance(value, types.ModuleType):
        return None
    if isinstance(value, type):
        public = getattr(np, name, None) is value
        return f"{name} = np.{name}" if public else f"{name}: Any"
    if isinstance(value, (bool, int, float, str)):
        return f"{name}: {type(value).__name__}"
    if inspect.isroutine(value):
        return f"def {name}({parameters(value)}) -> Any: ..."
    return f"{name}: Any"


def module_stub(module, xp):
    """The text of one .pyi file."""
    lines = [HEADER, "from typing import Any", "", "import numpy as np"]
    if module is not xp:
        lines.append("\nfrom crossarray import ufunc")
    else:
        lines += ["\nfrom crossarray import fft, linalg, random, testing"]
        lines += ["\n", *class_stub(xp.ndarray), *special_stubs(), "\n", *class_stub(xp.ufunc)]
        lines += ["    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...", "\n"]
    for name in dir(module):
        if not (module is xp and name in ("ndarray", "ufunc", "core")):
            lines.append(value_stub(name, getattr(module, name), xp))
    return "\n".join(line for line in lines if line is not None) + "\n"


def main():
    if not any(PACKAGE.glob("_core*.so")):
        del sys.path[0]  # this folder is not built: the installed package is looked at
    xp = importlib.import_module("crossarray")
    stale = []
    for name in MODULES:
        path = PACKAGE / ("__init__.pyi" if name == "crossarray" else name.split(".")[1] + ".pyi")
        text = module_stub(importlib.import_module(name), xp)
        if path.exists() and path.read_text() == text:
            continue
        stale.append(path.name)
        if "--check" not in sys.argv:
            path.write_text(text)
    if "--check" in sys.argv and stale:
        sys.exit(f"stubs are not current: {', '.join(stale)}; run python python/make_stubs.py")


if __name__ == "__main__":
    main()
