"""Prints one digest per program of a range of seeds: `python program_digests.py FIRST COUNT`, run by test_program.py.

What an environment variable fixes for a process (the SIMD target, the engine) is compared this way.
"""

import hashlib
import sys


def main(first, count):
    import conftest  # noqa: F401 - finds the package
    from programs import canonical, random_program, run

    import crossarray as xp

    for seed in range(first, first + count):
        print(hashlib.sha256(canonical(run(xp, random_program(seed)))).hexdigest()[:16], flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
