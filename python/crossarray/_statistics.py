"""Averages, covariances, and statistics that leave NaN out.

NumPy's warnings about empty or all-NaN slices are not given; the values are the same.
"""

import numpy as np

import crossarray as xp
from crossarray._arguments import as_array, axis_indices

__all__ = [
    "average",
    "corrcoef",
    "cov",
    "nanargmax",
    "nanargmin",
    "nancumprod",
    "nancumsum",
    "nanmax",
    "nanmean",
    "nanmin",
    "nanprod",
    "nanstd",
    "nansum",
    "nanvar",
]


NONE = np._NoValue  # the default of keywords that NumPy's functions may not be given as None


def _given(**options):
    """The keywords that the caller gave."""
    return {name: value for name, value in options.items() if value is not NONE}


# -- weighted averages and covariances


def average(a, axis=None, weights=None, returned=False, *, keepdims=NONE):
    """The mean, or the mean with `weights`: sum(a * weights) / sum(weights), in one pass over `a`.

    weights: of a's shape, or of the shape of a's axes `axis`. returned=True: the tuple (average, sum of weights).
    Raises ZeroDivisionError when weights sum to zero.
    >>> float(xp.average(xp.array([1., 2., 3.]), weights=xp.array([3., 2., 1.])))
    1.6666666666666667
    """
    a = as_array(a)
    axes = None if axis is None else axis_indices(axis, a.ndim, "axis")
    keep = _given(keepdims=keepdims)
    if weights is None:
        mean = a.mean(axes, **keep)
        total = xp.full_like(mean, a.size / mean.size, shape=())[()] if returned else None
    else:
        weights = _shaped_weights(as_array(weights), a, axes)
        dtype = np.result_type(a.dtype, weights.dtype, *(["f8"] if a.dtype.kind in "biu" else []))
        total = weights.sum(axis=axes, dtype=dtype, **keep)
        if (total == 0.0).any():
            raise ZeroDivisionError("Weights sum to zero, can't be normalized")
        mean = xp.multiply(a, weights, dtype=dtype).sum(axes, **keep) / total
    if not returned:
        return mean
    if total.shape != mean.shape:
        total = xp.broadcast_to(total, mean.shape).copy()
    return mean, total


def _shaped_weights(weights, a, axes):
    """The weights with axes that broadcast against `a`."""
    if weights.shape == a.shape:
        return weights
    if axes is None:
        raise TypeError("Axis must be specified when shapes of a and weights differ.")
    if weights.shape != tuple(a.shape[axis] for axis in axes):
        raise ValueError("Shape of weights must be consistent with shape of a along specified axis.")
    weights = weights.transpose(np.argsort(axes).tolist())
    return weights.reshape([extent if axis in axes else 1 for axis, extent in enumerate(a.shape)])


def cov(m, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None, *, dtype=None):
    """The covariance matrix of variables in the rows of `m` (in the columns with rowvar=False) and of `y`.

    ddof: N - ddof divides (default 1, or 0 with bias=True). fweights: integer repeat counts; aweights: importance.
    >>> xp.cov([1.0, 2.0, 4.0], [3.0, 2.0, 1.0])
    array([[ 2.33333333, -1.5       ],
           [-1.5       ,  1.        ]])
    """
    if ddof is not None and ddof != int(ddof):
        raise ValueError("ddof must be integer")
    m = as_array(m)
    if m.ndim > 2:
        raise ValueError("m has more than 2 dimensions")
    y = None if y is None else as_array(y)
    if y is not None and y.ndim > 2:
        raise ValueError("y has more than 2 dimensions")
    if dtype is None:
        dtype = np.result_type(m.dtype, np.float64, *([] if y is None else [y.dtype]))
    rows = xp.atleast_2d(m.astype(dtype, copy=False))
    if not rowvar and m.ndim != 1:
        rows = rows.T
    if rows.shape[0] == 0:
        return xp.zeros((0, 0))
    if y is not None:
        more = xp.atleast_2d(y.astype(dtype, copy=False))
        rows = xp.concatenate((rows, more.T if not rowvar and more.shape[0] != 1 else more), 0)
    ddof = (0 if bias else 1) if ddof is None else ddof
    weights = _sample_weights(rows.shape[1], fweights, aweights)
    return _scatter(rows, weights, ddof, aweights).squeeze()


