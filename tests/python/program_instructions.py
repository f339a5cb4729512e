"""The instructions of random programs: what users do with arrays. See programs.py."""

import operator

import numpy as np
from program_language import DTYPES, LIMIT, SHAPES, Variable, instruction, make_values, observed, size_of

UNARY = (
    "negative absolute square sqrt floor rint sign logical_not conjugate positive isnan reciprocal signbit"
).split()
INEXACT_UNARY = "sin exp tanh log1p arctan cbrt expm1 cos".split()
BINARY = (
    "add subtract multiply divide maximum minimum less equal "
    "greater_equal floor_divide remainder bitwise_xor fmax logical_and copysign not_equal"
).split()
SCALARS = [2, -1, 0.5, 3, True, 0, 1.5, 7, -0.0, 100, 1000, 1j]
IN_PLACE = [operator.iadd, operator.isub, operator.imul, operator.itruediv, operator.ifloordiv]
SLICES = [
    slice(None),
    slice(1, None),
    slice(None, -1),
    slice(None, None, 2),
    slice(None, None, -1),
    slice(3, 900, 3),
    slice(-5, None),
    slice(5, 2),
]


def same_kind(one, *others):
    """A variable's exactness joined from its sources."""
    return [all(each.exact[0] for each in (one, *others))]


@instruction(3)
def create(state, a, b, c):
    """Half of the time of a shape that is there already, so that arrays meet."""
    if a % 2 and state.variables:
        return Variable(state.lib.array(make_values(state.pick(a).value.shape, DTYPES[b % len(DTYPES)], c)))
    return Variable(state.lib.array(make_values(SHAPES[a % len(SHAPES)], DTYPES[b % len(DTYPES)], c)))


@instruction(6)
def unary(state, a, b, c):
    x, name = state.pick(a), UNARY[c % len(UNARY)]
    if name == "reciprocal" and x.value.dtype.kind in "iu":
        return None  # of 0 it is whatever C does
    rounds = x.value.dtype.kind == "c" and name in ("absolute", "sign", "sqrt", "reciprocal")
    return Variable(getattr(state.lib, name)(x.value), [False] if rounds else same_kind(x))


@instruction(3)
def transcendental(state, a, b, c):
    return Variable(getattr(state.lib, INEXACT_UNARY[c % len(INEXACT_UNARY)])(state.pick(a).value), [False])


@instruction(9)
def binary(state, a, b, c):
    x, y = state.pick(a), state.partner(state.pick(a), b)
    if size_of(x, y) > LIMIT:
        return None
    return Variable(call_binary(state, c, x.value, y.value), same_kind(x, y))


def call_binary(state, c, *operands):
    """The op; an extremum without its choice between 0 and -0, which varies inside NumPy."""
    name = BINARY[c % len(BINARY)]
    result = getattr(state.lib, name)(*operands)
    return result + 0 if name in ("maximum", "minimum", "fmax", "fmin") else result


@instruction(6)
def with_scalar(state, a, b, c):
    x, scalar = state.pick(a), SCALARS[b % len(SCALARS)]
    args = (x.value, scalar) if (a + c) % 2 else (scalar, x.value)
    return Variable(call_binary(state, c, *args), same_kind(x))


@instruction(3)
def fused_chain(state, a, b, c):
    """Several ops whose intermediates nobody can reach."""
    x, y, k = state.pick(a), state.partner(state.pick(a), b), c % 7
    if size_of(x, y) > LIMIT:
        return None
    return Variable(state.lib.where(x.value > y.value, x.value * 2 + k, (y.value - k) * 3) + x.value, same_kind(x, y))


@instruction(2)
def choose(state, a, b, c):
    x = state.pick(a)
    y, condition = state.partner(x, b), state.partner(x, c)
    if size_of(x, y, condition) > LIMIT:
        return None
    return Variable(state.lib.where(condition.value, x.value, y.value), same_kind(x, y, condition))


# ---- views and copies: those that may share memory share the exactness cell


@instruction(6)
def cut(state, a, b, c):
    x = state.pick(a)
    return Variable(x.value[SLICES[c % len(SLICES)]], x.exact)


@instruction(2)
def cut_last_axis(state, a, b, c):
    x = state.pick(a)
    return Variable(x.value[..., SLICES[c % len(SLICES)]], x.exact)


@instruction(2)
def row_or_element(state, a, b, c):
    x = state.pick(a)
    return Variable(x.value[c % 5 - 2], x.exact if x.value.ndim > 1 else list(x.exact))


