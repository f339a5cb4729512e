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
