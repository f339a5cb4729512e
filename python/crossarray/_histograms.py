"""Histograms over bins of equal width; the other forms are NumPy's."""

import numpy as np

import crossarray as xp
from crossarray import _core, _fallback
from crossarray._arguments import as_array

__all__ = ["histogram"]


def histogram(a, bins=10, range=None, density=None, weights=None):
    """How many elements of `a` lie in each of `bins` bins between the two numbers of `range` (default: min and max).

    Returns (counts, edges), int64 and a's dtype; density=True: counts over their sum and the bins' widths. Bins as a
    sequence or a rule's name, weights, and other dtypes than float32 and float64 are NumPy's own histogram.
    >>> [int(n) for n in xp.histogram(xp.array([0., 1., 1., 3.]), bins=3)[0]]
    [1, 2, 1]
    """
    a = as_array(a)
    edges = _equal_edges(a, bins, range) if weights is None else None
    if edges is None:
        given = {"bins": bins, "range": range, "density": density, "weights": weights}
        return _fallback.call(np.histogram, "histogram", (a,), given)
    counts = _core.count_in_bins(a, xp.asarray(edges))
    if density:
        host = np.asarray(counts)
        counts = xp.asarray(host / np.diff(edges).astype(float) / host.sum())
    return counts, xp.asarray(edges)


def _equal_edges(a, bins, limits):
    """NumPy's edges of equal bins, or None where something about them is for NumPy to say."""
    if not isinstance(bins, (int, np.integer)) or a.dtype.char not in "fd" or a.size == 0:
        return None
    if limits is None:
        low, high = np.asarray(a.min())[()], np.asarray(a.max())[()]
    elif isinstance(limits, (tuple, list)) and len(limits) == 2:
        low, high = limits
    else:
        return None
    if bins < 1 or not (np.isfinite(low) and np.isfinite(high)) or low > high:
        return None
    if low == high:
        low, high = low - 0.5, high + 0.5
    if np.result_type(low, high, np.empty(0, a.dtype)) != a.dtype:
        return None
    return np.linspace(low, high, bins + 1, endpoint=True, dtype=a.dtype)
