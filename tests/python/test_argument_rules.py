"""What NumPy accepts and refuses in arguments: each body runs in both libraries and must have the same outcome."""

import inspect
import math

import numpy as np
import pytest
from parity import check

import crossarray


def casts(name, *args, **keywords):
    return lambda xp: getattr(xp, name)(*[xp.arange(3, dtype=dtype) for dtype in args], **keywords)


def filled(dtype, value):
    def body(xp):
        a = xp.zeros(3, dtype)
        a.fill(value(xp))
        return a

    return body


def stored(shape, dtype, key, value):
    def body(xp):
        a = xp.zeros(shape, dtype)
        a[key] = value(xp)
        return a

    return body


UFUNC_CASTS = {
    f"{name} {casting}": casts(name, *dtypes, casting=casting)
    for name, *dtypes in [
        ("sin", "i8"),
        ("sin", "f8"),
        ("modf", "i8"),
        ("frexp", "i4"),
        ("divmod", "i8", "f8"),
        ("add", "i8", "f8"),
        ("add", "i8", "i8"),
        ("divide", "i8", "i8"),
        ("arctan2", "i8", "i8"),
        ("equal", "i4", "i8"),
        ("ldexp", "f8", "i4"),
    ]
    for casting in ("no", "equiv", "safe", "same_kind", "unsafe")
} | {
    "weak float": lambda xp: xp.add(xp.arange(3), 1.5, casting="no"),
    "weak int": lambda xp: xp.add(xp.arange(3.0), 1, casting="no"),
    "power": lambda xp: xp.power(xp.arange(3), 2.5, casting="no"),
    "outer": lambda xp: xp.add.outer(xp.arange(3), xp.arange(3.0), casting="no"),
}

DTYPES = {
    f"ldexp {x} {e} {dtype}": casts("ldexp", x, e, dtype=dtype)
    for x in ("?", "u1", "i4", "f2", "f4", "f8")
    for e in ("i4", "i8")
    for dtype in ("f2", "f4", "f8")
} | {
    "equal": casts("equal", "u1", "i1", dtype="i8"),
    "equal of floats": casts("equal", "u1", "u1", dtype="f4"),
    "equal.reduce": lambda xp: xp.equal.reduce(xp.array([True, False]), dtype="f4"),
    "equal.reduce bool": lambda xp: xp.equal.reduce(xp.array([True, False]), dtype="?"),
    "less.accumulate": lambda xp: xp.less.accumulate(xp.array([True, False]), dtype="i4"),
}

MASKS = {
    "add": lambda xp: xp.add(xp.arange(3), 1, where=xp.arange(3), out=xp.zeros(3, int)),
    "add of a list": lambda xp: xp.add(xp.arange(3), 1, where=[1, 0, 1], out=xp.zeros(3, int)),
    "sum": lambda xp: xp.sum(xp.arange(3), where=xp.arange(3)),
    "sum of a list": lambda xp: xp.sum(xp.arange(3), where=[1, 0, 1]),
    "mean": lambda xp: xp.mean(xp.arange(3), where=xp.arange(3)),
    "std": lambda xp: xp.std(xp.arange(3), where=xp.arange(3)),
    "any": lambda xp: xp.any(xp.arange(3), where=xp.arange(3)),
}

EMPTY = {
    f"{name} {shape} {axis}": lambda xp, name=name, shape=shape, axis=axis: (
        getattr(xp, name)(xp.ones(shape), axis).shape
    )
    for name in ("argmax", "argmin", "max", "min", "ptp")
    for shape, axis in [((0, 5, 0), 0), ((0, 5, 0), 1), ((0, 0), 0), ((5, 0), 0), ((5, 0, 3), 1), ((0, 5), 1)]
} | {"subtract.reduce": lambda xp: xp.subtract.reduce(xp.ones((0, 5, 0)), axis=0)}

