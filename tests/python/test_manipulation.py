"""Shape and order functions agree with NumPy, views included."""

import numpy as np
import pytest
from parity import check, layouts

import crossarray as xp

CUBE = np.arange(24.0).reshape(2, 3, 4)
ROW = np.arange(5, dtype=np.int16)
POINT = np.array(7.5)

ONE_ARRAY = {
    "reshape": lambda xp, x: xp.reshape(x, (4, -1)),
    "reshape F": lambda xp, x: xp.reshape(x, (4, 6), order="F"),
    "reshape a wrong size": lambda xp, x: xp.reshape(x, (5, 5)),
    "ravel": lambda xp, x: xp.ravel(x),
    "ravel F": lambda xp, x: xp.ravel(x, order="F"),
    "transpose": lambda xp, x: xp.transpose(x),
    "transpose axes": lambda xp, x: xp.transpose(x, (1, -1, 0)),
    "transpose a repeated axis": lambda xp, x: xp.transpose(x, (0, 0, 1)),
    "permute_dims": lambda xp, x: xp.permute_dims(x, (2, 0, 1)),
    "matrix_transpose": lambda xp, x: xp.matrix_transpose(x),
    "swapaxes": lambda xp, x: xp.swapaxes(x, 0, -1),
    "swapaxes out of range": lambda xp, x: xp.swapaxes(x, 0, 3),
    "moveaxis": lambda xp, x: xp.moveaxis(x, 0, -1),
    "moveaxis several": lambda xp, x: xp.moveaxis(x, (0, 1), (-1, 0)),
    "moveaxis uneven": lambda xp, x: xp.moveaxis(x, (0, 1), 0),
    "rollaxis": lambda xp, x: [xp.rollaxis(x, axis, start) for axis in range(3) for start in range(-3, 4)],
    "rollaxis out of range": lambda xp, x: xp.rollaxis(x, 0, 4),
    "expand_dims": lambda xp, x: [xp.expand_dims(x, 0), xp.expand_dims(x, -1), xp.expand_dims(x, (0, 2, -1))],
    "expand_dims repeated": lambda xp, x: xp.expand_dims(x, (0, 0)),
    "squeeze": lambda xp, x: [xp.squeeze(x[None, :, None]), xp.squeeze(x[None], 0), xp.squeeze(x[None], (0,))],
    "squeeze a longer axis": lambda xp, x: xp.squeeze(x, 0),
    "flip": lambda xp, x: [xp.flip(x), xp.flip(x, 1), xp.flip(x, (0, -1)), xp.fliplr(x), xp.flipud(x)],
    "rot90": lambda xp, x: [xp.rot90(x, k, axes) for k in range(-1, 5) for axes in ((0, 1), (1, 0), (2, 0))],
    "rot90 equal axes": lambda xp, x: xp.rot90(x, 1, (0, 0)),
    "roll": lambda xp, x: [
        xp.roll(x, 5),
        xp.roll(x, -1, 1),
        xp.roll(x, (1, -2), (0, 2)),
        xp.roll(x, 1, (0, 2)),
        xp.roll(x, 9, 2),
    ],
    "roll one axis twice": lambda xp, x: xp.roll(x, (1, 2), (1, 1)),
    "tile": lambda xp, x: [xp.tile(x, 2), xp.tile(x, (2, 1, 1, 3)), xp.tile(x, (1, 1)), xp.tile(x, 0)],
    "repeat": lambda xp, x: [xp.repeat(x, 2), xp.repeat(x, 3, 1), xp.repeat(x, [1, 0, 2], 1), xp.repeat(x, 0, -1)],
    "repeat negative": lambda xp, x: xp.repeat(x, -1),
    "repeat a wrong count": lambda xp, x: xp.repeat(x, [1, 2], 1),
    "broadcast_to": lambda xp, x: xp.broadcast_to(x[:, :1], (2, 3, 4)),
    "broadcast_to impossible": lambda xp, x: xp.broadcast_to(x, (2, 3)),
    "array_split": lambda xp, x: (
        xp.array_split(x, 3, axis=2) + xp.array_split(x, [1, 3], axis=-1) + xp.array_split(x, 5)
    ),
    "split": lambda xp, x: xp.split(x, 2) + xp.hsplit(x, 3) + xp.vsplit(x, [1]) + xp.dsplit(x, 2),
    "split uneven": lambda xp, x: xp.split(x, 2, axis=1),
    "split into none": lambda xp, x: xp.array_split(x, 0),
    "fftshift": lambda xp, x: [
        xp.fft.fftshift(x),
        xp.fft.ifftshift(x, 1),
        xp.fft.ifftshift(x, (0, 2)),
        xp.fft.fftshift(x, -1),
    ],
    "unstack": lambda xp, x: xp.unstack(x) + xp.unstack(x, axis=-1),
    "append": lambda xp, x: [xp.append(x, [1, 2]), xp.append(x, x, 1)],
    "at least": lambda xp, x: [
        *xp.atleast_1d(x, x[0, 0], x[0, 0, 0]),
        *xp.atleast_2d(x[0, 0], 3.5),
        *xp.atleast_3d(x[0, 0], x[0]),
    ],
    "pad": lambda xp, x: [xp.pad(x, 1), xp.pad(x, (1, 2), constant_values=7), xp.pad(x, ((0, 1), (2, 0), (1, 1)))],
    "pad with several values": lambda xp, x: xp.pad(x, 2, constant_values=((1, 2), (3, 4), (5, 6))),
    "pad by repeating": lambda xp, x: [xp.pad(x, 3, mode) for mode in ("edge", "reflect", "symmetric", "wrap")],
    "pad in other modes": lambda xp, x: [
        xp.pad(x, {1: (1, 2)}, "mean"),
        xp.pad(x, {-1: 2}),
        xp.pad(x, 1, "linear_ramp"),
    ],
    "pad negative": lambda xp, x: xp.pad(x, -1),
    "pad by a fraction": lambda xp, x: xp.pad(x, 1.5),
    "trace": lambda xp, x: [xp.trace(x), xp.trace(x, 1, 1, 2), xp.trace(x, -1, 2, 0)],
    "diagonal": lambda xp, x: [xp.diagonal(x, k, a, b) for k in range(-4, 5) for a, b in ((0, 1), (1, 2), (2, 0))],
    "diagonal of one axis": lambda xp, x: xp.diagonal(x, 0, 1, 1),
    "tril": lambda xp, x: [xp.tril(x), xp.tril(x, 1), xp.triu(x), xp.triu(x, -1), xp.tril(x[0, 0])],
}


