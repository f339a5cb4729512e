"""A test body written once, run with NumPy and with Crossarray, and compared.

>>> check(lambda xp, x: xp.sort(x)[::-1], np.array([3., 1., 2.]))

`check` compares dtype, shape, contiguity, whether the result is a scalar or an array, and every value (same bits unless
a bound is given), or, if NumPy raises, the type of the exception.
"""

import warnings

import numpy as np
from domains import DTYPES

import crossarray


def check(body, *inputs, ulp=0, rtol=0.0, atol=0.0, layout=True, message=False, scalar=True):
    """Runs `body(module, *inputs)` for both modules and asserts that they agree; returns NumPy's result.

    inputs: NumPy arrays become fresh arrays of each library with the same layout; anything else is passed as it is.
    ulp: allowed distance in units in the last place; rtol, atol: as in allclose, instead of ulp when given.
    layout: compare C and F contiguity. scalar: compare scalar against 0-d array. message: compare exception texts too.
    """
    expected, error = _run(body, np, inputs)
    actual, our_error = _run(body, crossarray, inputs)
    if error is not None:
        _same_error(error, our_error, message)
        return None
    if our_error is not None:
        raise our_error
    compare(expected, actual, ulp=ulp, rtol=rtol, atol=atol, layout=layout, scalar=scalar)
    return expected


def _run(body, module, inputs):
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # empty slices and the like: we give no such warnings
            return body(
                module, *[like(module, item) if isinstance(item, np.ndarray) else item for item in inputs]
            ), None
    except Exception as error:  # any exception is an outcome to compare
        return None, error


def _same_error(expected, actual, message):
    assert actual is not None, f"NumPy raised {expected!r}, Crossarray did not"
    kinds = [kind for kind in type(expected).__mro__ if kind in (type(actual), *type(actual).__mro__)]
    assert kinds[0] is not Exception, f"NumPy raised {expected!r}, Crossarray {actual!r}"
    if message:
        assert str(actual) == str(expected)


def like(xp, array):
    """A fresh array of `xp` with a NumPy array's values, shape and kind of strides (F, gaps, negative, 0)."""
    if array.ndim == 0 or array.size == 0:
        return xp.array(array)
    order = sorted(range(array.ndim), key=lambda axis: -abs(array.strides[axis]))
    moved = array.transpose(order)
    index = _index_of(moved)
    base = np.zeros([_room(item, extent) for item, extent in zip(index, moved.shape)], array.dtype)
    base[index] = moved[tuple(slice(0, 1) if item == slice(0, 1) else slice(None) for item in index)]
    view = xp.broadcast_to(xp.array(base)[index], moved.shape) if slice(0, 1) in index else xp.array(base)[index]
    return view.transpose([order.index(axis) for axis in range(array.ndim)])


def _index_of(array):
    """The index that cuts an array with `array`'s kind of strides out of a C-contiguous one; axes outermost first."""
    index, dense = [], array.itemsize
    for stride, extent in zip(array.strides[::-1], array.shape[::-1]):
        if stride == 0:
            index.append(slice(0, 1))
            continue
        step = 1 if abs(stride) == dense or extent == 1 else 2
        index.append(slice(None, None, step if stride > 0 else -step))
        dense = abs(stride) * extent
    return tuple(index[::-1])


def _room(item, extent):
    return 1 if item == slice(0, 1) else extent * abs(item.step)


def layouts(array):
    """NumPy arrays equal to `array`, one per kind of layout: pairs (name, array)."""
    yield "C", np.ascontiguousarray(array).reshape(array.shape)
    if array.ndim == 0:
        return
    yield "F", np.asfortranarray(array)
    wide = np.zeros([2 * extent for extent in array.shape], array.dtype)
    strided = wide[(slice(None, None, 2),) * array.ndim]
    strided[...] = array
    yield "strided", strided
    flipped = np.ascontiguousarray(array[(slice(None, None, -1),) * array.ndim])
    yield "negative", flipped[(slice(None, None, -1),) * array.ndim]


def is_scalar(value):
    """True for a NumPy scalar and for one of our 0-d arrays with the scalar flag: values, not views, so hashable."""
    if not isinstance(value, crossarray.ndarray):
        return isinstance(value, np.generic)
    try:
        hash(value)
    except TypeError:
        return False
    return True