RANGES = {
    "start": lambda xp: xp.arange(start=3),
    "start and step": lambda xp: xp.arange(start=1, step=2),
    "start and stop": lambda xp: xp.arange(start=1, stop=3),
    "stop": lambda xp: xp.arange(stop=3),
    "one": lambda xp: xp.arange(3, step=2),
    "one and none": lambda xp: xp.arange(3, None),
    "none and one": lambda xp: xp.arange(None, 3),
}

STORES = {
    "fill by a list": filled("f8", lambda xp: [1, 2, 3]),
    "fill by one in a list": filled("f8", lambda xp: [1]),
    "fill by NumPy's array": filled("f8", lambda xp: np.array([3.7])),
    "fill ints by NumPy's 0-d array": filled("i8", lambda xp: np.array(3.7)),
    "fill by a 0-d array": filled("i8", lambda xp: xp.array(3.7)),
    "fill by an array": filled("f8", lambda xp: xp.ones(3)),
    "fill by a scalar": filled("i8", lambda xp: xp.arange(3.0)[2]),
    "fill by too much": filled("u1", lambda xp: 300),
    "fill by a number": filled("?", lambda xp: 3),
    "fill by None": filled("f8", lambda xp: None),
    "element from lists": stored((2, 6), "f8", (0, 1), lambda xp: [[1, 2, 3, 4]]),
    "element from one": stored(2, "?", 0, lambda xp: np.array([3.7])),
    "element from one of ours": stored(2, "?", 0, lambda xp: xp.array([3.7])),
    "part from deeper lists": stored((2, 6), "f8", (0, slice(1, 5)), lambda xp: [[1, 2, 3, 4]]),
    "part from lists": stored((2, 6), "f8", (0, slice(1, 5)), lambda xp: [1, 2, 3, 4]),
    "part from a deeper array": stored((2, 6), "f8", (0, slice(1, 5)), lambda xp: xp.ones((1, 1, 4))),
    "0-d from lists": stored((), "f8", ..., lambda xp: [[3.0]]),
    "full of None": lambda xp: xp.full(2, None, dtype="f4"),
}

CASES = {
    f"{kind}: {name}": body
    for kind, bodies in {
        "casting": UFUNC_CASTS,
        "dtype": DTYPES,
        "where": MASKS,
        "empty": EMPTY,
        "arange": RANGES,
        "store": STORES,
    }.items()
    for name, body in bodies.items()
}


@pytest.mark.parametrize("case", CASES)
def test_arguments_are_accepted_and_refused_as_numpys(case):
    check(CASES[case], ulp=1)


def test_fill_of_a_scalar_does_nothing():
    for xp in (np, crossarray):
        s = xp.arange(4.0)[2]
        assert s.fill(3) is None and s == 2


@pytest.mark.parametrize("dtype", ["i4", "i2", "f4", "i8", "S4"])
@pytest.mark.parametrize("count", [4, 3])
def test_setting_the_dtype_looks_at_the_same_bytes(dtype, count):
    def body(xp):
        a = xp.arange(count, dtype="f4")
        b = a[:]
        a.dtype = dtype
        return a, b

    if dtype == "S4":
        with pytest.raises(TypeError):
            body(crossarray)
    else:
        check(body)


def test_setting_the_dtype_of_a_transposed_array():
    def body(xp):
        a = xp.arange(6, dtype="i4").reshape(2, 3).T
        a.dtype = "i2"

    check(body)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("n", [1, 9, 40_000])
@pytest.mark.parametrize("low", [0, 0.0, -0.0, -3, None, np.nan])
@pytest.mark.parametrize("high", [5, 0, -0.0, None])
def test_clip_keeps_the_sign_of_zero_as_numpy(dtype, n, low, high):
    x = np.resize(np.array([-0.0, 0.0, 7.0, -7.0, np.nan], dtype), n)
    check(lambda xp, x: xp.clip(x, low, high), x)


def test_transposing_one_axis_gives_a_new_view():
    a = crossarray.arange(3)
    assert a.T is not a and a.T.base is a and not a.T.flags.owndata
    assert a.squeeze() is a and a.reshape(1, 3).squeeze() is not a