@pytest.mark.parametrize("name", ONE_ARRAY)
@pytest.mark.parametrize("layout", ["C", "F", "strided", "negative"])
def test_function_of_one_array(name, layout):
    check(ONE_ARRAY[name], dict(layouts(CUBE))[layout])


JOINING = {
    "concatenate": lambda xp, a, b: [xp.concatenate([a, b]), xp.concatenate([a, b], -1), xp.concatenate([a, b], None)],
    "concat": lambda xp, a, b: xp.concat((a, b), axis=1, dtype=np.float32),
    "concatenate other shapes": lambda xp, a, b: xp.concatenate([a, b[:, :1]]),
    "concatenate nothing": lambda xp, a, b: xp.concatenate([]),
    "stack": lambda xp, a, b: [xp.stack([a, b]), xp.stack([a, b], -1), xp.stack([a, b], axis=1)],
    "stack other shapes": lambda xp, a, b: xp.stack([a, b[0]]),
    "vstack": lambda xp, a, b: [xp.vstack([a, b]), xp.vstack([a[0], b]), xp.vstack([a[0], b[0]])],
    "hstack": lambda xp, a, b: [xp.hstack([a, b]), xp.hstack([a[0], b[0]]), xp.hstack([a[0, 0], 3])],
    "dstack": lambda xp, a, b: [xp.dstack([a, b]), xp.dstack([a[0], b[0]])],
    "column_stack": lambda xp, a, b: [xp.column_stack([a, b]), xp.column_stack([a[:, 0], b])],
    "broadcast_arrays": lambda xp, a, b: xp.broadcast_arrays(a[:, None], b[0], 3),
    "block": lambda xp, a, b: xp.block([[a, b], [b, a]]),
}


@pytest.mark.parametrize("name", JOINING)
@pytest.mark.parametrize("dtype", [np.int32, np.float32, np.complex128, np.bool])
def test_function_of_two_arrays(name, dtype):
    check(JOINING[name], np.arange(6).reshape(2, 3), np.arange(6).reshape(2, 3).astype(dtype))


