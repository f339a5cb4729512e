"""help() and inspect.signature(): NumPy's parameters, a sentence first, examples that run."""

import doctest
import inspect
import re
from pathlib import Path

import numpy as np
import pytest

import crossarray as xp

MODULES = {"": (np, xp), "linalg.": (np.linalg, xp.linalg), "fft.": (np.fft, xp.fft)}
COVERAGE = xp.coverage()
OURS = [name for name, kind in COVERAGE.items() if kind in ("native", "composed") and not name.startswith("random.")]
# Parameters that NumPy does not have everywhere: the array API's, a device.
MORE_PARAMETERS = {"device", "descending", "newshape", "dtype"}


def find(name, lib):
    found = lib
    for part in name.split("."):
        found = getattr(found, part)
    return found


def signature(function):
    try:
        return inspect.signature(function)
    except (ValueError, TypeError):
        return None


def functions(names):
    return [name for name in names if callable(find(name, xp)) and not isinstance(find(name, np), type)]


def documented_here():
    """Names whose docstring is ours; compositions may carry NumPy's."""
    for name in OURS:
        ours, theirs = find(name, xp), find(name, np)
        if ours is not theirs and inspect.getdoc(ours) != inspect.getdoc(theirs):
            yield name


@pytest.mark.skipif(not np.__version__.startswith("2.4."), reason="compared with the parameters of NumPy 2.4")
@pytest.mark.parametrize(
    "name", [name for name in functions(OURS) if "ndarray." not in name and name != "array2string"]
)
def test_parameters_are_numpys(name):
    expected, actual = signature(find(name, np)), signature(find(name, xp))
    assert actual is not None, f"inspect.signature(xp.{name}) fails"
    if expected is None:
        return
    more = MORE_PARAMETERS - set(expected.parameters)
    ours = [(p.name, p.kind) for p in actual.parameters.values() if p.name not in more]
    assert ours == [(p.name, p.kind) for p in expected.parameters.values() if p.name not in more]


def test_methods_and_ufuncs_have_signatures():
    methods = [name for name in dir(np.ndarray) if callable(getattr(np.ndarray, name)) and name[0] != "_"]
    assert [name for name in methods if signature(getattr(xp.ndarray, name)) is None] == []
    assert str(inspect.signature(xp.ndarray.reshape)) == str(inspect.signature(np.ndarray.reshape))
    assert str(inspect.signature(xp.add)).startswith("(x1, x2, /, out=None, *, where=True, casting='same_kind'")
    for method in ("reduce", "accumulate", "reduceat", "outer", "at"):
        assert signature(getattr(xp.add, method)) is not None


def test_a_docstring_starts_with_a_sentence():
    docs = {name: inspect.getdoc(find(name, xp)) or "" for name in documented_here()}
    header = re.compile(r"^\w+\(.*\)\n\n")
    firsts = {name: header.sub("", doc).split("\n")[0] for name, doc in docs.items()}
    assert {name: line for name, line in firsts.items() if len(line) < 10 or line[-1] not in ".:"} == {}


def test_the_readmes_program_runs(capsys):
    readme = Path(__file__).parents[2] / "README.md"
    for program in re.findall(r"```python\n(.*?)```", readme.read_text(), flags=re.S):
        if 'device="cuda"' not in program:  # test_devices.py runs those
            exec(program, {})
    assert "sqrt" in capsys.readouterr().out, "explain() names the op that will run"


def test_examples_run():
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    parser, reports, examples = doctest.DocTestParser(), [], 0
    for name in documented_here():
        text = inspect.getdoc(find(name, xp)) or ""
        test = parser.get_doctest(text, {"xp": xp, "np": np}, name, None, None)
        examples += len(test.examples)
        runner.run(test, out=reports.append)
    assert reports == [], "".join(reports)
    assert examples > 150