def _sample_weights(count, fweights, aweights):
    """The product of the weights as one array, None without any."""
    found = None
    for values, name in ((fweights, "fweights"), (aweights, "aweights")):
        if values is None:
            continue
        values = as_array(values).astype(np.float64)
        if name == "fweights" and not (values == xp.round(values)).all():
            raise TypeError("fweights must be integer")
        if values.ndim > 1:
            raise RuntimeError(f"cannot handle multidimensional {name}")
        if values.shape[0] != count:
            raise RuntimeError(f"incompatible numbers of samples and {name}")
        if (values < 0).any():
            raise ValueError(f"{name} cannot be negative")
        found = values if found is None else found * values
    return found


def _scatter(rows, weights, ddof, aweights):
    """sum(weights * deviation * conj(deviation)) over samples, divided by the degrees of freedom."""
    mean, total = average(rows, axis=1, weights=weights, returned=True)
    if weights is None:
        freedom = rows.shape[1] - ddof
    else:
        total = total[0]
        correction = ddof if aweights is None or ddof == 0 else ddof * (weights * as_array(aweights)).sum() / total
        freedom = float(total - correction)
    deviations = rows - mean[:, None]
    weighted = (deviations if weights is None else deviations * weights).T
    product = xp.dot(deviations, weighted.conj() if weighted.dtype.kind == "c" else weighted)
    return product * (1.0 / freedom if freedom > 0 else np.inf)


def corrcoef(x, y=None, rowvar=True, *, dtype=None):
    """Correlation coefficients of variables in rows of `x` (and `y`): covariance over both deviations, in [-1, 1].

    >>> xp.corrcoef([1.0, 2.0, 3.0], [3.0, 2.0, 1.0])
    array([[ 1., -1.],
           [-1.,  1.]])
    """
    c = cov(x, y, rowvar, dtype=dtype)
    if c.ndim == 0:
        return c / c
    deviation = xp.sqrt(xp.diagonal(c).real)
    c = c / deviation[:, None] / deviation[None, :]
    if c.dtype.kind != "c":
        return xp.clip(c, -1, 1)
    c.real[...] = xp.clip(c.real, -1, 1)
    c.imag[...] = xp.clip(c.imag, -1, 1)
    return c


# -- reductions without NaN


def _filled(a, value):
    """`a` with `value` in place of NaN, and where NaN was (None for dtypes without NaN)."""
    a = as_array(a)
    if a.dtype.kind in "biu":
        return a, None
    missing = xp.isnan(a)
    return xp.where(missing, value, a), missing


def nansum(a, axis=None, dtype=None, out=None, keepdims=NONE, initial=NONE, where=NONE):
    """The sum with NaN taken as 0.

    >>> xp.nansum([1.0, xp.nan])
    xp.float64(1.0)
    """
    options = _given(keepdims=keepdims, initial=initial, where=where)
    return xp.sum(_filled(a, 0)[0], axis=axis, dtype=dtype, out=out, **options)


def nanprod(a, axis=None, dtype=None, out=None, keepdims=NONE, initial=NONE, where=NONE):
    """The product with NaN taken as 1.

    >>> xp.nanprod([2.0, xp.nan, 3.0])
    xp.float64(6.0)
    """
    options = _given(keepdims=keepdims, initial=initial, where=where)
    return xp.prod(_filled(a, 1)[0], axis=axis, dtype=dtype, out=out, **options)


def nancumsum(a, axis=None, dtype=None, out=None):
    """Running sums with NaN taken as 0.

    >>> xp.nancumsum([2.0, xp.nan, 3.0])
    array([2., 2., 5.])
    """
    return xp.cumsum(_filled(a, 0)[0], axis=axis, dtype=dtype, out=out)


def nancumprod(a, axis=None, dtype=None, out=None):
    """Running products with NaN taken as 1.

    >>> xp.nancumprod([2.0, xp.nan, 3.0])
    array([2., 2., 6.])
    """
    return xp.cumprod(_filled(a, 1)[0], axis=axis, dtype=dtype, out=out)


def nanmin(a, axis=None, out=None, keepdims=NONE, initial=NONE, where=NONE):
    """The smallest element that is not NaN; NaN where all are.

    >>> xp.nanmin([1.0, xp.nan])
    xp.float64(1.0)
    """
    return xp.fmin.reduce(as_array(a), axis=axis, out=out, **_given(keepdims=keepdims, initial=initial, where=where))


def nanmax(a, axis=None, out=None, keepdims=NONE, initial=NONE, where=NONE):
    """The largest element that is not NaN; NaN where all are.

    >>> xp.nanmax([1.0, xp.nan])
    xp.float64(1.0)
    """
    return xp.fmax.reduce(as_array(a), axis=axis, out=out, **_given(keepdims=keepdims, initial=initial, where=where))


