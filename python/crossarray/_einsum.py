"""Sums of products over named axes, as matrix products and fused multiply-sums.

What a call does depends on the subscripts and the shapes alone. It is worked out once, on stand-ins for the arrays, and
kept as a list of steps: for small operands finding the way costs twenty times as much as walking it.
"""

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
    values = [as_array(item) for item in operands[1:]]
    facts = tuple([(array.shape, array.dtype.kind) for array in values])
    known = optimize if isinstance(optimize, (bool, str)) else None
    find = _find if known is None else _plan  # a path given as a list is no key
    for function, places in find(operands[0], facts, optimize):
        values.append(function(*[values[place] for place in places]))
    if out is None:
        return values[-1]
    out[...] = values[-1]
    return out


def _find(subscripts, facts, optimize):
    """The steps, each a function and the places of its arguments among the operands and earlier results."""
    steps = []
    arrays = [_StandIn(steps, len(facts), place, *fact) for place, fact in enumerate(facts)]
    terms, output = _parse(subscripts, tuple([array.ndim for array in arrays]))
    terms = [_without_repeats(array, term) for array, term in zip(arrays, terms, strict=True)]
    for pair in _order(subscripts, arrays, optimize):
        chosen = [terms.pop(i) for i in sorted(pair, reverse=True)][::-1]
        needed = set(output).union(*(labels for _, labels in terms))
        while len(chosen) > 1:
            first, second, *rest = chosen
            chosen = [_contract(first, second, needed.union(*(labels for _, labels in rest))), *rest]
        terms += chosen
    _finish(*terms[0], output)
    return steps


_plan = lru_cache(maxsize=512)(_find)


class _StandIn:
    """The shape and kind of dtype of an array that is not there yet; what is done to it becomes a step."""

    __slots__ = ("kind", "operands", "place", "shape", "steps")

    def __init__(self, steps, operands, place, shape, kind):
        self.steps, self.operands, self.place, self.shape, self.kind = steps, operands, place, tuple(shape), kind

    @property
    def ndim(self):
        return len(self.shape)

    @property
    def real(self):
        return all(kind in "biuf" for kind in self.kind)

    def _then(self, function, shape, *others):
        self.steps.append((function, (self.place, *[other.place for other in others])))
        kinds = "".join(
            sorted({self.kind, *[other.kind for other in others]})
        )  # "fi": the product of an "f" and an "i"
        return _StandIn(self.steps, self.operands, self.operands + len(self.steps) - 1, shape, kinds)

    def transpose(self, axes):
        if axes == list(range(self.ndim)):
            return self
        return self._then(lambda x: x.transpose(axes), [self.shape[axis] for axis in axes])

    def widen(self, key, shape):
        return self._then(lambda x: x[key], shape)

    def reshape(self, shape):
        shape = tuple(shape)
        return self if shape == self.shape else self._then(lambda x: x.reshape(shape), shape)

    def sum(self, axes):
        shape = [extent for axis, extent in enumerate(self.shape) if axis not in axes]
        if len(axes) == 1 and self.kind in ("f", "c"):
            (axis,) = axes
            return self._then(lambda x: x.sum(axis), shape)
        return self._then(lambda x: x.sum(axes, dtype=x.dtype), shape)

    def multiply(self, other):
        return self._then(xp.multiply, np.broadcast_shapes(self.shape, other.shape), other)

    def matmul(self, other):
        shape = () if other.ndim == 1 else [*self.shape[:-1], other.shape[-1]]
        return self._then(xp.matmul, shape, other)

    def vecdot(self, other):
        return self._then(xp.vecdot, self.shape[:-1], other)

    def diagonals(self, groups, shape):
        """One axis for each group of axes, which move together."""

        def view(x):
            return _core.as_strided(x, shape, [sum(x.strides[axis] for axis in axes) for axes in groups])

        return self._then(view, shape)

    def value(self):
        """A full sum as NumPy gives it: a scalar."""
        return self._then(lambda x: x[()], ())


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
    groups = [[axis for axis, other in enumerate(labels) if other == label] for label in unique]
    shape = []
    for label, axes in zip(unique, groups, strict=True):
        extents = {array.shape[axis] for axis in axes}
        if len(extents) > 1:
            raise ValueError(f"dimensions in single operand for collapsing index '{label}' don't match ({extents})")
        shape.append(extents.pop())
    return array.diagonals(groups, shape), unique


def _order(subscripts, arrays, optimize):
    if not optimize or len(arrays) < 3:
        return [(0,)] if len(arrays) == 1 else [(0, 1), *[(0, i) for i in range(len(arrays) - 2, 0, -1)]]
    shapes = [np.broadcast_to(np.empty(()), array.shape) for array in arrays]
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
    if batch and summed and not (repeats or rows or columns) and a.real and b.real:
        shape = [*[extents[label] for label in batch], math.prod(extents[label] for label in summed)]
        pair = [_aligned(x, i, batch + summed).reshape(shape) for x, i in ((a, labels_a), (b, labels_b))]
        return pair[0].vecdot(pair[1]), batch
    if repeats or not summed or not (rows or columns or not batch):
        labels = [*labels_a, *columns]  # no matrices in it: one multiply-sum
        return _summed(_aligned(a, labels_a, labels).multiply(_aligned(b, labels_b, labels)), labels, needed)
    if not (batch or rows or columns):
        line = [math.prod(extents[label] for label in summed)]
        return _aligned(a, labels_a, summed).reshape(line).matmul(_aligned(b, labels_b, summed).reshape(line)), []
    m, k, n = (math.prod(extents[label] for label in group) for group in (rows, summed, columns))
    outer = [extents[label] for label in batch]
    left = _aligned(a, labels_a, batch + rows + summed).reshape([*outer, m, k])
    right = _aligned(b, labels_b, batch + summed + columns).reshape([*outer, k, n])
    product = left.matmul(right).reshape(outer + [extents[label] for label in rows + columns])
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
    if len(order) == len(labels):
        return moved
    key = tuple([slice(None) if label in labels else None for label in order])
    return moved.widen(key, [array.shape[labels.index(label)] if label in labels else 1 for label in order])


def _summed(array, labels, needed):
    """The term without the labels that nothing needs."""
    axes = tuple(axis for axis, label in enumerate(labels) if label not in needed)
    if not axes:
        return array, labels
    return array.sum(axes), [label for label in labels if label in needed]


def _finish(array, labels, output):
    array, labels = _summed(array, labels, set(output))
    if labels == output:
        return array if output else array.value()
    return array.transpose([labels.index(label) for label in output])
