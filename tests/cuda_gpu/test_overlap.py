"""Copies travel beside kernels: seen in the trace of an overlapping profile."""

import json
import os

import numpy as np
import pytest

import crossarray as xp

pytestmark = pytest.mark.gpu
FAKE = os.environ.get("CROSSARRAY_FAKE_CUDA") == "1"
ELEMENTS = 300_000 if FAKE else 30_000_000


def run_profiled():
    """A long kernel on what is on the device, then one that needs a host array as well."""
    x, host = xp.eval(xp.linspace(0, 1, ELEMENTS, device="cuda")), xp.array(np.ones(ELEMENTS))
    with xp.profile(overlap=True) as profile:
        slow = x
        for _ in range(40):
            slow = xp.sin(slow) + x
        result = xp.eval(host - slow.mean())
    np.testing.assert_allclose(float(result[0]), 1 - float(slow.mean()), rtol=1e-9)
    return profile


def test_the_trace_names_every_step_and_copy_once(tmp_path):
    run_profiled()
    profile = run_profiled()
    assert [event.where for event in profile.events if "copy" in event.what] == ["cpu to cuda:0"]
    profile.save(tmp_path / "trace.json")
    rows = json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    assert len([row for row in rows if row["ph"] == "X"]) == len(profile.events)


@pytest.mark.skipif(FAKE, reason="the fake driver's streams run one after the other")
def test_a_copy_begins_before_the_kernel_in_front_of_its_reader_ends():
    run_profiled()  # compiles
    events = run_profiled().events
    (copy,) = [event for event in events if event.where == "cpu to cuda:0"]
    kernel = next(event for event in events if event.where == "cuda:0")
    begin = max(copy.start_us, kernel.start_us)
    end = min(copy.start_us + copy.duration_us, kernel.start_us + kernel.duration_us)
    assert end - begin > 0.5 * min(copy.duration_us, kernel.duration_us), events
