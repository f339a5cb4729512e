"""Random programs: views, in-place writes, aliases, reads, deletions and errors as in NumPy, in every setting."""

import hashlib
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from program_language import INSTRUCTIONS
from programs import canonical, compare_logs, random_program, run

import crossarray as xp

NIGHTLY = bool(os.environ.get("CROSSARRAY_NIGHTLY"))
BUILT_WITH_ALL = os.environ.get("CROSSARRAY_PRESET") == "release"
SHARDS = 8
PROGRAMS = int(os.environ.get("CROSSARRAY_PROGRAMS", 20_000 if NIGHTLY else 320))
FIRST_SEED = int(time.time()) if NIGHTLY else 0
SETTINGS = settings(
    max_examples=PROGRAMS // SHARDS,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)

byte = st.integers(0, 255)
programs = st.lists(st.tuples(st.integers(0, len(INSTRUCTIONS) - 1), byte, byte, byte), min_size=1, max_size=30)


def check_program(program):
    """NumPy = lazy; lazy = on one thread = at once bit for bit, inexact values too."""
    lazy = run(xp, program)
    compare_logs(run(np, program), lazy)
    with xp.config(threads=1):
        compare_logs(lazy, run(xp, program), same_bits=True)
    with xp.config(lazy=False):
        compare_logs(lazy, run(xp, program), same_bits=True)


@pytest.mark.parametrize("shard", range(SHARDS))
def test_random_programs_agree_with_numpy_lazy_eager_and_on_one_thread(shard):
    seed(FIRST_SEED + shard)(SETTINGS(given(programs)(check_program)))()


COUNT = 2000 if NIGHTLY else 60


@pytest.fixture(scope="module")
def expected_digests():
    return [hashlib.sha256(canonical(run(np, random_program(number)))).hexdigest()[:16] for number in range(COUNT)]


def run_apart(arguments, environment):
    return subprocess.run(
        [sys.executable, *arguments], env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


def digests_apart(environment, *options):
    script = Path(__file__).with_name("program_digests.py")
    done = run_apart([script, "0", str(COUNT), *options], environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def assert_same_digests(environment, expected):
    digests = digests_apart(environment)
    wrong = [seed for seed, (one, other) in enumerate(zip(expected, digests, strict=True)) if one != other]
    assert wrong == [], f"random_program(seed) differs from NumPy under {environment} for these seeds"


@pytest.mark.parametrize("target", ["SSE4", "AVX2", "AVX3"])
def test_every_simd_target_gives_numpys_values(target, expected_digests):
    probe = run_apart(["-c", "import crossarray as xp; xp.exp(xp.ones(5))"], {"CROSSARRAY_SIMD": target})
    if "is not one of those built in that run here" in probe.stderr:
        missing = f"{target} is not in this build (release has all) or not in this processor"
        (pytest.fail if BUILT_WITH_ALL and target != "AVX3" else pytest.skip)(missing)
    assert_same_digests({"CROSSARRAY_SIMD": target}, expected_digests)


@pytest.mark.parametrize(
    "variable, value, said",
    [
        ("CROSSARRAY_THREADS", "x", "THREADS must be 0 .* got 'x'"),
        ("CROSSARRAY_THREADS", "-1", "got '-1'"),
        ("CROSSARRAY_THREADS", "2.5", "got '2.5'"),
        ("CROSSARRAY_SIMD", "MMX", "SIMD: .*'MMX'.*./dev build release"),
    ],
)
def test_a_wrong_choice_in_the_environment_is_an_error_at_import(variable, value, said):
    done = run_apart(["-c", "import crossarray"], {variable: value})
    assert done.returncode != 0 and re.search(f"ValueError: .*{said}", done.stderr), done.stderr


@pytest.mark.parametrize("threads", ["1", "3", "16"])
def test_any_number_of_threads_gives_numpys_values(threads, expected_digests):
    assert_same_digests({"CROSSARRAY_THREADS": threads}, expected_digests)


def test_inexact_values_have_the_same_bits_on_any_number_of_threads_lazy_and_eager():
    one = digests_apart({"CROSSARRAY_THREADS": "1"}, "--inexact")
    for environment, *options in [
        ({"CROSSARRAY_THREADS": "3"},),
        ({"CROSSARRAY_THREADS": "16"},),
        ({"CROSSARRAY_THREADS": "3"}, "--eager"),
    ]:
        other = digests_apart(environment, "--inexact", *options)
        wrong = [seed for seed, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
        assert wrong == [], (
            f"random_program(seed) differs under {environment} {options} from one thread for these seeds"
        )


def test_the_reference_engine_gives_numpys_values(expected_digests):
    assert_same_digests({"CROSSARRAY_ENGINE": "reference"}, expected_digests)


def test_the_same_program_twice_gives_the_same_bits():
    for number in range(20):
        compare_logs(run(xp, random_program(number)), run(xp, random_program(number)), same_bits=True)
