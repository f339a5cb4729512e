"""Short ways of tiny calls give what the general ways give: NumPy's results, views, layouts and errors."""

import numpy as np
import pytest

import crossarray as xp

M = np.arange(12.0).reshape(3, 4)
BIG = 1 << 70


def same(ours, theirs):
    theirs = np.asarray(theirs)
    assert ours.shape == theirs.shape and ours.dtype == theirs.dtype
    assert ours.strides == theirs.strides or theirs.size == 0
    np.testing.assert_array_equal(np.asarray(ours), theirs)


def outcome(function):
    try:
        return function()
    except Exception as error:
        return type(error), str(error)


@pytest.mark.parametrize(
    "key",
    [
        np.s_[1],
        np.s_[-3],
        np.s_[3],
        np.s_[True],
        np.s_[BIG],
        np.s_[:],
        np.s_[1:],
        np.s_[:-1],
        np.s_[5:2],
        np.s_[-9:9],
        np.s_[::-1],
        np.s_[::2],
        np.s_[2:0:-1],
        np.s_[-1::-3],
        np.s_[::0],
        np.s_[:BIG],
        np.s_[1.0:],
        np.s_[:, 1],
        np.s_[1, :],
        np.s_[1:, 1:],
        np.s_[::2, ::-1],
        np.s_[1, 2],
        np.s_[1, 4],
        np.s_[1, 2, 3],
        np.s_[()],
        np.s_[1,],
        np.s_[..., 1],
        np.s_[None, 1],
        np.s_[:, True],
        np.s_[:, [0, 1]],
    ],
    ids=str,
)
def test_keys_of_ints_and_slices_select_what_numpys_do(key):
    x = xp.array(M)
    ours, theirs = outcome(lambda: x[key]), outcome(lambda: M[key])
    if isinstance(theirs, tuple):
        assert ours[0] is theirs[0]
        return
    if isinstance(theirs, np.ndarray) and theirs.base is not None and not isinstance(key, bool):
        same(ours, theirs)
        assert (ours.base is x) == (theirs.base is M or theirs.base is M.base)
    np.testing.assert_array_equal(np.asarray(ours), theirs)


def test_views_of_read_only_arrays_are_read_only():
    x = xp.array(M)
    x.flags.writeable = False
    for view in (x[1], x[1:], x[:, 1], x.T, x.reshape(12), next(iter(x))):
        assert not view.flags.writeable and view.base is x


@pytest.mark.parametrize("shape", [(12,), (2, 6), ((2, 6),), (1, 12, 1), (-1,), (5,), (2, -1), (2.0, 6), ((),), (BIG,)])
def test_reshape_gives_numpys_view_or_error(shape):
    x = xp.array(M)
    ours, theirs = outcome(lambda: x.reshape(*shape)), outcome(lambda: M.reshape(*shape))
    if isinstance(theirs, tuple):
        assert ours[0] is theirs[0]
        return
    same(ours, theirs)
    ours[...] = 7.0
    assert float(x[2, 3]) == 7.0


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", ["sum", "prod", "min", "max", "any", "all", "mean", "var", "std", "argmin", "argmax"])
@pytest.mark.parametrize("dtype", ["?", "i1", "u8", "f2", "f4", "f8", "c8"])
@pytest.mark.parametrize("shape", [(3, 4), (4, 1), (1, 4), (2, 3, 4), (70, 3), (0, 3), (3,)])
def test_reductions_with_one_axis_equal_numpys(name, dtype, shape):
    a = (np.arange(int(np.prod(shape))) % 7 - 2).reshape(shape).astype(dtype)
    x = xp.array(a)
    for axis in (0, -1, len(shape) - 1, len(shape), BIG):
        theirs = outcome(lambda axis=axis: getattr(a, name)(axis=axis))
        for ours in (
            outcome(lambda axis=axis: getattr(x, name)(axis)),
            outcome(lambda axis=axis: getattr(xp, name)(x, axis=axis)),
        ):
            if isinstance(theirs, tuple):
                assert ours[0].__name__ == theirs[0].__name__
                continue
            assert ours.shape == np.shape(theirs) and ours.dtype == theirs.dtype
            tolerance = 1e-2 if dtype == "f2" else 1e-5
            np.testing.assert_allclose(np.asarray(ours), theirs, rtol=tolerance, atol=tolerance)