@instruction(3)
def reordered(state, a, b, c):
    x, lib = state.pick(a), state.lib
    change = [
        lambda v: v.T,
        lambda v: v.swapaxes(0, -1),
        lambda v: v[None],
        lambda v: lib.flip(v),
        lambda v: lib.expand_dims(v, -1),
        lambda v: lib.squeeze(v),
        lambda v: v.ravel(),
        lambda v: v.reshape(-1, 1),
        lambda v: v.reshape(3, -1),
        lambda v: v.reshape(-1)[::-1],
    ]
    if x.value.ndim > 5:
        return None
    return Variable(change[c % len(change)](x.value), x.exact)


@instruction(1)
def repeated(state, a, b, c):
    x = state.pick(a)
    shape = (c % 4, *x.value.shape)
    if x.value.size > LIMIT // 4 or len(shape) > 5:
        return None
    return Variable(state.lib.broadcast_to(x.value, shape), x.exact)


@instruction(2)
def alias(state, a, b, c):
    return state.pick(a)


@instruction(2)
def duplicate(state, a, b, c):
    x = state.pick(a)
    return Variable(x.value.copy(), list(x.exact))


@instruction(2)
def converted(state, a, b, c):
    x, dtype = state.pick(a), np.dtype(["f8", "f4", "i8", "?", "f2", "u1", "c16", "i4"][c % 8])
    return Variable(castable(state.lib, x.value, dtype).astype(dtype), list(x.exact))


def castable(lib, value, dtype):
    """Casts that C leaves undefined (NaN, infinity, out of range, complex to real) are not asked for."""
    dtype = np.dtype(dtype)
    if dtype.kind in "iub" and value.dtype.kind in "fc":
        value = value.real if value.dtype.kind == "c" else value
        return lib.where(abs(value) < 100, abs(value), 0)
    return value.real if value.dtype.kind == "c" and dtype.kind != "c" else value


# ---- writes


def taint(target, *sources):
    target.exact[0] = all(each.exact[0] for each in (target, *sources))


@instruction(3)
def write_scalar(state, a, b, c):
    x, index = state.pick(a), SLICES[b % len(SLICES)]
    scalar = SCALARS[c % 10]
    x.value[index] = abs(int(scalar)) % 100 if x.value.dtype.kind in "iu" else scalar


