"""Operands with an __array_ufunc__ of their own, out=..., and the placing of generalized ufuncs' results."""

import numpy as np
import pytest

import crossarray as xp


class Recorder:
    """Answers every ufunc with how it was called."""

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return ufunc.__name__, method, [type(item).__name__ for item in inputs], sorted(kwargs.items(), key=str)


class Child(Recorder):
    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return "child"


class Declining:
    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return NotImplemented


OTHER = Recorder()


@pytest.mark.parametrize(
    "call",
    [
        lambda m: m.add(OTHER, 1),
        lambda m: m.add(1.0, OTHER, sig="dd->d"),
        lambda m: m.sin(1.0, OTHER),
        lambda m: m.sin(1.0, out=OTHER),
        lambda m: m.sin(OTHER, out=None),
        lambda m: m.sin(1.0, where=OTHER),
        lambda m: m.add.reduce(OTHER, 0, None),
        lambda m: m.add.reduce([1.0], out=OTHER, keepdims=True),
        lambda m: m.add.reduce([1.0], out=(OTHER,)),
        lambda m: m.add.accumulate(OTHER, 1),
        lambda m: m.add.reduceat([1.0], OTHER, 0),
        lambda m: m.add.outer(1.0, OTHER),
        lambda m: m.matmul(OTHER, 1, axes=[0]),
        lambda m: m.add(OTHER, Child()),
        lambda m: m.modf(1.0, OTHER, None),
    ],
)
def test_overrides_are_called_in_numpys_form(call):
    assert call(xp) == call(np)


@pytest.mark.parametrize("call", [lambda m: m.add(Declining(), 1.0), lambda m: m.add.reduce(Declining())])
def test_when_all_decline_it_is_a_type_error(call):
    for module in (np, xp):
        with pytest.raises(TypeError, match=r"all returned NotImplemented from __array_ufunc__.*'Declining'"):
            call(module)


class OfNumpy:
    """Knows NumPy's arrays and declines all others, as a Series of pandas does."""

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        known = all(issubclass(type(item), (OfNumpy, np.ndarray, np.generic, float)) for item in inputs)
        return [type(item).__name__ for item in inputs] if known else NotImplemented


@pytest.mark.parametrize("ufuncs", [np, xp])
def test_who_knows_only_numpys_arrays_gets_those(ufuncs):
    assert ufuncs.add(OfNumpy(), xp.ones(3)) == ["OfNumpy", "ndarray"]
    assert ufuncs.add(xp.ones(3), OfNumpy()) == ["ndarray", "OfNumpy"]
    assert ufuncs.multiply(xp.ones(3)[0], OfNumpy()) == ["float64", "OfNumpy"]
    assert ufuncs.add.outer(xp.ones(3), OfNumpy()) == ["ndarray", "OfNumpy"]
    with pytest.raises(TypeError, match="all returned NotImplemented"):
        ufuncs.add(xp.ones(3), OfNumpy(), out=xp.ones(3))
    with pytest.raises(TypeError, match="all returned NotImplemented"):
        ufuncs.add(xp.ones(3), Declining())


@pytest.mark.parametrize(
    "call",
    [
        lambda m, out: m.add(m.array(1.0), 2.0, out=out),
        lambda m, out: m.add(1.0, 2.0, out=out),
        lambda m, out: m.matmul(m.ones(3), m.ones(3), out=out),
        lambda m, out: m.add.reduce(m.ones(3), out=out),
    ],
)
def test_an_ellipsis_as_out_asks_for_an_array(call):
    array, scalar = call(xp, ...), call(xp, None)
    assert isinstance(call(np, ...), np.ndarray)
    assert not xp._core.is_scalar(array) and xp._core.is_scalar(scalar)
    assert array == scalar == call(np, None)


@pytest.mark.parametrize(
    "call",
    [lambda m: m.add(1.0, 2.0, ...), lambda m: m.add(m.ones(2), 2.0, ...), lambda m: m.add(1.0, 2.0, out=(...,))],
)
def test_an_ellipsis_elsewhere_is_an_error(call):
    with pytest.raises(TypeError) as theirs:
        call(np)
    with pytest.raises(TypeError, match=str(theirs.value).replace(".", r"\.")):
        call(xp)


A, M = np.arange(6.0).reshape(2, 3), np.arange(18.0).reshape(2, 3, 3)
PLACED = [
    ("vecdot", A, {"axes": [-1, -1, -1]}),
    ("vecdot", A, {"axes": [-1, -1, ()]}),
    ("vecdot", A, {"axes": [-1, -1, (0,)]}),
    ("vecdot", A, {"axes": [(-1, -2), -1]}),
    ("vecdot", A, {"axes": [-1]}),
    ("vecdot", A, {"axes": [[0], 0]}),
    ("vecdot", A, {"axes": None}),
    ("vecdot", A, {"axis": None}),
    ("vecdot", A, {"axis": 0, "axes": [0, 0]}),
    ("vecdot", A, {"keepdims": 1}),
    ("vecdot", A, {"axis": 0, "keepdims": True}),
    ("vecdot", A, {"axes": [-1, -1, 0], "keepdims": True}),
    ("vecdot", A, {"axes": [0, 0], "keepdims": True}),
    ("vecdot", A, {"out": (4, 2)}),
    ("vecdot", A, {"out": (2, 1)}),
    ("matmul", M, {"axes": [(0, 1), (0, 1)]}),
    ("matmul", M, {"axes": [(1, 1), (0, 1), (0, 1)]}),
    ("matmul", M, {"axes": [(1, 2), (2, 1), (0, 2)]}),
    ("matmul", M, {"axes": [(1, 2), (1, 2), 0]}),
    ("matmul", M, {"axis": 0}),
    ("matmul", M, {"keepdims": True}),
    ("matmul", M, {"out": (5, 2, 3, 3)}),
    ("matmul", M, {"out": (2, 3, 4)}),
    ("matmul", M, {"out": (1, 3, 3)}),
]


@pytest.mark.parametrize(("function", "operand", "keywords"), PLACED)
def test_generalized_ufuncs_place_their_results_as_numpys(function, operand, keywords):
    def run(module):
        options = dict(keywords)
        if "out" in options:
            options["out"] = module.full(options["out"], 7.0)
        try:
            return np.asarray(getattr(module, function)(module.array(operand), module.array(operand), **options)), None
        except (ValueError, TypeError) as error:
            return None, type(error)

    (theirs, error), (ours, our_error) = run(np), run(xp)
    assert our_error is error
    if error is None:
        np.testing.assert_array_equal(ours, theirs, strict=True)