VIEWS = {
    "reshape": lambda xp, x: xp.reshape(x, (6, 4)),
    "ravel": lambda xp, x: xp.ravel(x),
    "transpose": lambda xp, x: xp.transpose(x),
    "swapaxes": lambda xp, x: xp.swapaxes(x, 0, 1),
    "moveaxis": lambda xp, x: xp.moveaxis(x, 0, 2),
    "expand_dims": lambda xp, x: xp.expand_dims(x, 1),
    "squeeze": lambda xp, x: xp.squeeze(x),
    "flip": lambda xp, x: xp.flip(x),
    "rot90": lambda xp, x: xp.rot90(x, 1),
    "rot90 by nothing": lambda xp, x: xp.rot90(x, 4),
    "split": lambda xp, x: xp.split(x, 2)[1],
    "atleast_3d": lambda xp, x: xp.atleast_3d(x),
    "unstack": lambda xp, x: xp.unstack(x)[1],
}


@pytest.mark.parametrize("name", VIEWS)
def test_writes_through_a_view_reach_the_source(name):
    def body(xp, x):
        VIEWS[name](xp, x)[...] = -1.0
        return x

    check(body, CUBE)


@pytest.mark.parametrize("name", ["broadcast_to", "diagonal"])
def test_a_read_only_view_shows_writes_to_the_source_and_takes_none(name):
    def body(xp, x):
        view = xp.broadcast_to(x, (2, 2, 3, 4)) if name == "broadcast_to" else xp.diagonal(x)
        x[...] = 5.0
        try:
            view[...] = 1.0
        except ValueError:
            return xp.array(view)
        raise AssertionError("the view took a write")

    check(body, CUBE)


def test_creation_from_rules():
    check(lambda xp: xp.meshgrid(xp.arange(3), xp.linspace(0, 1, 2)))
    check(lambda xp: xp.meshgrid(xp.arange(3), xp.arange(2), xp.arange(4), indexing="ij"))
    check(lambda xp: xp.meshgrid(xp.arange(3), xp.arange(2), sparse=True))
    check(lambda xp: [xp.indices((2, 3)), *xp.indices((2, 3), dtype=float, sparse=True)])
    check(
        lambda xp: [
            xp.tri(3),
            xp.tri(3, 4, 1, dtype=int),
            xp.tri(2, k=-1),
            xp.identity(3),
            xp.identity(2, dtype=np.int8),
        ]
    )
    check(lambda xp: xp.fromfunction(lambda i, j: i * 2 + j, (3, 4), dtype=np.int64))
    check(lambda xp, x: [xp.diag(x), xp.diag(x, 2), xp.diag(x, -1), xp.diagflat(x[:4].reshape(2, 2), 1)], ROW)
    check(lambda xp, x: [xp.diag(x[0]), xp.diag(x[0], 1), xp.diag(x[0], -5)], CUBE)
    check(lambda xp: [xp.logspace(0, 3, 4), xp.logspace(0, 1, 3, base=2.0, dtype=np.float32)], ulp=4)


@pytest.mark.parametrize("n", [1, 2, 5, 8])
def test_frequencies(n):
    check(lambda xp: [xp.fft.fftfreq(n), xp.fft.rfftfreq(n, 0.1)])
    check(lambda xp: xp.fft.fftfreq(1.5))
    assert xp.fft.fftfreq(n, dtype=np.float32).dtype == np.float32


TAKING = {
    "take": lambda xp, x, i: [xp.take(x, i), xp.take(x, i, 1), xp.take(x, 2, 1), xp.take(x, i + 9, 2, mode="wrap")],
    "take clip": lambda xp, x, i: xp.take(x, i - 1, 1, mode="clip"),
    "take out of bounds": lambda xp, x, i: xp.take(x, i + 3, 1),
    "take of floats": lambda xp, x, i: xp.take(x, xp.array([0.5])),
    "take_along_axis": lambda xp, x, i: xp.take_along_axis(x, xp.argsort(-x, axis=1), 1),
    "take_along_axis other rank": lambda xp, x, i: xp.take_along_axis(x, i, 1),
    "compress": lambda xp, x, i: [xp.compress([True, False, True], x, 1), xp.compress([False, True], x)],
    "extract": lambda xp, x, i: xp.extract(x > 5, x),
    "argwhere": lambda xp, x, i: [xp.argwhere(x > 20), xp.argwhere(xp.array(True)), xp.flatnonzero(x % 5 == 0)],
}


@pytest.mark.parametrize("name", TAKING)
def test_taking_elements(name):
    check(TAKING[name], CUBE, np.array([0, 2, 1]))


