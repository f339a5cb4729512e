"""Python loops over parts of large arrays: nothing to fuse, only calls that must cost no more than NumPy's."""

import numpy as np

from benchmarks.case import Case, matrix

LARGE = (1_000_000,)
STEPS = 200


def element_recurrence(xp, a):
    for i in range(1, STEPS):
        a[i, 3] = a[i - 1, 3] * 0.5 + 1
    return a[:STEPS, 3]


def element_reads(xp, a):
    total = 0.0
    for i in range(STEPS):
        total += float(a[i, 7])
    return np.float64(total)


def row_products(xp, a):
    total = 0.0
    for j in range(1, STEPS):
        total += float(a[j, :j] @ a[:j, j])
    return np.float64(total)


def row_updates(xp, a):
    for i in range(1, STEPS):
        a[i] = 0.5 * (a[i] + a[i - 1])
    return a[:STEPS]


def cholesky(xp, a):
    """Row by row, with a pending symmetric positive definite matrix as the start."""
    n = 40
    s = a[:n, :n] * 0.01
    s = s @ s.T + 2 * xp.eye(n, dtype=a.dtype)
    low = xp.zeros((n, n), dtype=a.dtype)
    for j in range(n):
        low[j, j] = float(s[j, j] - low[j, :j] @ low[j, :j]) ** 0.5
        for i in range(j + 1, n):
            low[i, j] = (s[i, j] - low[i, :j] @ low[j, :j]) / low[j, j]
    return low


def jacobi(xp, a):
    """Shifted views with a convergence test each step."""
    u = xp.array(a[:100, :100])
    for _ in range(30):
        new = 0.25 * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:])
        change = float(xp.abs(new - u[1:-1, 1:-1]).max())
        u[1:-1, 1:-1] = new
        if change < 1e-12:
            break
    return u


def pending_around(xp, a):
    """Element reads and writes while a large expression waits."""
    b = xp.sqrt(a * a + 1)
    for i in range(1, STEPS):
        a[i, i] = a[i - 1, i - 1] * 0.5 + 1
    return b


def column_sums(xp, a):
    return [a[:, j].sum() for j in range(0, 200, 10)]


CASES = [
    Case("A[i, j] = A[i-1, j] + 1", matrix(), element_recurrence, LARGE),
    Case("float(A[i, j])", matrix(), element_reads, LARGE),
    Case("A[j, :j] @ A[:j, j]", matrix(), row_products, LARGE, rtol=1e-2),
    Case("A[i] = mean of rows", matrix(), row_updates, LARGE),
    Case("Cholesky by rows", matrix(), cholesky, LARGE, rtol=1e-3),
    Case("Jacobi until converged", matrix(), jacobi, LARGE),
    Case("writes around a pending result", matrix(), pending_around, LARGE),
    Case("A[:, j].sum()", matrix(low=0.5), column_sums, LARGE),
]
