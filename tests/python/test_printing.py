"""Arrays print as NumPy's do, character by character."""

import numpy as np
import pytest
from domains import WILD
from parity import like

import crossarray as xp

ARRAYS = {
    "integers": np.arange(6).reshape(2, 3),
    "small integers": np.array([-5, 100], np.int8),
    "bools": np.array([True, False]),
    "floats": np.array([1.0, 2.5, -1e-20, 1e20]),
    "float32": np.array([0.1, 0.25], np.float32),
    "float16": np.array([[0.1], [2.0]], np.float16),
    "special values": WILD,
    "complex": np.array([1 + 2j, np.nan - 1j]),
    "complex64": np.array([1 + 2j], np.complex64),
    "empty": np.zeros((0,)),
    "empty in two axes": np.zeros((2, 0), np.int32),
    "0-d": np.array(2.5),
    "long": np.arange(2000.0),
    "large": np.arange(10_000).reshape(100, 100),
    "wide": np.arange(60.0).reshape(2, 30) / 7,
    "Fortran order": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "strided": np.arange(20)[::-3],
}


@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.parametrize(
    "options",
    [{}, {"precision": 3, "suppress": True}, {"threshold": 5, "edgeitems": 1}, {"linewidth": 30}, {"sign": "+"}],
    ids=str,
)
def test_repr_and_str_are_numpys(name, options):
    theirs = ARRAYS[name]
    ours = like(xp, theirs)
    with np.printoptions(**options):
        assert repr(ours) == repr(theirs)
        assert str(ours) == str(theirs)
        assert xp.array_repr(ours, precision=2) == np.array_repr(theirs, precision=2)
        assert xp.array_str(ours, 40) == np.array_str(theirs, 40)
        assert xp.array2string(ours, separator=";") == np.array2string(theirs, separator=";")
        assert f"{ours}" == f"{theirs}"


def test_recorded_work_prints_its_values():
    x = np.arange(5000.0)
    assert repr(xp.asarray(x) * 2 + 1) == repr(x * 2 + 1)


@pytest.mark.parametrize("value", [np.float64(1.5), np.float32(0.1), np.int8(-3), np.bool(True), np.complex128(1 - 2j)])
def test_a_scalar_prints_as_numpys_scalar_does(value):
    ours = xp.asarray(value)[()]
    assert str(ours) == str(value)
    assert f"{ours}" == f"{value}"
    assert repr(ours) == repr(value).replace("np.", "xp.")
    assert str([ours]) == str([value]).replace("np.", "xp.")
    with np.printoptions(legacy="1.25"):
        assert repr(ours) == repr(value)


def test_format_of_a_scalar_takes_a_specification_and_of_an_array_none():
    assert f"{xp.sum(xp.array([1.25, 2.0])):8.3f}" == "   3.250"
    assert f"{xp.sum(xp.array([3, 4])):04d}" == "0007"
    with pytest.raises(TypeError):
        f"{xp.array([1.0]):.2f}"


def test_bfloat16_prints_its_dtype():
    assert repr(xp.array([1.5, 2.0], dtype=xp.bfloat16)) == repr(np.array([1.5, 2.0], xp.bfloat16))


def test_print_options_are_shared_with_numpy():
    with xp.printoptions(precision=2):
        assert str(xp.array([1 / 3])) == str(np.array([1 / 3])) == "[0.33]"
