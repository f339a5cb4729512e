"""Photographs in, PNG files out. Host-side NumPy: neither library under test takes part."""

from pathlib import Path

import numpy as np

SMALLEST = 8  # pixels along an edge


class InputError(Exception):
    """The named file cannot be used; the text says why and what would work."""


def sample_photographs():
    """The photographs inside scikit-learn's package, by name."""
    from sklearn.datasets import load_sample_images

    sample = load_sample_images()
    return {Path(name).stem: image for name, image in zip(sample.filenames, sample.images, strict=True)}


def read(path: Path):
    """An image file or a .npy array as (height, width, channels)."""
    if not path.exists():
        raise InputError(f"{path}: no such file. Name an image or a .npy array of shape (height, width[, channels]).")
    image = np.load(path) if path.suffix == ".npy" else read_picture(path)
    if image.ndim == 2:
        image = image[:, :, None]
    if image.ndim != 3 or min(image.shape[:2]) < SMALLEST or image.dtype.kind not in "buif":
        raise InputError(
            f"{path}: {image.dtype} of shape {image.shape}; expected real numbers of shape (height, width[, channels]), "
            f"height and width at least {SMALLEST}."
        )
    image = np.ascontiguousarray(image[:, :, :3])
    check_values(path, image)
    return image


def check_values(path: Path, image):
    """InputError for values that no range of grey can show: 8-bit pixels are taken as they are."""
    if image.dtype == np.uint8:
        return
    low, high = image.min(), image.max()
    if not (np.isfinite(low) and np.isfinite(high)):
        raise InputError(f"{path}: has NaN or infinite values; replace them first (numpy.nan_to_num).")
    if low == high:
        raise InputError(f"{path}: every value is {low}; a picture needs at least two different ones.")


def read_picture(path: Path):
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as picture:
            return np.asarray(picture if picture.mode in ("L", "RGB") else picture.convert("RGB"))
    except UnidentifiedImageError as error:
        raise InputError(f"{path}: not an image that Pillow can read, and not a .npy file.") from error


def to_pixels(x):
    """Values to 8-bit pixels: the middle 99 % of each channel over the full range, then the display's gamma."""
    x = np.asarray(x, dtype=np.float64)
    if x.dtype.kind == "f" and (x.min() < 0 or x.max() > 1):
        low, high = np.percentile(x, [0.5, 99.5], axis=(0, 1))
        x = np.clip((x - low) / np.maximum(high - low, 1e-12), 0, 1) ** (1 / 2.2)
    return np.round(255 * x).astype(np.uint8)


def as_rgb(pixels):
    """Grey (height, width[, 1]) to three equal channels; two channels to red and green."""
    pixels = pixels if pixels.ndim == 3 else pixels[:, :, None]
    if pixels.shape[2] == 2:
        return np.concatenate([pixels, np.zeros_like(pixels[:, :, :1])], axis=2)
    return np.broadcast_to(pixels, (*pixels.shape[:2], 3)) if pixels.shape[2] == 1 else pixels


def write_png(path: Path, *pictures):
    """Writes pictures side by side, with a white gap."""
    from PIL import Image

    gap = np.full((pictures[0].shape[0], 8, 3), 255, np.uint8)
    parts = [part for picture in pictures for part in (as_rgb(picture), gap)][:-1]
    Image.fromarray(np.concatenate(parts, axis=1)).save(path)
