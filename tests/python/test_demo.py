"""The demo's pipeline gives the same pictures with both libraries, and refuses unusable input in words."""

import numpy as np
import pytest

import crossarray as xp
from crossarray.demo import images
from crossarray.demo.compare import TOLERANCE, difference
from crossarray.demo.pipeline import STAGES, run_all


def photograph(height=37, width=53, channels=3):
    return np.random.default_rng(7).integers(0, 256, (height, width, channels), dtype=np.uint8)


@pytest.mark.parametrize("steps", [0, 1, 12])
def test_every_stage_agrees_with_numpy(steps):
    reference, ours = photograph(), xp.asarray(photograph())
    for stage in STAGES:
        reference, ours = (stage.run(lib, x, range(steps)) for lib, x in ((np, reference), (xp, ours)))
        assert difference(reference, ours) <= TOLERANCE, stage.name


def test_the_whole_pipeline_agrees_when_nothing_is_looked_at():
    image = photograph(200, 120)
    assert difference(run_all(np, image, range(5)), run_all(xp, xp.asarray(image), range(5))) <= TOLERANCE


def test_a_grey_npy_file_becomes_one_channel(tmp_path):
    np.save(tmp_path / "grey.npy", np.eye(20, dtype=np.float32))
    assert images.read(tmp_path / "grey.npy").shape == (20, 20, 1)


@pytest.mark.parametrize("array", [np.zeros((20, 3)), np.zeros(50), np.zeros((20, 20), complex)])
def test_an_unusable_array_is_refused_with_its_shape(tmp_path, array):
    np.save(tmp_path / "odd.npy", array)
    with pytest.raises(images.InputError, match="expected real numbers of shape"):
        images.read(tmp_path / "odd.npy")


@pytest.mark.parametrize(
    "value, said", [(np.nan, "NaN or infinite"), (np.inf, "NaN or infinite"), (3.0, "every value")]
)
def test_values_that_make_no_picture_are_refused(tmp_path, value, said):
    np.save(tmp_path / "flat.npy", np.full((20, 20), value))
    with pytest.raises(images.InputError, match=said):
        images.read(tmp_path / "flat.npy")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(images.InputError, match="no such file"):
        images.read(tmp_path / "absent.png")
