"""Sums of products over named axes, as matrix products and fused multiply-sums."""

import math
from functools import lru_cache

import numpy as np

import crossarray as xp
from crossarray import _core, _fallback
from crossarray._arguments import as_array

__all__ = ["einsum"]


def einsum(*operands, out=None, optimize=False, **kwargs):
    """Sums products of elements whose axes carry the same letter: "ij,jk->ik" is a matrix product.

    Operands are combined two at a time (optimize: in the order of numpy.einsum_path, else from the left). Forms with
    lists of axis numbers and the options dtype=, order= and casting= are NumPy's.
    >>> xp.einsum("ij,j->i", xp.array([[1., 2.], [3., 4.]]), xp.array([1., 10.]))
    array([21., 43.])
    """
    if not operands or not isinstance(operands[0], str) or kwargs:
        return _fallback.call(np.einsum, "numpy.einsum", operands, {"out": out, "optimize": optimize, **kwargs})
    arrays = [as_array(item) for item in operands[1:]]
    terms, output = _parse(operands[0], tuple([array.ndim for array in arrays]))
    terms = [_without_repeats(array, term) for array, term in zip(arrays, terms, strict=True)]
    for pair in _order(operands[0], arrays, optimize):
        chosen = [terms.pop(i) for i in sorted(pair, reverse=True)][::-1]
        needed = set(output).union(*(labels for _, labels in terms))
        while len(chosen) > 1:
            first, second, *rest = chosen
            chosen = [_contract(first, second, needed.union(*(labels for _, labels in rest))), *rest]
        terms += chosen
    result = _finish(*terms[0], output)
    if out is None:
        return result
    out[...] = result
    return out


@lru_cache
def _parse(subscripts, ranks):
    """Labels of each operand's axes and of the output's; the axes of an ellipsis become negative numbers."""
    inputs, arrow, output = subscripts.replace(" ", "").partition("->")
    inputs = inputs.split(",")
    if len(inputs) != len(ranks):
        found = "more" if len(inputs) < len(ranks) else "fewer"
        raise ValueError(f"{found} operands provided to einstein sum function than specified in the subscripts string")
    terms = [_labels(text, rank) for text, rank in zip(inputs, ranks, strict=True)]
    hidden = sorted({label for term in terms for label in term if isinstance(label, int)})
    if not arrow:
        letters = "".join(inputs).replace(".", "")
        return terms, hidden + [letter for letter in sorted(set(letters)) if letters.count(letter) == 1]
    found = _labels(output, len(hidden) + len(output.replace("...", "")))
    known = {label for term in terms for label in term}
    for label in found:
        if label not in known:
            raise ValueError(
                f"einstein sum subscripts string included output subscript '{label}' which never appeared in an input"
            )
        if found.count(label) > 1:
            raise ValueError(f"einstein sum subscripts string includes output subscript '{label}' multiple times")
    return terms, found


def _labels(text, rank):
    before, dots, after = text.partition("...")
    if not all(letter.isalpha() for letter in before + after):
        raise ValueError(f"invalid subscript '{text}' in einstein sum subscripts string, subscripts must be letters")
    count = rank - len(before) - len(after)
    if count < 0:
        raise ValueError("einstein sum subscripts string contains too many subscripts for operand")
    if count > 0 and not dots:
        raise ValueError(
            "operand has more dimensions than subscripts given in einstein sum, but no '...' ellipsis provided to "
            "broadcast the extra dimensions."
        )
    return [*before, *range(-count, 0), *after]


def _without_repeats(array, labels):
    """A view in which every label has one axis: a repeated label takes the diagonal."""
    if len(set(labels)) == len(labels):
        return array, labels
    unique = list(dict.fromkeys(labels))
    shape, strides = [], []
    for label in unique:
        axes = [axis for axis, other in enumerate(labels) if other == label]
        extents = {array.shape[axis] for axis in axes}
        if len(extents) > 1:
            raise ValueError(f"dimensions in single operand for collapsing index '{label}' don't match ({extents})")
        shape.append(extents.pop())
        strides.append(sum(array.strides[axis] for axis in axes))
    return _core.as_strided(array, shape, strides), unique


def _order(subscripts, arrays, optimize):
    if not optimize or len(arrays) < 3:
        return [(0,)] if len(arrays) == 1 else [(0, 1), *[(0, i) for i in range(len(arrays) - 2, 0, -1)]]
    shapes = [np.broadcast_to(np.empty((), array.dtype), array.shape) for array in arrays]
    return np.einsum_path(subscripts, *shapes, optimize=optimize)[0][1:]


def _contract(first, second, needed):
    """The product of two terms, summed over the labels that nothing else needs."""
    a, labels_a = _summed(*first, needed.union(second[1]))
    b, labels_b = _summed(*second, needed.union(first[1]))
    extents = _extents(((a, labels_a), (b, labels_b)))
    batch, summed, rows, columns = [], [], [], []
    for label in labels_a:
        group = rows if label not in labels_b else batch if label in needed else summed
        group.append(label)
    columns = [label for label in labels_b if label not in labels_a]
    repeats = any(extents[label] != array.shape[labels.index(label)] for label in batch + summed
                  for array, labels in ((a, labels_a), (b, labels_b)))  # fmt: skip
    if batch and summed and not (repeats or rows or columns) and a.dtype.kind in "biuf" and b.dtype.kind in "biuf":
        shape = [*[extents[label] for label in batch], -1]
        return xp.vecdot(
            *[_aligned(x, i, batch + summed).reshape(shape) for x, i in ((a, labels_a), (b, labels_b))]
        ), batch
    if repeats or not summed or not (rows or columns or not batch):
        labels = [*labels_a, *columns]  # no matrices in it: one multiply-sum
        return _summed(_aligned(a, labels_a, labels) * _aligned(b, labels_b, labels), labels, needed)
    m, k, n = (math.prod(extents[label] for label in group) for group in (rows, summed, columns))
    outer = [extents[label] for label in batch]
    left = _aligned(a, labels_a, batch + rows + summed).reshape([*outer, m, k])
    right = _aligned(b, labels_b, batch + summed + columns).reshape([*outer, k, n])
    product = xp.matmul(left, right).reshape(outer + [extents[label] for label in rows + columns])
    return product, batch + rows + columns


def _extents(terms):
    """The extent of every label; 1 gives way to another extent, as in broadcasting."""
    found = {}
    for array, labels in terms:
        for label, extent in zip(labels, array.shape, strict=True):
            if found.setdefault(label, extent) == 1:
                found[label] = extent
            elif extent not in (1, found[label]):
                raise ValueError(
                    f"operands could not be broadcast together: '{label}' is {found[label]} and {extent} in einsum"
                )
    return found


def _aligned(array, labels, order):
    """The array with its axes in `order`; a new axis of extent 1 for a label it lacks."""
    if labels == order:
        return array
    moved = array.transpose([labels.index(label) for label in order if label in labels])
    return moved[tuple([slice(None) if label in labels else None for label in order])]


def _summed(array, labels, needed):
    """The term without the labels that nothing needs."""
    axes = tuple(axis for axis, label in enumerate(labels) if label not in needed)
    if not axes:
        return array, labels
    return array.sum(axes, dtype=array.dtype), [label for label in labels if label in needed]


def _finish(array, labels, output):
    array, labels = _summed(array, labels, set(output))
    if labels == output:
        return array if output else array[()]
    return array.transpose([labels.index(label) for label in output])
