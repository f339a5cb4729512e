"""Statistics along axes."""

from benchmarks.case import Case, matrix, vector


def zscore_columns(xp, x):
    return (x - x.mean(axis=0)) / x.std(axis=0)


def weighted_mean(xp, x, w):
    return (x * w).sum() / w.sum()


def covariance(xp, x):
    centred = x - x.mean(axis=0)
    return centred.T @ centred / (x.shape[0] - 1)


def normalise_range(xp, x):
    low, high = x.min(axis=0), x.max(axis=0)
    return (x - low) / (high - low)


def correlation(xp, x, y):
    dx, dy = x - x.mean(), y - y.mean()
    return (dx * dy).sum() / xp.sqrt((dx * dx).sum() * (dy * dy).sum())


CASES = [
    Case("2-D z-score", matrix(), zscore_columns),
    Case("weighted mean", vector(2, 0.5, 3.0), weighted_mean),
    Case("covariance", matrix(columns=16), covariance, rtol=1e-3),
    Case("variance axis 0", matrix(), lambda xp, x: x.var(axis=0)),
    Case("variance axis 1", matrix(), lambda xp, x: x.var(axis=1)),
    Case("std", vector(), lambda xp, x: x.std()),
    Case("mean axis 0", matrix(low=0.5), lambda xp, x: x.mean(axis=0)),
    Case("sum axis 1", matrix(low=0.5), lambda xp, x: x.sum(axis=1)),
    Case("sum", vector(low=0.5), lambda xp, x: x.sum()),
    Case("max", vector(), lambda xp, x: x.max()),
    Case("argmax axis 1", matrix(), lambda xp, x: x.argmax(axis=1)),
    Case("range to [0, 1]", matrix(), normalise_range),
    Case("correlation", vector(2), correlation, rtol=1e-2),
]
