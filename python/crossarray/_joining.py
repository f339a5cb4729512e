"""Several arrays into one, and one into several."""

import itertools
import warnings

import crossarray as xp
from crossarray._arguments import as_array, axis_index
from crossarray._manipulation import atleast_3d, moveaxis

__all__ = [
    "append",
    "array_split",
    "column_stack",
    "concat",
    "dsplit",
    "dstack",
    "hsplit",
    "row_stack",
    "split",
    "unstack",
    "vsplit",
]

# -- several arrays into one


def concat(arrays, /, axis=0, out=None, *, dtype=None, casting="same_kind"):
    """Joins arrays along an axis; the same function as `concatenate`."""
    return xp.concatenate(arrays, axis=axis, out=out, dtype=dtype, casting=casting)


def _sequence(arrays):
    if not hasattr(arrays, "__getitem__"):
        raise TypeError('arrays to stack must be passed as a "sequence" type such as list or tuple.')
    return arrays


def row_stack(tup, *, dtype=None, casting="same_kind"):
    """The same as `vstack`; deprecated, as NumPy's."""
    text = "`row_stack` alias is deprecated. Use `np.vstack` directly."
    warnings.warn(text, DeprecationWarning, stacklevel=3)
    return xp.vstack(tup, dtype=dtype, casting=casting)


def dstack(tup):
    """Joins arrays along the third axis.

    >>> xp.dstack(([1, 2], [3, 4])).shape
    (1, 2, 2)
    """
    return xp.concatenate([atleast_3d(item) for item in _sequence(tup)], 2)


def column_stack(tup):
    """Joins 1-d arrays as columns, 2-d arrays as they are.

    >>> xp.column_stack(([1, 2], [3, 4]))
    array([[1, 3],
           [2, 4]])
    """
    arrays = [as_array(item) for item in _sequence(tup)]
    return xp.concatenate([a if a.ndim >= 2 else a.reshape(1, -1).T for a in arrays], 1)


def append(arr, values, axis=None):
    """Joins `values` after `arr` in a new array; both flattened without `axis`.

    >>> xp.append([1, 2], [[3], [4]])
    array([1, 2, 3, 4])
    """
    arr = as_array(arr)
    if axis is None:
        return xp.concatenate((arr.ravel(), as_array(values).ravel()), 0)
    return xp.concatenate((arr, values), axis)


# -- one array into several


def array_split(ary, indices_or_sections, axis=0):
    """Splits along `axis` into views: at the given indices, or into that many parts of nearly equal extent.

    >>> xp.array_split(xp.arange(5), 2)
    [array([0, 1, 2]), array([3, 4])]
    """
    ary = as_array(ary)
    total = ary.shape[axis] if ary.ndim else len(ary)
    if hasattr(indices_or_sections, "__len__"):
        cuts = [0, *[int(i) for i in indices_or_sections], total]
    else:
        sections = int(indices_or_sections)
        if sections <= 0:
            raise ValueError("number sections must be larger than 0.")
        each, extra = divmod(total, sections)
        cuts = [i * each + min(i, extra) for i in range(sections + 1)]
    front = (slice(None),) * axis_index(axis, ary.ndim)
    return [ary[(*front, slice(start, stop))] for start, stop in itertools.pairwise(cuts)]


def split(ary, indices_or_sections, axis=0):
    """Splits along `axis` into views: at the given indices, or into that many equal parts (ValueError if uneven).

    >>> xp.split(xp.arange(4), 2)
    [array([0, 1]), array([2, 3])]
    """
    ary = as_array(ary)
    if not hasattr(indices_or_sections, "__len__") and ary.shape[axis] % indices_or_sections:
        raise ValueError("array split does not result in an equal division")
    return array_split(ary, indices_or_sections, axis)


def hsplit(ary, indices_or_sections):
    """Splits along the second axis (the first of a 1-d array).

    >>> xp.hsplit(xp.arange(4), 2)
    [array([0, 1]), array([2, 3])]
    """
    ary = as_array(ary)
    if ary.ndim == 0:
        raise ValueError("hsplit only works on arrays of 1 or more dimensions")
    return split(ary, indices_or_sections, 1 if ary.ndim > 1 else 0)


def vsplit(ary, indices_or_sections):
    """Splits along the first axis.

    >>> xp.vsplit(xp.arange(4).reshape(2, 2), 2)[0]
    array([[0, 1]])
    """
    ary = as_array(ary)
    if ary.ndim < 2:
        raise ValueError("vsplit only works on arrays of 2 or more dimensions")
    return split(ary, indices_or_sections, 0)


def dsplit(ary, indices_or_sections):
    """Splits along the third axis.

    >>> xp.dsplit(xp.arange(8).reshape(2, 2, 2), 2)[0].shape
    (2, 2, 1)
    """
    ary = as_array(ary)
    if ary.ndim < 3:
        raise ValueError("dsplit only works on arrays of 3 or more dimensions")
    return split(ary, indices_or_sections, 2)


def unstack(x, /, *, axis=0):
    """A tuple of views, one per index along `axis`.

    >>> xp.unstack(xp.array([[1, 2], [3, 4]]))
    (array([1, 2]), array([3, 4]))
    """
    x = as_array(x)
    if x.ndim == 0:
        raise ValueError("Input array must be at least 1-d.")
    return tuple(moveaxis(x, axis, 0))
