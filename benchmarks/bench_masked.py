"""Reductions of the elements that a random mask selects (where=): apart from the other statistics, as NumPy's are slow."""

from benchmarks.case import Case, matrix, vector


def masked(columns=False):
    """A vector (or matrix) and a random mask of its shape."""
    values = matrix(low=0.5) if columns else vector(low=0.5)

    def make(random, n, dtype):
        (x,) = values(random, n, dtype)
        return x, random.random(x.shape) < 0.5

    return make


CASES = [
    Case("sum where", masked(), lambda xp, x, m: x.sum(where=m)),
    Case("mean where", masked(), lambda xp, x, m: x.mean(where=m)),
    Case("max where", masked(), lambda xp, x, m: x.max(where=m, initial=0)),
    Case("sum where axis 0", masked(columns=True), lambda xp, x, m: x.sum(axis=0, where=m)),
    Case("mean where axis 1", masked(columns=True), lambda xp, x, m: x.mean(axis=1, where=m)),
]
