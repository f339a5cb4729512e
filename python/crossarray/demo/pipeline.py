"""The pipeline. Every function takes the array library as `xp`: the same text runs with numpy and with crossarray."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

# Perona and Malik (1990): conduction exp(-(d/KAPPA)**2); a step of at most 1/4 is stable for four neighbours.
KAPPA = 0.2
RATE = 0.2
SHARPEN = 0.5
BINS = 256


def to_float(xp, image, steps):
    """Pixels of any dtype as float64 in [0, 1], shape (height, width, channels)."""
    x = image.astype(xp.float64)
    if image.dtype == xp.uint8:
        return x / 255
    low, high = x.min(), x.max()
    return (x - low) / (high - low)


def gamma(xp, x, steps):
    """sRGB to linear light (IEC 61966-2-1)."""
    return xp.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)


def z_score(xp, x, steps):
    """Each channel to mean 0 and standard deviation 1."""
    return (x - x.mean(axis=(0, 1))) / (x.std(axis=(0, 1)) + 1e-6)


def unsharp(xp, x, steps):
    """Adds back what a 3x3 binomial blur removes; the blur is six shifted views."""
    rows = (x[:-2] + 2 * x[1:-1] + x[2:]) / 4
    blurred = (rows[:, :-2] + 2 * rows[:, 1:-1] + rows[:, 2:]) / 4
    sharp = x.copy()
    sharp[1:-1, 1:-1] += SHARPEN * (x[1:-1, 1:-1] - blurred)
    return sharp


def diffuse(xp, x, steps):
    """Anisotropic heat diffusion: smooths inside regions, stops at edges. Writes the interior, then the rim, in place."""
    u = x.copy()
    for _ in steps:
        middle = u[1:-1, 1:-1]
        change = 0
        for neighbour in (u[:-2, 1:-1], u[2:, 1:-1], u[1:-1, :-2], u[1:-1, 2:]):
            slope = neighbour - middle
            change = change + slope * xp.exp(-((slope / KAPPA) ** 2))
        u[1:-1, 1:-1] += RATE * change
        u[0], u[-1] = u[1], u[-2]  # no heat crosses the rim
        u[:, 0], u[:, -1] = u[:, 1], u[:, -2]
    return u


def gradient_magnitude(xp, x, steps):
    """Length of the gradient of the mean over the channels."""
    down, right = xp.gradient(x.mean(axis=2))
    return xp.sqrt(down**2 + right**2)


def percentile_clip(xp, x, steps):
    """The middle 98 % of the values, stretched to [0, 1]."""
    low, high = xp.percentile(x, [1, 99])
    return xp.clip((x - low) / (high - low + 1e-12), 0, 1)


def equalise(xp, x, steps):
    """Histogram equalisation; between two bins the cumulative histogram is interpolated."""
    counts, _ = xp.histogram(x, bins=BINS, range=(0, 1))
    cumulative = counts.cumsum() / x.size
    position = x * (BINS - 1)
    below = xp.floor(position).astype(xp.int64)
    above = xp.minimum(below + 1, BINS - 1)
    fraction = position - below
    return cumulative[below] * (1 - fraction) + cumulative[above] * fraction


class Stage(NamedTuple):
    name: str
    run: Callable
    long: bool = False  # iterates: timed once, with a progress bar


STAGES = (
    Stage("float conversion", to_float),
    Stage("gamma", gamma),
    Stage("z-score per channel", z_score),
    Stage("unsharp mask", unsharp),
    Stage("anisotropic diffusion", diffuse, long=True),
    Stage("gradient magnitude", gradient_magnitude),
    Stage("percentile clip", percentile_clip),
    Stage("histogram equalisation", equalise),
)


def run_all(xp, image, steps: Iterable[int]):
    """The whole pipeline without a look at anything in between."""
    x = image
    for stage in STAGES:
        x = stage.run(xp, x, steps)
    return x
