"""What an op should give: NumPy's bits, or for rows with a ULP bound the exact result, from 80-bit long double."""

import numpy as np
from domains import BFLOAT16, is_float
from parity import compare_values, ulp_distance

HALF_ULP = 1  # float16 and bfloat16 are the float32 result rounded: twice rounded at worst
CANCELS = ("logaddexp", "logaddexp2")  # a result near 0 is a difference: its bound is in units of the larger operand
EXTREMA = ("maximum", "minimum", "fmax", "fmin")  # NumPy's choice between 0 and -0 varies with the position
CONTRACTED = ("multiply", "square")  # complex: NumPy fuses multiply and add where the machine can, we never do
OWN_HALF = ("nextafter", "spacing")  # the neighbour of a half is not the rounded neighbour of a float


def numpy_result(row, arrays):
    """NumPy's result or the exception it raises. bfloat16, which has ufuncs of its own, is float32 rounded."""
    try:
        with np.errstate(all="ignore"):
            if any(array.dtype == BFLOAT16 for array in arrays) and row.name not in OWN_HALF:
                return _through_float32(row.numpy(*[_widened(array) for array in arrays])), None
            return row.numpy(*arrays), None
    except (TypeError, ValueError, OverflowError) as error:
        return None, error


def _widened(array):
    return array.astype(np.float32) if array.dtype == BFLOAT16 else array


def _through_float32(result):
    if isinstance(result, tuple):
        return tuple(_through_float32(each) for each in result)
    return result.astype(BFLOAT16) if result.dtype == np.float32 else result


def exact(row, arrays, dtype):
    """The op in long double (64-bit significand), before rounding; integers become the result's dtype first."""
    loop = [array.astype(dtype) if array.dtype.kind in "biu" else array for array in arrays]
    with np.errstate(all="ignore"):
        return np.asarray(
            row.numpy(*[array.astype(np.clongdouble if array.dtype.kind == "c" else np.longdouble) for array in loop])
        )


def rounded(wide, dtype):
    with np.errstate(all="ignore"):
        return wide.astype(np.float32).astype(dtype) if dtype == BFLOAT16 else wide.astype(dtype)


def assert_accurate(row, arrays, expected, actual, where):
    """expected: NumPy's result, whose non-finite values hold; a finite one may differ within the row's bound."""
    if isinstance(expected, tuple):
        for one, other in zip(expected, actual, strict=True):
            assert_accurate(row, arrays, one, other, where)
    elif expected.dtype.kind == "c" and row.name in CONTRACTED:
        assert_close_complex(np.asarray(expected), actual, 1, where)
    elif row.ulp == 0 or not (is_float(expected.dtype) or expected.dtype.kind == "c"):
        if row.name in EXTREMA and expected.dtype.kind != "b":
            expected, actual = expected + np.zeros((), expected.dtype), actual + np.zeros((), actual.dtype)
        compare_values(np.asarray(expected), actual, where=where)
    elif expected.dtype.kind == "c":
        assert_close_complex(np.asarray(expected), actual, row.ulp, where)
    else:
        scale = np.fmax(*map(abs, map(_widened, arrays))) if row.name in CANCELS else None
        assert_within(rounded(exact(row, arrays, expected.dtype), expected.dtype), actual, row.ulp, where, scale)


def assert_within(reference, actual, ulp, where, scale=None):
    """Real floats: `ulp` from the reference (units of `scale` where larger), the same NaN, infinities and zeros."""
    bound = HALF_ULP if reference.dtype.itemsize == 2 else ulp
    distance = ulp_distance(reference, actual)
    if scale is not None:
        with np.errstate(all="ignore"):
            error = abs(reference.astype(np.longdouble) - actual) / np.spacing(scale.astype(reference.dtype))
        distance = np.fmin(distance, error.astype(np.float64))
    worst = np.unravel_index(np.argmax(distance), distance.shape) if distance.size else ()
    assert np.max(distance, initial=0) <= bound, (
        f"{where}: {distance[worst]} ULP at {worst}, {bound} allowed: {actual[worst]!r} for {reference[worst]!r}"
    )
    wide, ours = reference.astype(np.float64), actual.astype(np.float64)
    np.testing.assert_array_equal(np.isinf(ours), np.isinf(wide), err_msg=where)
    zero = wide == 0
    np.testing.assert_array_equal(np.signbit(ours[zero]), np.signbit(wide[zero]), err_msg=f"{where}: sign of zero")


def assert_close_complex(reference, actual, ulp, where):
    """Complex: NumPy's non-finite parts, and an error of `ulp` units of the modulus where both parts are finite."""
    for part in ("real", "imag"):
        a, b = getattr(reference, part), getattr(actual, part)
        np.testing.assert_array_equal(np.isnan(b), np.isnan(a), err_msg=f"{where}: NaN of {part}")
        infinite = np.isinf(a) | np.isinf(b)
        np.testing.assert_array_equal(b[infinite], a[infinite], err_msg=f"{where}: infinity of {part}")
    finite = np.isfinite(reference)
    scale = np.maximum(abs(reference[finite].astype(np.clongdouble)), np.finfo(reference.dtype).tiny)
    error = abs(actual[finite].astype(np.clongdouble) - reference[finite].astype(np.clongdouble))
    worst = np.max(error / scale, initial=0) / np.finfo(reference.dtype).eps
    assert worst <= 2 * ulp, f"{where}: {worst} units of the modulus, {2 * ulp} allowed"
