"""Tests of elements and of whole arrays."""

import numpy as np

import crossarray as xp
from crossarray import _core
from crossarray._arguments import as_array

__all__ = [
    "allclose",
    "array_equal",
    "array_equiv",
    "iscomplex",
    "iscomplexobj",
    "isclose",
    "isfortran",
    "isneginf",
    "isposinf",
    "isreal",
    "isrealobj",
    "isscalar",
]


def _operand(a):
    """Python numbers stay weak in promotion, anything else becomes an array."""
    return a if isinstance(a, (int, float, complex)) and not isinstance(a, np.generic) else as_array(a)


def isclose(a, b, rtol=1e-05, atol=1e-08, equal_nan=False):
    """True where |a - b| <= atol + rtol * |b|, elementwise; infinities are close to themselves.

    equal_nan: NaN is close to NaN.
    >>> xp.isclose(xp.array([1., 2.]), xp.array([1. + 1e-9, 2.1]))
    array([ True, False])
    """
    a, b, rtol, atol = _operand(a), _operand(b), _operand(rtol), _operand(atol)
    if isinstance(b, (int, float, complex)):
        b = b if isinstance(b, complex) else float(b)
    elif b.dtype.kind in "biu":  # the smallest integer has no absolute value
        b = b.astype(np.result_type(b.dtype, 1.0))
    result = (xp.less_equal(xp.abs(xp.subtract(a, b)), atol + rtol * abs(b)) & xp.isfinite(b)) | xp.equal(a, b)
    if equal_nan:
        result = result | (xp.isnan(a) & xp.isnan(b))
    return result[()]


def allclose(a, b, rtol=1e-05, atol=1e-08, equal_nan=False):
    """True if all elements are close (see `isclose`). Looks at the values.

    >>> xp.allclose([1e10, 1e-7], [1.00001e10, 1e-8])
    False
    """
    return bool(xp.all(isclose(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan)))


def array_equal(a1, a2, equal_nan=False):
    """True if both have the same shape and equal elements. Looks at the values.

    >>> xp.array_equal([1, 2], [1, 3])
    False
    """
    a1, a2 = as_array(a1), as_array(a2)
    if a1.shape != a2.shape:
        return False
    same = a1 == a2
    if equal_nan:
        same = same | (xp.isnan(a1) & xp.isnan(a2))
    return bool(same.all())


def array_equiv(a1, a2):
    """True if the arrays broadcast to one shape and are equal there. Looks at the values.

    >>> xp.array_equiv([1, 2], [[1, 2], [1, 2]])
    True
    """
    a1, a2 = as_array(a1), as_array(a2)
    try:
        np.broadcast_shapes(a1.shape, a2.shape)
    except ValueError:
        return False
    return bool((a1 == a2).all())


def isposinf(x, out=None):
    """True where +inf, elementwise.

    >>> xp.isposinf(xp.array([xp.inf, 1.0]))
    array([ True, False])
    """
    return _infinite(x, out, "isposinf", lambda x: ~xp.signbit(x))


def isneginf(x, out=None):
    """True where -inf, elementwise.

    >>> xp.isneginf(xp.array([-xp.inf, 1.0]))
    array([ True, False])
    """
    return _infinite(x, out, "isneginf", xp.signbit)


def _infinite(x, out, name, side):
    x = as_array(x)
    if x.dtype.kind == "c":
        raise TypeError(f"This operation is not supported for {x.dtype} values because it would be ambiguous.")
    return xp.logical_and(xp.isinf(x), side(x), out=out)


def isreal(x):
    """True where the imaginary part is 0, elementwise.

    >>> xp.isreal(xp.array([1 + 1j, 2]))
    array([False,  True])
    """
    return xp.imag(x) == 0


def iscomplex(x):
    """True where the imaginary part is not 0, elementwise.

    >>> xp.iscomplex(xp.array([1 + 1j, 2]))
    array([ True, False])
    """
    x = as_array(x)
    return xp.imag(x) != 0 if x.dtype.kind == "c" else xp.zeros_like(x, np.bool, order="C")[()]


def iscomplexobj(x):
    """True if the dtype of `x` is complex.

    >>> xp.iscomplexobj(xp.array([1j]))
    True
    """
    return as_array(x).dtype.kind == "c"


def isrealobj(x):
    """True if the dtype of `x` is not complex.

    >>> xp.isrealobj(xp.array([1j]))
    False
    """
    return not iscomplexobj(x)


def isscalar(element):
    """True for Python and NumPy scalars, and for our 0-d results that stand for one.

    >>> xp.isscalar(3.0), xp.isscalar(xp.array([3.0]))
    (True, False)
    """
    return _core.is_scalar(element) if isinstance(element, xp.ndarray) else np.isscalar(element)


def isfortran(a):
    """True if `a` is in Fortran order and not in C order.

    >>> xp.isfortran(xp.ones((2, 3), order='F'))
    True
    """
    return a.flags.fnc
