"""Optimiser steps and losses."""

from benchmarks.case import Case, vector


def sgd_momentum(xp, p, g, m):
    m *= 0.9
    m += g
    p -= 0.01 * m
    return p


def adam(xp, p, g, m, v):
    m[...] = 0.9 * m + 0.1 * g
    v[...] = 0.999 * v + 0.001 * g * g
    p -= 0.001 * (m / 0.5) / (xp.sqrt(v / 0.5) + 1e-8)
    return p


def adam_functional(xp, p, g, m, v):
    m = 0.9 * m + 0.1 * g
    v = 0.999 * v + 0.001 * g * g
    return p - 0.001 * (m / 0.5) / (xp.sqrt(v / 0.5) + 1e-8), m, v


def rmsprop(xp, p, g, v):
    v = 0.9 * v + 0.1 * g * g
    return p - 0.01 * g / (xp.sqrt(v) + 1e-8), v


def mse(xp, a, b):
    return ((a - b) ** 2).mean()


def huber(xp, a, b):
    d = xp.abs(a - b)
    return xp.where(d < 1, 0.5 * d * d, d - 0.5).mean()


def cross_entropy(xp, p, t):
    return -(t * xp.log(p) + (1 - t) * xp.log(1 - p)).mean()


def logistic(xp, x, t):
    return xp.log1p(xp.exp(-xp.abs(x))).mean() + (xp.maximum(x, 0) - x * t).mean()


def _moments(random, n, dtype):
    p, g = (random.normal(0, 1, n).astype(dtype) for _ in range(2))
    m, v = (random.uniform(0.1, 1, n).astype(dtype) for _ in range(2))
    return p, g, m, v


CASES = [
    Case("SGD momentum in place", vector(3), sgd_momentum),
    Case("Adam in place", _moments, adam),
    Case("Adam", _moments, adam_functional),
    Case("RMSprop", vector(3, 0.1, 2.0), rmsprop),
    Case("MSE", vector(2), mse),
    Case("Huber loss", vector(2), huber),
    Case("cross-entropy", vector(2, 0.05, 0.95), cross_entropy),
    Case("logistic loss", vector(2), logistic),
]
