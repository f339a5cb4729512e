"""Ufunc objects: one per public name, with NumPy's attributes and its errors for wrong calls."""

import pickle

import numpy as np
import pytest
from parity import check

import crossarray as xp

UFUNCS = sorted(name for name in dir(np) if isinstance(getattr(np, name), np.ufunc) and name != "isnat")
# Text and dates are outside the table; NumPy's loops for them and for long double and object are not ours.
FOREIGN = set("gGOmMSUV")


def numeric_types(ufunc):
    """NumPy's loops over the dtypes of the table, long long named as long."""
    types = [each.replace("q", "l").replace("Q", "L") for each in ufunc.types]
    return {each for each in types if not FOREIGN & set(each)}


@pytest.mark.parametrize("name", UFUNCS)
def test_ufunc_has_numpys_attributes(name):
    ours, theirs = getattr(xp, name), getattr(np, name)
    assert type(ours) is xp.ufunc
    for attribute in ("__name__", "nin", "nout", "nargs", "signature", "identity"):
        assert getattr(ours, attribute) == getattr(theirs, attribute), attribute
    assert repr(ours) == repr(theirs)


@pytest.mark.parametrize("name", UFUNCS)
def test_ufunc_lists_its_loops(name):
    ours = getattr(xp, name)
    assert ours.ntypes == len(ours.types)
    letters = {each for each in ours.types if "E" not in each}
    if name not in ("matvec", "vecmat", "vecdot", "matmul", "ldexp"):
        assert {each.split("->")[0] for each in letters} <= {
            each.split("->")[0] for each in numeric_types(getattr(np, name))
        } | {"??", "?"}


@pytest.mark.parametrize("name", UFUNCS)
def test_ufunc_docstring_says_shapes_errors_accuracy_and_example(name):
    doc = getattr(xp, name).__doc__
    for part in (
        f"{name}(" if getattr(xp, name).__name__ == name else "(",
        "Returns",
        "Loops",
        "Accuracy",
        "Raises",
        ">>> xp.",
    ):
        assert part in doc, part
    example = next(line for line in doc.splitlines() if line.startswith(">>> "))
    eval(example[4:], {"xp": xp})


@pytest.mark.parametrize(
    "alias, target", [("abs", "absolute"), ("acos", "arccos"), ("pow", "power"), ("mod", "remainder")]
)
def test_alias_is_the_same_object(alias, target):
    assert getattr(xp, alias) is getattr(xp, target)


def test_deg2rad_is_an_object_of_its_own():
    assert xp.deg2rad is not xp.radians
    assert xp.deg2rad.__name__ == "deg2rad"


def test_ufunc_pickles_by_name():
    assert pickle.loads(pickle.dumps(xp.add)) is xp.add


@pytest.mark.parametrize(
    "body",
    [
        lambda xp, a: xp.add(1),
        lambda xp, a: xp.add(1, 2, 3, 4),
        lambda xp, a: xp.sin(),
        lambda xp, a: xp.sin(a, a, a),
        lambda xp, a: xp.add(1, 2, a, out=a),
        lambda xp, a: xp.add(a, a, foo=1),
        lambda xp, a: xp.sin(a, out=(a, a)),
        lambda xp, a: xp.sin(a, out=3),
        lambda xp, a: xp.add(a, a, casting="x"),
        lambda xp, a: xp.add(a, a, order="x"),
        lambda xp, a: xp.add(a, a, subok=3),
        lambda xp, a: xp.add(a, a, dtype="d", signature="dd->d"),
        lambda xp, a: xp.add(a, a, signature="d->f"),
        lambda xp, a: xp.add(a, a, signature="x"),
        lambda xp, a: xp.add(a, a, dtype="i4"),
        lambda xp, a: xp.add(a, a, out=xp.empty(3)),
        lambda xp, a: xp.add(a, a, out=xp.empty((2, 3), int)),
        lambda xp, a: xp.add(a, xp.ones(4)),
        lambda xp, a: xp.invert(a),
        lambda xp, a: xp.sin.reduce(a),
        lambda xp, a: xp.divmod.reduce(a),
        lambda xp, a: xp.matmul.reduce(a),
        lambda xp, a: xp.sin.accumulate(a),
        lambda xp, a: xp.sin.outer(a, a),
        lambda xp, a: xp.add.outer(a),
        lambda xp, a: xp.add.reduce(a, axis=5),
        lambda xp, a: xp.add.reduce(a, axis=(0, 0)),
        lambda xp, a: xp.add.reduce(a, foo=1),
        lambda xp, a: xp.subtract.reduce(a, axis=(0, 1)),
        lambda xp, a: xp.subtract.reduce(xp.ones((0, 3))),
        lambda xp, a: xp.maximum.reduce(xp.ones((0, 3))),
        lambda xp, a: xp.subtract.reduce(a, axis=1, where=a > 0),
        lambda xp, a: xp.maximum.reduce(a, where=a > 0),
        lambda xp, a: xp.add.accumulate(3.0),
        lambda xp, a: xp.add.accumulate(a, axis=None),
        lambda xp, a: xp.add.reduceat(a, [0, 5], axis=1),
        lambda xp, a: xp.add.at(a, 5, 1),
        lambda xp, a: xp.add.at(a, 1),
        lambda xp, a: xp.matmul(a, a),
        lambda xp, a: xp.matmul(a, 3),
        lambda xp, a: xp.dot(a, a),
        lambda xp, a: xp.inner(a, xp.ones((2, 2))),
        lambda xp, a: xp.add.reduce(a, out=xp.empty((2, 2))),
    ],
)
def test_wrong_calls_raise_numpys_errors(body):
    check(body, np.arange(6.0).reshape(2, 3), message=True)


def test_comparisons_of_numbers_do_not_fold():
    """NumPy's text depends on what the process has called before; its type does not."""
    check(lambda xp, a: xp.less.reduce(a), np.arange(6.0).reshape(2, 3))