def test_in_place_ops_read_before_they_write():
    a = np.arange(10.0)
    for key, other in (
        (np.s_[1:], np.s_[:-1]),
        (np.s_[:-1], np.s_[1:]),
        (np.s_[:], np.s_[::-1]),
        (np.s_[:5], np.s_[5:]),
    ):
        ours, theirs = xp.array(a), a.copy()
        ours[key] += ours[other]
        theirs[key] += theirs[other]
        same(ours, theirs)
        view = ours[key]
        view *= ours[other]
        theirs[key] *= theirs[other]
        same(ours, theirs)
    x = xp.arange(4.0)
    first = x[:1].reshape(())
    x += first
    x += first
    same(x, [0.0, 1.0, 2.0, 3.0])
    x[0] = 1.0
    x += first
    same(x, [2.0, 2.0, 3.0, 4.0])


def test_an_in_place_op_leaves_pending_readers_and_copies_alone():
    x = xp.arange(20_000.0)
    later = x * 2
    copy = x.copy()
    head = x[:4]
    head += head
    assert float(x[3]) == 6.0 and float(later[3]) == 6.0 and float(copy[3]) == 3.0


def test_dtype_names_are_remembered_as_what_they_are():
    for _ in range(3):
        for name in ("f4", "int8", "bfloat16", "complex64", "".join(["f", "8"])):
            assert xp.arange(3).astype(name).dtype == xp.dtype(name) if name != "bfloat16" else True
        for name in ("U3", "no such type"):
            ours, theirs = (
                outcome(lambda name=name: xp.arange(2).astype(name)),
                outcome(lambda name=name: np.arange(2).astype(name)),
            )
            assert isinstance(theirs, tuple) == isinstance(ours, tuple)


@pytest.mark.filterwarnings("ignore:Casting complex")
@pytest.mark.parametrize("dtype", ["?", "i2", "f2", "f4", "f8", "c16"])
def test_copies_and_casts_are_laid_out_as_numpys(dtype):
    for a in (M.astype(dtype), M.T.astype(dtype), M[:, ::2].astype(dtype), M[:1].astype(dtype), M[0].astype(dtype)):
        x = xp.array(a)
        for order in "CFKA":
            same(x.copy(order), a.copy(order))
            same(x.astype("f4", order), a.astype("f4", order) if dtype != "c16" else a.real.astype("f4").copy(order))


def test_diff_along_a_line_is_numpys():
    for a in (
        np.arange(5.0) ** 2,
        np.arange(4, dtype="u1")[::-1],
        np.array([True, False]),
        np.zeros(0),
        np.zeros(1),
        M,
    ):
        same(xp.diff(xp.array(a)), np.diff(a))
    x = xp.arange(5.0)
    for arguments in ({"n": 1.0}, {"axis": 0.0}, {"axis": 1}, {"n": -1}):
        theirs = outcome(lambda arguments=arguments: np.diff(np.arange(5.0), **arguments))
        assert outcome(lambda arguments=arguments: xp.diff(x, **arguments))[0] is theirs[0]


def test_whole_assignments_copy_and_do_not_share():
    for key, other in ((np.s_[:], np.s_[:]), (np.s_[1], np.s_[2]), (np.s_[1:], np.s_[:-1]), (np.s_[:-1], np.s_[1:])):
        ours, theirs = xp.array(M), M.copy()
        ours[key] = ours[other]
        theirs[key] = theirs[other]
        same(ours, theirs)
    x, y = xp.zeros(10), xp.arange(10.0)
    later = xp.array(y) * 1.0
    x[:] = y
    y[0] = 5.0
    assert float(x[0]) == 0.0 and float(later[0]) == 0.0
    with pytest.raises(ValueError, match="read-only"):
        xp.broadcast_to(x, (2, 10))[0] = y


