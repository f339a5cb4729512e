"""Differences, gradients, running sums."""

from benchmarks.case import Case, matrix, vector


def arc_length(xp, x, y):
    return xp.sqrt(xp.diff(x) ** 2 + xp.diff(y) ** 2).sum()


def gradient_magnitude(xp, x):
    gy, gx = xp.gradient(x)
    return xp.sqrt(gx * gx + gy * gy)


CASES = [
    Case("diff", vector(), lambda xp, x: xp.diff(x)),
    Case("second diff", vector(), lambda xp, x: xp.diff(x, n=2)),
    Case("diff axis 0", matrix(), lambda xp, x: xp.diff(x, axis=0)),
    Case("gradient", vector(), lambda xp, x: xp.gradient(x)),
    Case("gradient magnitude", matrix(), gradient_magnitude),
    Case("arc length", vector(2), arc_length),
    Case("cumsum", vector(low=0.5), lambda xp, x: xp.cumsum(x), rtol=1e-3),
    Case("cumsum axis 0", matrix(low=0.5), lambda xp, x: xp.cumsum(x, axis=0)),
]