def compare(expected, actual, *, ulp=0, rtol=0.0, atol=0.0, layout=True, scalar=True, where="result"):
    """Asserts that Crossarray's `actual` is NumPy's `expected`; tuples, lists and dicts are compared item by item."""
    options = dict(ulp=ulp, rtol=rtol, atol=atol, layout=layout, scalar=scalar)
    if isinstance(expected, (tuple, list)):
        assert type(expected).__name__ == type(actual).__name__, f"{where}: {type(expected)} against {type(actual)}"
        assert len(expected) == len(actual), f"{where}: {len(expected)} items against {len(actual)}"
        for i, (a, b) in enumerate(zip(expected, actual)):
            compare(a, b, where=f"{where}[{i}]", **options)
    elif isinstance(expected, dict):
        assert list(expected) == list(actual), where
        for key in expected:
            compare(expected[key], actual[key], where=f"{where}[{key!r}]", **options)
    elif isinstance(expected, (np.ndarray, np.generic)):
        _compare_arrays(expected, actual, where, **options)
    elif isinstance(expected, float) and not isinstance(actual, crossarray.ndarray):
        assert expected == actual or (expected != expected and actual != actual), (
            f"{where}: {expected} against {actual}"
        )
    else:
        assert expected == actual, f"{where}: {expected!r} against {actual!r}"


def _compare_arrays(expected, actual, where, *, ulp, rtol, atol, layout, scalar):
    if is_native_dtype(expected.dtype):
        assert isinstance(actual, crossarray.ndarray), f"{where}: expected an xp.ndarray, got {type(actual)}"
    assert actual.dtype == expected.dtype, f"{where}: dtype {actual.dtype}, NumPy has {expected.dtype}"
    assert actual.shape == expected.shape, f"{where}: shape {actual.shape}, NumPy has {expected.shape}"
    if scalar:
        assert is_scalar(actual) == isinstance(expected, np.generic), f"{where}: scalar {is_scalar(actual)}"
    host = np.asarray(actual)
    if layout and isinstance(expected, np.ndarray):
        for flag in ("C_CONTIGUOUS", "F_CONTIGUOUS"):
            assert actual.flags[flag] == expected.flags[flag], f"{where}: {flag} is {actual.flags[flag]}"
    compare_values(np.asarray(expected), host, ulp=ulp, rtol=rtol, atol=atol, where=where)


def is_native_dtype(dtype):
    """True if `dtype` is one of the fifteen that Crossarray stores."""
    return dtype in DTYPES


def compare_values(expected, actual, *, ulp=0, rtol=0.0, atol=0.0, where="result"):
    """Asserts equal values: NaN equals NaN, -0 differs from 0 when the bound is 0."""
    if np.iscomplexobj(expected):
        compare_values(expected.real, actual.real, ulp=ulp, rtol=rtol, atol=atol, where=where + ".real")
        compare_values(expected.imag, actual.imag, ulp=ulp, rtol=rtol, atol=atol, where=where + ".imag")
    elif (rtol or atol) and expected.dtype.kind in "biufV":
        np.testing.assert_allclose(actual, expected, rtol=rtol, atol=atol, err_msg=where)
    elif expected.dtype.kind in "fV" and ulp:
        distance = ulp_distance(expected, actual)
        worst = np.max(distance, initial=0)
        assert worst <= ulp, f"{where}: {worst} ULP from NumPy, {ulp} allowed, at {np.argmax(distance)}"
    elif expected.dtype.kind in "fV":
        wide = np.float64 if expected.dtype.itemsize < 8 else expected.dtype
        np.testing.assert_array_equal(actual.astype(wide), expected.astype(wide), err_msg=where)
        number = ~np.isnan(expected.astype(wide))
        signs = np.signbit(actual.astype(wide)) != np.signbit(expected.astype(wide))
        assert not np.any(signs & number), f"{where}: sign of zero differs"
    else:
        np.testing.assert_array_equal(actual, expected, err_msg=where)


def ulp_distance(expected, actual):
    """Number of representable values between two real float arrays, elementwise; 0 where both are NaN."""
    signed, unsigned = {2: (np.int16, np.uint16), 4: (np.int32, np.uint32), 8: (np.int64, np.uint64)}[
        expected.dtype.itemsize
    ]
    low = np.iinfo(signed).min

    def ordered(array):
        whole = np.asarray(array).astype(array.dtype, order="C").view(signed)
        return np.where(whole < 0, low - whole, whole)

    a, b = ordered(expected), ordered(actual)
    distance = np.where(a > b, a.view(unsigned) - b.view(unsigned), b.view(unsigned) - a.view(unsigned)).astype(
        np.float64
    )
    missing = np.isnan(expected.astype(np.float64)), np.isnan(actual.astype(np.float64))
    distance[missing[0] & missing[1]] = 0
    distance[missing[0] ^ missing[1]] = np.inf
    return distance
