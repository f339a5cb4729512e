"""Runs random programs on the fake GPU and compares with NumPy; test_program_placed.py runs it in processes of its own:

    python program_placed.py FIRST COUNT [--seconds N]

Each seed gives a program, a machine table under which the router sends about half of the steps to the device, and faults
between the instructions: limits of the device's memory, a smaller device, an allocation that fails. CROSSARRAY_DEVICE=cuda
pins every array; then there are no limits, for what is pinned may end in MemoryError. Prints one line per wrong program,
then a JSON object: programs, steps on the device and on the host, copies, allocations refused.
"""

import ctypes
import json
import os
import sys
import time
import traceback
from collections import Counter

import conftest  # noqa: F401 - finds the package
import numpy as np
from programs import compare_logs, random_program, run

import crossarray as xp
from crossarray import _core

PINNED = os.environ.get("CROSSARRAY_DEVICE", "auto") == "cuda"
fake = ctypes.CDLL(os.path.join(os.path.dirname(_core.__file__), "_cuda_fake.so"))
fake.fake_cuda_count.restype = ctypes.c_int64


def fake_set(name, value):
    fake.fake_cuda_set(name.encode(), ctypes.c_int64(value))


def biased_table(usual, rng):
    """The slow CPU that conftest.py tells the router of, and every figure wrong by up to ten times."""
    lines = []
    for line in usual.splitlines():
        name, value = line.split()
        lines.append(f"{name} {float(value) * 10 ** rng.uniform(-1, 1):g}" if name != "devices" else line)
    return "\n".join(lines) + "\n"


class Faults:
    """What goes wrong between two instructions; one sequence per seed."""

    def __init__(self, rng):
        self._rng = rng
        self._narrow = not PINNED and rng.integers(2) == 1

    def __call__(self):
        choice = self._rng.integers(8)
        if choice == 0:
            fake_set("oom_at", self._rng.integers(1, 6))
        elif choice == 1 and self._narrow:
            xp.config.memory_limit = int(self._rng.choice([0, 4096, 100_000, 1_000_000]))
        elif choice == 2 and self._narrow:
            fake_set("capacity", self._rng.choice([0, 20_000, 200_000, 2_000_000]))

    @staticmethod
    def end():
        xp.config.memory_limit = 0
        fake_set("capacity", 0)
        fake_set("oom_at", 0)


def check(seed, usual, counts):
    rng = np.random.default_rng([seed, 4])
    program = random_program(seed)
    _core.set_machine(biased_table(usual, rng))
    expected = run(np, program)
    try:
        with xp.profile(overlap=True) as profile:
            log = run(xp, program, between=Faults(rng))
    finally:
        Faults.end()
    counts.update("copies" if e.what == "copy" else e.where for e in profile.events)
    compare_logs(expected, log)


def main(first, count, seconds=None):
    usual = _core.machine()
    counts, done, begin = Counter(), 0, time.monotonic()
    for seed in range(first, first + count):
        if seconds and time.monotonic() - begin > seconds:
            break
        try:
            check(seed, usual, counts)
        except Exception:
            print(f"seed {seed}: {traceback.format_exc()}", flush=True)
        done += 1
    in_use = xp.memory()["cuda:0"]["in_use"]
    print(json.dumps({"programs": done, "in_use": in_use, **counts, **_core.copies()}))


if __name__ == "__main__":
    limit = float(sys.argv[sys.argv.index("--seconds") + 1]) if "--seconds" in sys.argv else None
    main(int(sys.argv[1]), int(sys.argv[2]), limit)
