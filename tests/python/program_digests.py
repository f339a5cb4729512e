"""Prints one digest per program of a range of seeds, run by test_program.py:

    python program_digests.py FIRST COUNT [--inexact] [--eager]

What an environment variable fixes for a process (the SIMD target, the engine) is compared this way.
"""

import hashlib
import sys


def main(first, count, *options):
    import conftest  # noqa: F401 - finds the package
    from programs import canonical, random_program, run

    import crossarray as xp

    xp.config.lazy = "--eager" not in options
    inexact = "--inexact" in options
    for seed in range(int(first), int(first) + int(count)):
        log = run(xp, random_program(seed))
        print(hashlib.sha256(canonical(log, inexact)).hexdigest()[:16], flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
