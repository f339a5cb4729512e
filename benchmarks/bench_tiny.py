"""Arrays of ten elements: what a call costs. Statements, so that the timer adds no call of its own."""

from __future__ import annotations

from dataclasses import dataclass

SETUP = {
    "a": "random.uniform(0.5, 1.5, 10)",
    "b": "random.uniform(0.5, 1.5, 10)",
    "m": "random.uniform(0.5, 1.5, 10) > 1",
    "M": "random.uniform(0.5, 1.5, (4, 4))",
    "k": "random.integers(0, 10, 5)",
}


@dataclass(frozen=True)
class Statement:
    """Timed as it stands; `value` is the expression compared afterwards (the statement itself when empty)."""

    code: str
    value: str = ""


STATEMENTS = [
    Statement("a + b"),
    Statement("a * 2.0"),
    Statement("2.0 * a + b"),
    Statement("a > b"),
    Statement("-a"),
    Statement("exp(a)"),
    Statement("sqrt(a)"),
    Statement("maximum(a, b)"),
    Statement("a[3]"),
    Statement("a[2:5]"),
    Statement("a[1] = 2", "a"),
    Statement("a[2:5] = 1.5", "a"),
    Statement("a[m]"),
    Statement("a[k]"),
    Statement("M[1, 2]"),
    Statement("M[1]"),
    Statement("M[:, 1]"),
    Statement("M[1, 2] = 3.0", "M"),
    Statement("a += b", "a.shape[0]"),
    Statement("a.sum()"),
    Statement("a.mean()"),
    Statement("a.max()"),
    Statement("a.std()"),
    Statement("a.argmax()"),
    Statement("M.sum(axis=0)"),
    Statement("where(m, a, b)"),
    Statement("clip(a, 0.6, 1.2)"),
    Statement("M @ M"),
    Statement("M @ M[0]"),
    Statement("a @ b"),
    Statement("M.T"),
    Statement("M.reshape(16)"),
    Statement("a.copy()"),
    Statement("a.astype('f4')"),
    Statement("zeros(10)"),
    Statement("concatenate((a, b))"),
    Statement("cumsum(a)"),
    Statement("diff(a)"),
    Statement("float(a[3])"),
]
NAMES = ("exp", "sqrt", "maximum", "where", "clip", "zeros", "concatenate", "cumsum", "diff")
