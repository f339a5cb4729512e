"""The same program on the CPU, on the device and left to the router: the same answers."""

import os

import numpy as np
import pytest
from programs import compare_logs, random_program, run

import crossarray as xp

pytestmark = pytest.mark.gpu
FIRST = int(os.environ["CROSSARRAY_SEED"])
PROGRAMS = 200 // int(os.environ.get("CROSSARRAY_GPU_SAMPLE", 1)) or 1


@pytest.mark.parametrize("place", ["cuda", "auto"])
def test_random_programs_agree_with_numpy_and_the_cpu(place):
    for number in range(FIRST, FIRST + PROGRAMS):
        program = random_program(number)
        with xp.device("cpu"):
            on_cpu = run(xp, program)
        with xp.device(place):
            elsewhere = run(xp, program)
        compare_logs(run(np, program), elsewhere)
        compare_logs(on_cpu, elsewhere)


def chain(a, b):
    centred = (a - a.mean(axis=1, keepdims=True)) / (a.std(axis=1, keepdims=True) + 1)
    return centred * b + a, (a * b - a / (b * b + 1)).sum(axis=0), xp.maximum(a, b).argmax(axis=1)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_large_chains_agree_wherever_they_run(dtype):
    random = np.random.default_rng(FIRST)
    a, b = (random.normal(size=(1500, 700)).astype(dtype) for _ in range(2))
    results = {}
    for place in ("cpu", "cuda", "auto"):
        with xp.device(place):
            results[place] = [np.asarray(each) for each in chain(xp.array(a), xp.array(b))]
    tolerance = 1e-4 if dtype == "float32" else 1e-11
    for place in ("cuda", "auto"):
        for one, other in zip(results["cpu"], results[place], strict=True):
            assert one.dtype == other.dtype
            np.testing.assert_allclose(other, one, rtol=tolerance, atol=tolerance, err_msg=place)


def test_exact_arithmetic_has_the_same_bits_wherever_it_runs():
    random = np.random.default_rng(FIRST)
    a, b = random.normal(size=(2, 300_000)).astype(np.float32)
    results = []
    for place in ("cpu", "cuda"):
        with xp.device(place):
            x, y = xp.array(a), xp.array(b)
            results.append(np.asarray(xp.sqrt(abs((x + y) * x - y / x)) * 0.1 - y).tobytes())
    assert results[0] == results[1]


def test_whole_array_folds_agree_on_both_sides_of_the_librarys_size():
    random = np.random.default_rng(FIRST)
    for n in (100_000, 6_000_000):
        for dtype in ("float32", "float64", "int32", "int64"):
            a = (random.normal(size=n) * 100).astype(dtype)
            x = xp.array(a, device="cuda")
            for name in ("sum", "min", "max", "argmin", "argmax"):
                wide = a.astype(np.float64) if dtype == "float32" and name == "sum" else a
                got, want = getattr(x, name)(), getattr(wide, name)()
                assert np.asarray(got).dtype == getattr(a, name)().dtype
                np.testing.assert_allclose(np.asarray(got), want, rtol=2e-7 if dtype == "float32" else 1e-13)
