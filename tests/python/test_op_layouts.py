"""Every op x every dtype x every layout: eager, recorded and fused, and large with xp.config(lazy=False)."""

import numpy as np
import pytest
from domains import BFLOAT16, DTYPES
from op_table import UFUNCS
from operands import LARGE, SMALL, layouts_of, operands
from parity import is_native_dtype, like
from references import assert_accurate, numpy_result

import crossarray as xp

CASES = [(name, dtype) for name in UFUNCS for dtype in DTYPES]


def steps(array):
    """Strides that are ever stepped: those of axes of extent 1 depend on which of NumPy's paths made the array."""
    return [stride for stride, extent in zip(array.strides, array.shape, strict=True) if extent != 1]


def has_loop(name, dtype):
    return (
        numpy_result(UFUNCS[name], operands(UFUNCS[name], dtype, SMALL, next(iter(layouts_of(UFUNCS[name])))))[1]
        is None
    )


def check_op(row, arrays, where):
    """One call in both libraries: the same exception type, or dtype, shape and strides, and values within the bound."""
    expected, error = numpy_result(row, arrays)
    ours = getattr(xp, row.name)
    if error is not None:
        with pytest.raises(TypeError if isinstance(error, TypeError) else type(error)):
            np.asarray(ours(*[like(xp, array) for array in arrays]))
        return
    actual = ours(*[like(xp, array) for array in arrays])
    for one, other in zip(*[each if isinstance(each, tuple) else (each,) for each in (expected, actual)], strict=True):
        assert is_native_dtype(other.dtype)
        assert other.dtype == one.dtype, f"{where}: dtype {other.dtype}, NumPy has {one.dtype}"
        assert other.shape == one.shape, f"{where}: shape {other.shape}, NumPy has {one.shape}"
        if other.size > 1 and not any(array.dtype == BFLOAT16 for array in arrays):
            assert steps(other) == steps(one), f"{where}: strides {other.strides}, NumPy has {one.strides}"
    host = tuple(map(np.asarray, actual)) if isinstance(actual, tuple) else np.asarray(actual)
    assert_accurate(row, arrays, expected, host, where)


@pytest.mark.parametrize(("name", "dtype"), CASES, ids=str)
def test_small_arrays_in_every_layout(name, dtype):
    row = UFUNCS[name]
    for layout in layouts_of(row):
        check_op(row, operands(row, dtype, SMALL, layout), f"{name} {dtype} {layout}")


@pytest.mark.parametrize(("name", "dtype"), CASES, ids=str)
def test_large_arrays_recorded_and_at_once(name, dtype):
    """Two layouts per op and dtype, chosen so that each layout meets each op and each dtype."""
    row = UFUNCS[name]
    layouts = list(layouts_of(row))
    start = list(UFUNCS).index(name) + DTYPES.index(dtype)
    for step, lazy in enumerate((True, False)):
        layout = layouts[(start + 5 * step) % len(layouts)]
        with xp.config(lazy=lazy):
            check_op(row, operands(row, dtype, LARGE, layout, seed=1), f"{name} {dtype} {layout} lazy={lazy}")


@pytest.mark.parametrize(("name", "dtype"), [case for case in CASES if has_loop(*case)], ids=str)
def test_fused_with_neighbours_gives_the_bits_of_the_op_alone(name, dtype):
    """The op between a `where` that makes its inputs and one that takes its result, in one kernel."""
    row = UFUNCS[name]
    arrays = operands(row, dtype, (16411, 1), "C" if row.arity == 1 else "C C", seed=2)
    ours = getattr(xp, name)
    with xp.config(lazy=False):
        alone = ours(*[xp.array(array) for array in arrays])
    mask = xp.arange(16411).reshape(-1, 1) >= 0
    fused = ours(*[xp.where(mask, xp.array(array), xp.array(array[:1])) for array in arrays])
    for one, other in zip(*[each if isinstance(each, tuple) else (each,) for each in (alone, fused)], strict=True):
        picked = xp.where(mask, other, one[:1])
        assert picked.dtype == one.dtype
        assert np.asarray(picked).tobytes() == np.asarray(one).tobytes()