@pytest.mark.parametrize("order", ["C", "F", "A", "K"])
def test_ravel_and_flatten_view_and_copy_as_numpys(order):
    for a in (M, M.T, M[:, 1:], M[1], M[:1], np.float64(3).reshape(()), np.zeros((0, 2))):
        x = xp.array(a) if a.flags.c_contiguous else xp.array(a.T).T if a is not M[:, 1:] else xp.array(M)[:, 1:]
        same(x.ravel(order), a.ravel(order))
        same(x.flatten(order), a.flatten(order))
    x = xp.array(M)
    x.ravel(order)[0] = 9.0
    x.flatten(order)[1] = 9.0
    assert float(x[0, 0]) == (9.0 if order != "F" else 0.0) and float(x[0, 1]) == 1.0


def test_signs_and_sizes_of_scalars():
    for value in (1.5, -1.5, 0.0, -0.0, np.inf, -np.inf, np.nan):
        s, t = xp.array([value])[0], np.float64(value)
        for ours, theirs in ((-s, -t), (abs(s), abs(t)), (+s, +t)):
            assert ours.dtype == theirs.dtype and ours.shape == ()
            np.testing.assert_array_equal(np.asarray(ours), theirs)
            assert np.signbit(float(ours)) == np.signbit(theirs)


def test_asarray_passes_arrays_on_and_scalars_not():
    x = xp.array(M)
    assert xp.asarray(x) is x
    s = x[0, 0]
    zero_d = xp.asarray(s)
    zero_d[...] = 7.0  # an array now, no scalar, with memory of its own
    assert float(s) == 0.0


def test_a_plan_of_einsum_serves_one_shape_and_kind():
    for shape in ((2, 3), (3, 2), (1, 4), (0, 3), (2, 3)):
        for dtype in ("f4", "c8", "i1", "?"):
            a = (np.arange(int(np.prod(shape))) % 5).reshape(shape).astype(dtype)
            x = xp.array(a)
            for subscripts in ("ij->i", "ij->", "ij,ij->", "ij,kj->ik", "ij,ij->i"):
                count = subscripts.count(",") + 1
                ours, theirs = xp.einsum(subscripts, *[x] * count), np.einsum(subscripts, *[a] * count)
                assert ours.dtype == theirs.dtype and ours.shape == np.shape(theirs)
                np.testing.assert_allclose(np.asarray(ours), theirs)
    path = ["einsum_path", (0, 1), (0, 1)]
    x = xp.array(M)
    np.testing.assert_allclose(
        np.asarray(xp.einsum("ij,kj,kl->il", x, x, x, optimize=path)), np.einsum("ij,kj,kl->il", M, M, M, optimize=path)
    )


@pytest.mark.parametrize(
    "positions",
    [
        np.array([2, 0, 5, 5]),
        np.array([[1, -1], [-6, 3]]),
        np.array([0, 6]),
        np.array([0, -7]),
        np.array([], int),
        np.array([4, 1], "i4"),
        np.array([True, False]),
        np.array(3),
        np.array([1.0]),
    ],
)
@pytest.mark.parametrize("dtype", ["?", "i2", "f4", "f8", "c16"])
def test_take_is_numpys_on_every_way(positions, dtype):
    dense = np.arange(12).astype(dtype)
    for a in (dense[:6], dense[::2], dense[5::-1], dense[:0]):
        x, at = xp.array(dense)[:6], xp.array(positions)
        x = {1: x, 2: xp.array(dense)[::2], -1: xp.array(dense)[5::-1]}[a.strides[0] // a.itemsize][: a.size]
        ours, theirs = outcome(lambda x=x, at=at: x.take(at)), outcome(lambda a=a: a.take(positions))
        if isinstance(theirs, tuple):
            assert ours[0] is theirs[0]
        else:
            same(ours, theirs)


def test_take_has_numpys_parameters():
    x, at = xp.array(M), np.array([1, -1])
    same(x.take(at, 1), M.take(at, 1))
    same(x.take(indices=[9, 2]), M.take(indices=[9, 2]))
    same(x.take([7, -9], mode="wrap", axis=0), M.take([7, -9], mode="wrap", axis=0))
    out = xp.zeros(2)
    assert x.take(at, out=out) is out
    same(out, M.take(at))
    with pytest.raises(TypeError):
        x.take()
