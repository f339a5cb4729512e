"""Ufunc chains: the activations and normalisations of every numerical program."""

from benchmarks.case import Case, matrix, vector


def softmax(xp, x):
    e = xp.exp(x - x.max())
    return e / e.sum()


def sigmoid(xp, x):
    return 1 / (1 + xp.exp(-x))


def zscore(xp, x):
    return (x - x.mean()) / x.std()


def relu_affine(xp, x):
    return xp.maximum(x, 0) * 1.5 + 0.5


def log_softmax(xp, x):
    shifted = x - x.max()
    return shifted - xp.log(xp.exp(shifted).sum())


def gelu(xp, x):
    return 0.5 * x * (1 + xp.tanh(0.7978845608 * (x + 0.044715 * x * x * x)))


def swish(xp, x):
    return x / (1 + xp.exp(-x))


def layer_norm(xp, x):
    mean = x.mean(axis=1, keepdims=True)
    variance = x.var(axis=1, keepdims=True)
    return (x - mean) / xp.sqrt(variance + 1e-5) * 1.1 + 0.1


def magnitude(xp, x, y, z):
    return xp.sqrt(x * x + y * y + z * z)


def polynomial(xp, x):
    return ((0.1 * x + 0.2) * x - 0.3) * x + 0.4


def row_softmax(xp, x):
    e = xp.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


CASES = [
    Case("softmax", vector(), softmax),
    Case("sigmoid", vector(), sigmoid),
    Case("z-score", vector(), zscore),
    Case("relu*s+b", vector(), relu_affine),
    Case("log-softmax", vector(), log_softmax),
    Case("GELU", vector(), gelu),
    Case("swish", vector(), swish),
    Case("layer norm", matrix(), layer_norm),
    Case("row softmax", matrix(), row_softmax),
    Case("polynomial", vector(), polynomial),
]
