"""Command line of the demo."""

import argparse
import sys
from pathlib import Path

import numpy as np

import crossarray as xp

from . import images
from .compare import TOLERANCE, compare
from .pipeline import gamma, z_score


def parse(arguments):
    parser = argparse.ArgumentParser(prog="./dev demo", description="One image pipeline, two array libraries.")
    parser.add_argument("file", nargs="?", type=Path, help="image or .npy; default: two photographs of scikit-learn")
    parser.add_argument("--steps", type=int, default=200, help="diffusion steps (default: 200)")
    parser.add_argument("--output", type=Path, default=Path("demo_output"), help="folder for the PNG files")
    return parser.parse_args(arguments)


def progress_bar(**options):
    from tqdm import tqdm

    return tqdm(leave=False, disable=None, dynamic_ncols=True, **options)


def print_table(rows):
    print(f"  {'stage':<24}{'numpy':>12}{'crossarray':>12}{'speedup':>10}{'difference':>13}")
    for row in rows:
        times = f"{1e3 * row.numpy_s:>9.2f} ms{1e3 * row.ours_s:>9.2f} ms"
        print(f"  {row.name:<24}{times}{row.speedup:>9.2f}x{row.difference:>13.1e}")
    print(f"  results agree: every difference is below {TOLERANCE} of the stage's range")


def write_pictures(folder, name, image, results):
    folder.mkdir(parents=True, exist_ok=True)
    before = images.to_pixels(image / 255 if image.dtype == np.uint8 else image)
    smooth = images.to_pixels(results["anisotropic diffusion"])
    edges = images.to_pixels(results["histogram equalisation"])
    images.write_png(folder / f"{name}-before.png", before)
    images.write_png(folder / f"{name}-diffused.png", smooth)
    images.write_png(folder / f"{name}-edges.png", edges)
    images.write_png(folder / f"{name}-before-after.png", before, smooth, edges)
    print(f"  pictures: {folder}/{name}-before-after.png and its three parts")


def print_explanation(image):
    print("\nexplain(z-score of gamma):")
    x = xp.asarray(image).astype(xp.float64) / 255
    print(xp.explain(z_score(xp, gamma(xp, x, ()), ())))


def main(arguments=None):
    options = parse(arguments)
    try:
        photographs = {options.file.stem: images.read(options.file)} if options.file else images.sample_photographs()
    except images.InputError as error:
        sys.exit(f"demo: {error}")
    for name, image in photographs.items():
        print(f"\n{name}: {' x '.join(map(str, image.shape))} {image.dtype}, {options.steps} diffusion steps")
        rows, results = compare(xp, image, options.steps, progress_bar)
        print_table(rows)
        write_pictures(options.output, name, image, results)
    print_explanation(image)


if __name__ == "__main__":
    main()
