"""Simulation steps: distances, stencils, bodies."""

import numpy as np

from benchmarks.case import Case, matrix, vector


def points(dimensions, count=1):
    """`count` sets of sqrt(n) points: results have about n elements."""

    def make(random, n, dtype):
        m = max(2, int(n**0.5))
        return tuple(random.uniform(-1, 1, (m, dimensions)).astype(dtype) for _ in range(count))

    return make


def bodies(random, n, dtype):
    m = max(2, int(n**0.5))
    return random.uniform(-1, 1, (m, 3)).astype(dtype), random.uniform(0.5, 1, m).astype(dtype)


def pairwise_distances(xp, a, b):
    d = a[:, None, :] - b[None, :, :]
    return xp.sqrt((d * d).sum(axis=2))


def nbody(xp, position, mass):
    d = position[None, :, :] - position[:, None, :]
    inverse = ((d * d).sum(axis=2) + 0.01) ** -1.5
    return (d * (mass * inverse)[:, :, None]).sum(axis=1)


def heat_step(xp, u):
    u[1:-1, 1:-1] += 0.1 * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4 * u[1:-1, 1:-1])
    return u


def laplacian(xp, u):
    return u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4 * u[1:-1, 1:-1]


def magnitude(xp, x, y, z):
    return xp.sqrt(x * x + y * y + z * z)


def normalise_vectors(xp, v):
    return v / xp.sqrt((v * v).sum(axis=1, keepdims=True))


def leapfrog(xp, x, v):
    v -= 0.01 * x
    x += 0.01 * v
    return x, v


def wave_step(xp, u, before):
    inner = u[1:-1] * 2 - before[1:-1] + 0.2 * (u[2:] - 2 * u[1:-1] + u[:-2])
    return inner


def rotate(xp, x, y):
    c, s = float(np.cos(0.3)), float(np.sin(0.3))
    return c * x - s * y, s * x + c * y


CASES = [
    Case("pairwise distances", points(3, 2), pairwise_distances, rtol=1e-3),
    Case("n-body forces", bodies, nbody, rtol=1e-2),
    Case("heat step", matrix(), heat_step),
    Case("2-D laplacian", matrix(), laplacian, rtol=1e-2),
    Case("vector magnitude", vector(3), magnitude),
    Case("normalise vectors", matrix(columns=3), normalise_vectors),
    Case("leapfrog", vector(2), leapfrog),
    Case("wave step", vector(2), wave_step, rtol=1e-2),
    Case("rotate", vector(2), rotate, rtol=1e-2),
]