@pytest.mark.parametrize("places", [(0,), (1,), (0, 1)])
@pytest.mark.parametrize("name", ["divmod", "modf"])
def test_outputs_of_a_pair_broadcast_together(name, places):
    def body(xp, shapes):
        a = xp.arange(6.0).reshape(2, 3)
        out = tuple(xp.zeros(shapes[i]) if i in places else None for i in range(2))
        return getattr(xp, name)(a, *([2] if name == "divmod" else []), out=out)

    check(lambda xp: body(xp, [(4, 2, 3), (4, 2, 3)]))
    check(lambda xp: body(xp, [(4, 2, 3), (2, 3)]))
    check(lambda xp: body(xp, [(3,), (2, 3)]))


def test_rounding_a_number_gives_a_scalar():
    check(lambda xp: xp.around(15, -1))
    check(lambda xp: round(xp.arange(5)[2], -1))
    check(lambda xp: xp.round(xp.arange(20), -1))


def test_a_scalar_beside_none_or_text():
    for xp in (np, crossarray):
        s = xp.arange(5)[2]
        assert (s == None) is False and (s != None) is True  # noqa: E711
        assert not s == "a" and s != "a"


@pytest.mark.parametrize("value", [[0], (0, 1), "-", b"-", bytearray(b"a")], ids=repr)
@pytest.mark.parametrize("dtype", ["i8", "u1", "f8", "?"])
def test_scalars_repeat_sequences_as_numpys(value, dtype):
    for body in (lambda s: value * s, lambda s: s * value):
        try:
            expected = body(np.arange(2, dtype=dtype)[1])
        except TypeError:
            with pytest.raises(TypeError):
                body(crossarray.arange(2, dtype=dtype)[1])
        else:
            got = body(crossarray.arange(2, dtype=dtype)[1])
            assert type(got) is type(expected) and got == expected


def test_arrays_multiply_lists_by_elements():
    check(lambda xp: xp.array(3) * [1, 2])
    check(lambda xp: [0, 1, 2] * xp.arange(3))


def test_trunc_floor_and_ceil_of_scalars():
    s = crossarray.array([-2.5, 7.0])
    assert (math.trunc(s[0]), math.floor(s[0]), math.ceil(s[0])) == (-2, -3, -2)
    with pytest.raises(TypeError):
        math.trunc(s)


def test_texts_name_what_was_given():
    a = crossarray.arange(6.0)
    with pytest.raises(TypeError, match="'NoneType' object"):
        a += None
    with pytest.raises(ValueError, match=r"cannot reshape array of size 6 into shape \(5,newaxis\)"):
        a.reshape(5, -1)


def test_types_and_signatures_of_ufuncs():
    ours = set("?bBhHiIlLefdFD>-")
    for name in ("ldexp", "frexp", "divmod", "isnan", "add"):
        numpys = [text for text in getattr(np, name).types if set(text) <= ours]
        assert set(numpys) == {text for text in getattr(crossarray, name).types if "E" not in text}
    assert "x1, x2" in str(inspect.signature(crossarray.add)) and "axis=None" in str(inspect.signature(crossarray.sum))


def test_where_none_is_false():
    check(lambda xp: (xp.sum(xp.ones(3), where=None), xp.ones(3).sum(where=None), xp.prod(xp.ones(3), where=None)))
    check(lambda xp: (xp.add.reduce(xp.ones(3), where=None), xp.add(xp.ones(3), 1, xp.zeros(3), where=None)))


def test_shape_none_is_refused_by_name():
    check(lambda xp: xp.full(None, 3))
    check(lambda xp: xp.zeros(None))


def test_ndmax_limits_the_nesting():
    for ndmax in (0, 1, 2, 64, 65, -1):
        check(lambda xp: xp.array([[1, 2], [3, 4]], ndmax=ndmax))
        check(lambda xp: xp.array(3, ndmax=ndmax))