def nanargmin(a, axis=None, out=None, *, keepdims=NONE):
    """The index of the smallest element that is not NaN. Raises ValueError where all are NaN (looks at the values).

    >>> xp.nanargmin([xp.nan, 2.0, 1.0])
    xp.int64(2)
    """
    return _nanarg(xp.argmin, np.inf, a, axis, out, keepdims)


def nanargmax(a, axis=None, out=None, *, keepdims=NONE):
    """The index of the largest element that is not NaN. Raises ValueError where all are NaN (looks at the values).

    >>> xp.nanargmax([1.0, xp.nan, 3.0])
    xp.int64(2)
    """
    return _nanarg(xp.argmax, -np.inf, a, axis, out, keepdims)


def _nanarg(function, fill, a, axis, out, keepdims):
    filled, missing = _filled(a, fill)
    if missing is not None and missing.size and missing.all(axis).any():
        raise ValueError("All-NaN slice encountered")
    return function(filled, axis=axis, out=out, **_given(keepdims=keepdims))


def nanmean(a, axis=None, dtype=None, out=None, keepdims=NONE, *, where=NONE):
    """The mean of the elements that are not NaN; NaN where there is none.

    >>> xp.nanmean([1.0, xp.nan, 3.0])
    xp.float64(2.0)
    """
    options = _given(keepdims=keepdims, where=where)
    filled, missing = _filled(a, 0)
    if missing is None:
        return xp.mean(filled, axis=axis, dtype=dtype, out=out, **options)
    _check_inexact(dtype, out)
    count = xp.sum(~missing, axis=axis, dtype=np.intp, **options)
    total = xp.sum(filled, axis=axis, dtype=dtype, out=out, **options)
    return _divided(total, count, out)


_INEXACT = "fcV"  # V: bfloat16


def _check_inexact(dtype, out):
    if dtype is not None and np.dtype(dtype).kind not in _INEXACT:
        raise TypeError("If a is inexact, then dtype must be inexact")
    if out is not None and out.dtype.kind not in _INEXACT:
        raise TypeError("If a is inexact, then out must be inexact")


def _divided(total, count, out):
    """total / count in total's dtype."""
    if out is not None:
        return xp.divide(total, count, out=out, casting="unsafe")
    return xp.divide(total, count).astype(total.dtype, copy=False)


def nanvar(a, axis=None, dtype=None, out=None, ddof=0, keepdims=NONE, *, where=NONE, mean=NONE, correction=NONE):
    """The variance of the elements that are not NaN; NaN where there are not more than `ddof`.

    >>> xp.nanvar([1.0, xp.nan, 3.0])
    xp.float64(1.0)
    """
    filled, missing = _filled(a, 0)
    if missing is None:
        options = _given(keepdims=keepdims, where=where, mean=mean, correction=correction)
        return xp.var(filled, axis=axis, dtype=dtype, out=out, ddof=ddof, **options)
    _check_inexact(dtype, out)
    if correction is not NONE:
        if ddof != 0:
            raise ValueError("ddof and correction can't be provided simultaneously.")
        ddof = correction
    chosen = _given(where=where)
    count = xp.sum(~missing, axis=axis, dtype=np.intp, keepdims=True, **chosen)
    if mean is NONE:
        mean = _divided(xp.sum(filled, axis=axis, dtype=dtype, keepdims=True, **chosen), count, None)
    deviation = xp.where(missing, 0, (filled - mean).astype(filled.dtype, copy=False))
    squares = (deviation * deviation.conj()).real if deviation.dtype.kind == "c" else deviation * deviation
    total = xp.sum(squares, axis=axis, dtype=dtype, out=out, **_given(keepdims=keepdims), **chosen)
    freedom = count.reshape(total.shape) - ddof
    return _divided(total, xp.where(freedom > 0, freedom, np.nan), out)


def nanstd(a, axis=None, dtype=None, out=None, ddof=0, keepdims=NONE, *, where=NONE, mean=NONE, correction=NONE):
    """The standard deviation of the elements that are not NaN: the root of `nanvar`.

    >>> xp.nanstd([1.0, xp.nan, 3.0])
    xp.float64(1.0)
    """
    variance = nanvar(a, axis, dtype, out, ddof, keepdims, where=where, mean=mean, correction=correction)
    return xp.sqrt(variance, out=out)
