"""Runs the stages with both libraries, times them and checks that they agree."""

import time
from dataclasses import dataclass

import numpy as np

from .pipeline import STAGES, run_all

# Largest difference allowed between the libraries, as a part of the stage's range. They differ by 1e-13 or less where sums
# are added in another order; anisotropic diffusion decides at each edge whether it stays, and magnifies that by up to 1e5.
TOLERANCE = 1e-6
REPEATS = 3


@dataclass
class Measured:
    name: str
    numpy_s: float
    ours_s: float
    difference: float

    @property
    def speedup(self):
        return self.numpy_s / self.ours_s


def timed(work, finish, repeats):
    """(result, best seconds) of `work`, evaluated."""
    best = np.inf
    for _ in range(repeats):
        begin = time.perf_counter()
        result = finish(work())
        best = min(best, time.perf_counter() - begin)
    return result, best


def evaluated(xp):
    """Makes a result be there before the clock stops: numpy's are at once."""

    def finish(result):
        if xp is not np:
            xp.eval(result)
        return result

    return finish


def difference(reference, ours):
    """Largest difference over the larger of 1 and the reference's largest magnitude."""
    reference, ours = np.asarray(reference), np.asarray(ours)
    if reference.shape != ours.shape or reference.dtype != ours.dtype:
        raise AssertionError(f"numpy gives {reference.dtype} {reference.shape}, crossarray {ours.dtype} {ours.shape}")
    return float(np.abs(reference - ours).max() / max(1.0, np.abs(reference).max()))


def run_stages(xp, image, steps, progress):
    """[(result, seconds)] per stage; a stage starts from the one before."""
    done, x = [], xp.asarray(image)
    name = xp.__name__
    for stage in STAGES:
        repeats = 1 if stage.long else REPEATS
        with progress(total=steps if stage.long else repeats, desc=f"{name:>10}: {stage.name}") as bar:

            def ticking(long=stage.long, bar=bar):
                for step in range(steps):
                    yield step
                    bar.update(int(long))

            def work(stage=stage, x=x, bar=bar):
                bar.update(int(not stage.long))
                return stage.run(xp, x, ticking())

            x, seconds = timed(work, evaluated(xp), repeats)
        done.append((x, seconds))
    return done


def compare(xp, image, steps, progress):
    """(measurements per stage and of the whole, results of crossarray by stage name). Raises AssertionError if they disagree."""
    reference = run_stages(np, image, steps, progress)
    ours = run_stages(xp, image, steps, progress)
    rows = [
        Measured(stage.name, numpy_s, ours_s, difference(a, b))
        for stage, (a, numpy_s), (b, ours_s) in zip(STAGES, reference, ours, strict=True)
    ]
    whole, seconds = timed(lambda: run_all(xp, xp.asarray(image), range(steps)), evaluated(xp), 1)
    rows.append(
        Measured("all, never looking", sum(r.numpy_s for r in rows), seconds, difference(reference[-1][0], whole))
    )
    bad = [row for row in rows if not row.difference <= TOLERANCE]
    if bad:
        raise AssertionError("; ".join(f"{r.name}: differs by {r.difference:.2e} > {TOLERANCE}" for r in bad))
    return rows, {stage.name: np.asarray(x) for stage, (x, _) in zip(STAGES, ours, strict=True)}