@instruction(3)
def write_array(state, a, b, c):
    x, index = state.pick(a), SLICES[c // 2 % len(SLICES) if c % 2 else 0]
    y = state.partner(x, b)
    taint(x, y)
    x.value[index] = castable(state.lib, y.value, x.value.dtype)


@instruction(3)
def write_overlapping(state, a, b, c):
    x = state.pick(a)
    target, source = [
        (slice(1, None), slice(None, -1)),
        (slice(None, -1), slice(1, None)),
        (slice(None), slice(None, None, -1)),
    ][c % 3]
    x.value[target] = x.value[source]


@instruction(2)
def stencil(state, a, b, c):
    """A heat step: shifted views read and an interior write."""
    x = state.pick(a)
    if x.value.ndim == 0 or x.value.shape[0] < 3 or x.value.dtype.kind not in "fc":
        return
    x.value[1:-1] += (x.value[2:] - x.value[1:-1] * 2 + x.value[:-2]) * 0.25


@instruction(4)
def in_place(state, a, b, c):
    x = state.pick(a)
    y = state.partner(x, b)
    taint(x, y)
    if size_of(x, y) <= LIMIT:
        IN_PLACE[c % len(IN_PLACE)](x.value, y.value)


@instruction(3)
def in_place_scalar(state, a, b, c):
    x = state.pick(a)
    IN_PLACE[c % 3](x.value, SCALARS[b % len(SCALARS)])


@instruction(2)
def in_place_on_slice(state, a, b, c):
    x = state.pick(a)
    x.value[SLICES[c % len(SLICES)]] *= SCALARS[b % 4]


@instruction(2)
def into_out(state, a, b, c):
    x = state.pick(a)
    y, out = state.partner(x, b), state.partner(x, c)
    taint(out, x, y)
    if size_of(x, y) <= LIMIT and out.value.dtype.kind in "fc":
        state.lib.add(x.value, y.value, out=out.value)


@instruction(2)
def masked_write(state, a, b, c):
    x = state.pick(a)
    if x.exact[0]:
        x.value[x.value > 2] = c % 5


@instruction(1)
def indexed_write(state, a, b, c):
    x = state.pick(a)
    x.value[[0, -1, c % 7]] = c % 9


@instruction(1)
def fill(state, a, b, c):
    if state.pick(a).value.ndim:
        state.pick(a).value.fill(c % 9)


# ---- reads


@instruction(3)
def total(state, a, b, c):
    """Reductions that give the same bits in any order: of small whole numbers, or of order alone."""
    x, lib = state.pick(a), state.lib
    if x.value.dtype.kind == "c":
        return None
    small = lambda v: lib.clip(lib.rint(v), -50, 50) if v.dtype.kind == "f" else v
    kinds = [
        lambda v, axis: small(v).sum(axis=axis),
        lambda v, axis: v.max(axis=axis) + 0,
        lambda v, axis: v.min(axis=axis) + 0,
        lambda v, axis: (v > 0).any(axis=axis),
        lambda v, axis: lib.count_nonzero(v, axis=axis),
        lambda v, axis: v.argmax(axis=axis),
        lambda v, axis: small(v).mean(axis=axis),
        lambda v, axis: lib.all(v, axis=axis),
    ]
    if x.value.dtype == np.float16 and c % 8 in (0, 6):
        return None
    axis = [None, 0, -1, None, 1][b % 5] if x.value.ndim else None
    return Variable(kinds[c % len(kinds)](x.value, axis), list(x.exact))


@instruction(2)
def moments(state, a, b, c):
    x, axis = state.pick(a), [None, 0, -1][b % 3] if state.pick(a).value.ndim else None
    name = ["std", "var", "mean", "sum", "prod"][c % 5]
    return Variable(getattr(x.value, name)(axis=axis), [False])


@instruction(2)
def standardised(state, a, b, c):
    x = state.pick(a)
    if x.value.dtype.kind != "f":
        return None
    return Variable((x.value - x.value.mean()) / (x.value.std() + 1), [False])


@instruction(1)
def running_sum(state, a, b, c):
    x = state.pick(a)
    if x.value.dtype.kind not in "iu":
        return None
    return Variable(state.lib.cumsum(x.value), list(x.exact))


@instruction(2)
def selected(state, a, b, c):
    x = state.pick(a)
    if not x.exact[0]:
        return None
    return Variable(x.value[x.value > c % 4], [True])


@instruction(1)
def gathered(state, a, b, c):
    x = state.pick(a)
    return Variable(x.value[[0, c % 3, -1]], list(x.exact))


@instruction(1)
def joined(state, a, b, c):
    x, y = state.pick(a), state.pick(b)
    if x.value.size + y.value.size > LIMIT:
        return None
    return Variable(state.lib.concatenate([x.value, y.value]), same_kind(x, y))


@instruction(2)
def look(state, a, b, c):
    state.log.append(observed(state.pick(a)))


@instruction(1)
def look_at_an_element(state, a, b, c):
    x = state.pick(a)
    if x.value.size and x.exact[0]:
        state.log.append(("element", repr(x.value.reshape(-1)[c % x.value.size].item())))


@instruction(1)
def scalar_keeps_its_value(state, a, b, c):
    x = state.pick(a)
    s = state.lib.max(x.value) + 0
    t = s
    s += 1
    return Variable(t, list(x.exact))


# ---- sharing, deleting, errors


@instruction(1)
def hold_outside(state, a, b, c):
    x = state.pick(a)
    if x.value.ndim and state.shares:
        state.outside = state.outside[-2:] + [(np.asarray(x.value), x)]


@instruction(1)
def write_outside(state, a, b, c):
    if state.outside:
        array, _ = state.outside[a % len(state.outside)]
        if array.flags.writeable and array.size:
            array[c % len(array)] = c % 9


@instruction(1)
def let_go(state, a, b, c):
    state.outside.clear()


@instruction(2)
def delete(state, a, b, c):
    if len(state.variables) > 2:
        del state.variables[a % len(state.variables)]


@instruction(1)
def mistake(state, a, b, c):
    x, lib = state.pick(a).value, state.lib
    [
        lambda: x[10**6],
        lambda: x.reshape(7, 11, 13, 17),
        lambda: x + lib.ones((2, 3, 4, 5, 6)),
        lambda: lib.sum(x, axis=9),
        lambda: x[[10**7]],
        lambda: lib.invert(x * 0.5),
        lambda: operator.setitem(x, slice(None), lib.ones((3, 9, 2, 8))),
    ][c % 7]()