def test_putting_elements():
    def fill(xp, x, wrap=False, value=9.0):
        xp.fill_diagonal(x, value, wrap)
        return x

    def put_along(xp, x):
        xp.put_along_axis(x, xp.argmax(x, axis=1, keepdims=True), -1.0, 1)
        return x

    def copied(xp, x, **options):
        xp.copyto(x, xp.arange(4), **options)
        return x

    check(fill, CUBE[0])
    check(lambda xp, x: fill(xp, x, True), np.zeros((7, 3)))
    check(lambda xp, x: fill(xp, x, False, [1, 2]), np.zeros((5, 5)))
    check(put_along, CUBE)
    check(copied, CUBE)
    check(lambda xp, x: copied(xp, x, where=x > 3), CUBE)
    check(lambda xp, x: copied(xp, x, casting="no"), CUBE)
    check(lambda xp, x: xp.copyto(x, 1.5), ROW)


@pytest.mark.parametrize("copyto", [np.copyto, xp.copyto])
def test_copying_into_a_numpy_array(copyto):
    to = np.zeros((3, 2), "f4")
    assert copyto(to, xp.arange(2)) is None
    copyto(to, xp.array(7.0), where=xp.array([True, False]))
    assert to.tolist() == [[7, 1]] * 3
    text = np.array(["a", "b"])
    copyto(text, "c", where=xp.array([False, True]))
    assert text.tolist() == ["a", "c"]
    with pytest.raises(TypeError, match="Cannot cast"):
        copyto(np.zeros(3, "i8"), xp.ones(3))
    with pytest.raises(TypeError, match="argument 1 must be"):
        copyto([1, 2], xp.ones(2))
    source = np.zeros(50_000)
    later = xp.asarray(source, copy=False) + 1
    copyto(source, xp.ones(50_000) * 3)
    assert source[0] == 3 and later[0] == 1


METHODS = {
    "compress": lambda x: [x.compress([True, False, True], axis=1), x.compress([False, True])],
    "diagonal": lambda x: [x.diagonal(), x.diagonal(1, 1, 2)],
    "repeat": lambda x: [x.repeat(2), x.repeat([1, 2, 0], axis=1)],
    "round": lambda x: [x.round(), (x / 7).round(2), (x / 7).round(decimals=1)],
    "take": lambda x: [x.take([0, 3]), x.take(1, 1), x.take([[0, 1]], axis=2)],
    "trace": lambda x: [x.trace(), x.trace(1, 0, 2)],
    "conj": lambda x: [x.conj(), (x * 1j).conjugate(), (x * 1j).real, (x * 1j).imag],
    "sorting": lambda x: [x.argsort(axis=0), (-x).argpartition(1)[..., :1], x.ravel().searchsorted([3.0, 9.5])],
    "choose": lambda x: (x.astype(int) % 2).choose([x, -x]),
    "getfield": lambda x: x.view(np.int64),
    "dumps": lambda x: x.tobytes(),
    "shape": lambda x: [
        x.reshape(4, -1),
        x.transpose(2, 0, 1),
        x.swapaxes(0, 1),
        x[:1].squeeze(),
        x.flatten("F"),
        x.mT,
    ],
    "reductions": lambda x: [
        x.sum(0),
        x.mean(axis=(1, 2)),
        x.max(),
        x.argmax(1),
        x.all(),
        x.cumsum(),
    ],
    "attributes": lambda x: [x.ndim, x.size, x.itemsize, x.nbytes, x.strides, x.T, x.flags.c_contiguous, x.dtype],
}


@pytest.mark.parametrize("name", METHODS)
def test_methods_of_arrays(name):
    check(lambda xp, x: METHODS[name](x), CUBE, rtol=1e-15)


FLAT = {
    "read": lambda x: [x.flat[3], x.flat[2:9:3], x.flat[[0, 5]], len(x.flat), [float(item) for item in x.flat]],
    "copy": lambda x: [x.flat.copy(), float(np.asarray(x.flat)[4])],
    "write": lambda x: [x.flat.__setitem__(3, -1.0), x.flat.__setitem__(slice(5, 8), [1.0, 2.0]), x],
    "assign": lambda x: [setattr(x, "flat", [7.0, 8.0]), x],
    "out of bounds": lambda x: x.flat[99],
    "newaxis": lambda x: x.flat[None],
}


@pytest.mark.parametrize("name", FLAT)
@pytest.mark.parametrize("layout", ["C", "F", "strided", "negative"])
def test_flat_reads_and_writes_in_c_order(name, layout):
    check(lambda xp, x: FLAT[name](x), dict(layouts(CUBE))[layout])


def test_flat_takes_our_arrays_as_positions():
    check(
        lambda xp, x: [x.flat[xp.array([1, 2])], x.flat[np.arange(24) > 20] if xp is not np else x.ravel()[21:]], CUBE
    )
