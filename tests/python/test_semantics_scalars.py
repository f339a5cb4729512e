"""Rule 7 of the architecture (section 5): full reductions and full integer indices are 0-d arrays that are values."""

import copy
import math
import numbers
import pickle
from fractions import Fraction

import numpy as np
import pytest
from parity import check, is_scalar

import crossarray as xp

LARGE = 40_000  # recorded, not run at once


class TestRule7Scalars:
    """Full reductions and full integer indices: 0-d arrays that are values."""

    def scalars(self, n):
        a = xp.arange(float(n))
        return [a.sum(), a[3], a.max(), xp.mean(a), (a * 2)[7], a.reshape(-1, 2)[1, 1], a.reshape(-1, 2)[1][1]]

    @pytest.mark.parametrize("n", [10, LARGE])
    def test_they_are_0d_ndarrays_with_the_flag(self, n):
        for s in self.scalars(n):
            assert isinstance(s, xp.ndarray) and s.shape == () and is_scalar(s)
        assert not is_scalar(xp.array(3.0)) and not is_scalar(xp.zeros(())) and not is_scalar(xp.arange(3)[1, ...])

    @pytest.mark.parametrize("n", [10, LARGE])
    def test_an_element_is_no_view_of_its_source(self, n):
        a = xp.arange(float(n))
        s, t = a[3], a.reshape(-1, 2)[1, 1]
        a[3] = -1
        a += 1
        assert (float(s), float(t)) == (3.0, 3.0)

    @pytest.mark.parametrize("n", [10, LARGE])
    def test_item_assignment_raises_type_error(self, n):
        for s in self.scalars(n):
            with pytest.raises(TypeError):
                s[()] = 1
            with pytest.raises(TypeError):
                s[...] = 1

    @pytest.mark.parametrize("n", [10, LARGE])
    def test_in_place_operators_give_a_new_object(self, n):
        for s in self.scalars(n):
            other, before = s, float(s)
            s += 1
            assert float(other) == before and float(s) == before + 1
            s *= 2
            assert float(other) == before and is_scalar(s)

    @pytest.mark.parametrize("n", [10, LARGE])
    def test_they_hash_by_value_and_convert(self, n):
        s = xp.arange(float(n))[3]
        assert hash(s) == hash(3.0) and {s: "x"}[3.0] == "x" and len({s, xp.arange(9.0)[3]}) == 1
        assert (float(s), int(s), bool(s), complex(s), round(s), f"{s:.2f}") == (3.0, 3, True, 3 + 0j, 3, "3.00")
        assert [10, 20, 30, 40][xp.arange(n)[3]] == 40
        assert list(range(int(xp.arange(n).max()))[:2]) == [0, 1]
        with pytest.raises(TypeError):
            hash(xp.array(3.0))

    def test_they_print_as_numpys(self):
        for value in (1.0, 0.1, 1e300, float("nan"), 3, True, 1 + 2j):
            ours, theirs = xp.array([value, value])[0], np.array([value, value])[0]
            assert str(ours) == str(theirs)
            assert f"{ours}" == f"{theirs}"
        assert str(xp.float32(0.1) if hasattr(xp.float32, "dtype") else xp.array([0.1], "float32")[0]) == "0.1"

    def test_arithmetic_of_scalars_gives_scalars_and_keeps_dtypes(self):
        check(
            lambda lib, a: (
                a[0] + a[1],
                a.sum() * 2,
                a.sum() + lib.float64(1),
                -a[0],
                abs(a[0]),
                a[0] ** 2,
                a[0] > 1,
                lib.sqrt(a[0]),
            ),
            np.ones(3, np.float32),
        )
        check(lambda lib, a: (a[0] + 0.5, a[0] / 2, a[0] // 2, divmod(a[0], 2), a[0] << 1), np.ones(3, np.int16))

    def test_what_numpy_gives_as_0d_arrays_is_no_scalar(self):
        check(
            lambda lib, a: (lib.where(a[0] > 0, a[1], 2), lib.where(lib.array(True), 1, 2), a[0][...], lib.array(a[0])),
            np.ones(3),
        )
        check(lambda lib, a: (a[0][a[0] > 0], a[0][a[0] < 0], a[0][True], a[0][None]), np.ones(3))

    def test_rearranging_a_scalar_gives_the_scalar(self):
        check(
            lambda lib, a: (a[0].squeeze(), lib.squeeze(a[0]), a[0].reshape(()), a[0].transpose(), a[0].T), np.ones(3)
        )

    def test_views_of_scalars_are_arrays_of_their_own(self):
        s = xp.arange(5.0)[2]
        view = s.reshape(1)
        view[0] = 9
        assert float(s) == 2.0 and float(view[0]) == 9.0
        assert not is_scalar(s[...]) and is_scalar(s[()])

    @pytest.mark.parametrize("dtype", ["?", "i1", "i8", "u4", "f2", "f4", "f8", "c8", "c16"])
    def test_they_have_the_attributes_of_numpys_scalars_and_arrays_have_not(self, dtype):
        def body(name):
            def call(lib, a):
                value = getattr(a[1], name)
                return value() if callable(value) else value

            return call

        for name in ("as_integer_ratio", "bit_count", "denominator", "hex", "is_integer", "numerator"):
            check(body(name), np.array([1, 3]).astype(dtype))
            assert not hasattr(xp.ones(3, dtype), name) and not hasattr(xp.ndarray, name)
        check(lambda lib, a: (a[1].view(), a[1].view(lib.uint8 if a.itemsize == 1 else a.dtype)), np.ones(2, dtype))

    def test_math_takes_them(self):
        check(
            lambda lib, a: [f(a[1]) for f in (math.floor, math.ceil, math.trunc, math.sin, round)], np.array([1, 2.7])
        )
        check(lambda lib, a: math.trunc(a), np.ones(3))

    @pytest.mark.parametrize("dtype", ["?", "i1", "u8", "f2", "f4", "f8", "c8", "c16"])
    def test_isinstance_says_of_them_what_it_says_of_numpys(self, dtype):
        ours, theirs = xp.ones(3, dtype)[0], np.ones(3, dtype)[0]
        classes = [
            np.generic,
            np.floating,
            np.integer,
            np.bool,
            np.complexfloating,
            type(theirs),
            bool,
            int,
            float,
            complex,
        ]
        classes += [numbers.Number, numbers.Complex, numbers.Real, numbers.Rational, numbers.Integral]
        for each in classes:
            assert isinstance(ours, each) == isinstance(theirs, each), each
        assert isinstance(ours, xp.ndarray) and type(ours) is xp.ndarray and np.isscalar(ours)
        assert type(pickle.loads(pickle.dumps(ours))) is type(copy.deepcopy(ours)) is xp.ndarray
        array = xp.ones(3, dtype)
        assert array.__class__ is xp.ndarray and not isinstance(array, (np.generic, numbers.Number, float))

    def test_fractions_and_numpys_assertions_take_them(self):
        s, i = xp.array([1.5, 2.5])[0], xp.array([3, 4])[0]
        assert Fraction(s) == Fraction(3, 2) and Fraction(i) == 3
        np.testing.assert_equal(s, 1.5)
        np.testing.assert_equal([i, xp.array([np.nan])[0]], [3, np.nan])
