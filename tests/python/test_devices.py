"""Devices seen from Python: what holds with the CPU alone, and, on the fake driver, with a second device."""

import json
import os
import pathlib
import subprocess
import sys

import pytest
from fake_device import run_on_fake

import crossarray as xp
from crossarray import _core, _device


def test_memory_counts_bytes_per_device():
    before = xp.memory()["cpu"]
    x = xp.eval(xp.ones(100_000, device="cpu") + 1)
    now = xp.memory()["cpu"]
    assert now["in_use"] >= before["in_use"] + x.nbytes
    assert now["peak"] >= now["in_use"]
    assert set(now) == {"in_use", "cached", "peak", "limit"}
    xp.free_cached()
    assert xp.memory()["cpu"]["cached"] == 0


def test_profile_measures_steps_and_writes_a_trace(tmp_path):
    with xp.profile() as p:
        xp.eval(xp.sqrt(xp.arange(200_000.0, device="cpu")) + 1)
    (event,) = p.events
    assert "fused over (200000,)" in event.what and event.where == "cpu"
    assert event.duration_us > 0 and event.bytes == 200_000 * 8 * 2 and event.gb_per_s > 0
    p.save(tmp_path / "trace.json")
    process, row, step = json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    assert (process["name"], row["name"], row["args"]["name"]) == ("process_name", "thread_name", "cpu")
    assert (step["name"], step["ph"], step["cat"], step["tid"]) == (event.what, "X", "step", row["tid"])
    assert step["dur"] == event.duration_us and step["args"]["bytes"] == event.bytes
    header, line = repr(p).splitlines()
    assert header.split() == ["start", "took", "predicted", "GB/s", "what"] and line.endswith("cpu: " + event.what)


def test_memory_limit_is_a_number_of_bytes():
    with xp.config(memory_limit=1 << 30):
        assert xp.config.memory_limit == 1 << 30
    assert xp.config.memory_limit == 0
    with pytest.raises(ValueError):
        xp.config.memory_limit = -1
    with pytest.raises(TypeError):
        xp.config.memory_limit = "1 GiB"


def test_a_machine_table_is_text_that_comes_back():
    before = _core.machine()
    try:
        _core.set_machine(before)
        assert _core.machine() == before
        with pytest.raises(ValueError, match="machine table"):
            _core.set_machine("devices 0\ncpu.launch_us fast\n")
    finally:
        _core.set_machine(before)


def test_calibration_stores_a_table(tmp_path):
    code = "import crossarray as xp; print(xp.calibrate(progress=False)); print(xp._core.machine())"
    environment = {**os.environ, "CROSSARRAY_CACHE_DIR": str(tmp_path), "CROSSARRAY_CUDA": "off"}
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    path, table = run.stdout.split("\n", 1)
    versions, stored = pathlib.Path(path).read_text().split("\n", 1)
    assert versions.startswith("crossarray ") and stored.strip() == table.strip()
    rates = dict(line.split() for line in table.splitlines() if line)
    assert float(rates["cpu.light_ns"]) > 0 and float(rates["cpu.power_wide_ns"]) > 0
    assert 0 < float(rates["cpu.fft_ns"]) != 0.25


def test_calibration_draws_a_bar_on_a_terminal(monkeypatch, capsys):
    monkeypatch.setattr(_device._Bar, "can_draw", staticmethod(lambda: True))
    monkeypatch.setattr(_core, "calibration_steps", lambda: ["cpu: launch", "cpu: sum"])
    monkeypatch.setattr(_core, "calibration_step", lambda step: None)
    monkeypatch.setattr(_core, "set_figure", lambda name, value: None)
    monkeypatch.setattr(_core, "save_machine", lambda: "/a/file")
    assert xp.calibrate() == "/a/file"
    drawn = capsys.readouterr().err
    assert "1/2 cpu: sum" in drawn and "2/2 done" in drawn and drawn.endswith("\n")
    xp.calibrate(progress=False)
    assert capsys.readouterr().err == ""


def test_leaving_a_device_block_computes_what_can_be_reached():
    before = xp.arange(100_000.0) + 1
    with xp.device("cpu"):
        x = xp.arange(100_000.0) + 1
        y = x * 2
        assert "pending" in xp.explain(y)
        del x
    assert "ready" in xp.explain(y) and "pending" in xp.explain(before)
    assert "pending" in xp.explain(y + 1)
    with pytest.raises(KeyError), xp.device("cpu"):
        z = y + 1
        raise KeyError
    assert "pending" in xp.explain(z) and xp.array_equal(z, y + 1)


def test_a_device_block_can_be_entered_twice():
    block = xp.device("cpu")
    with block, block:
        x = xp.ones(100_000) + 1
        assert (x + 1).device == "cpu"
    assert "ready" in xp.explain(x) and xp.device("cpu").name == "cpu"


class TestOnTheFakeDriver:
    def test_leaving_a_device_block_computes_there(self):
        out = run_on_fake(
            """
with xp.device("cuda"):
    x = xp.arange(1000.0) * 2
    assert "pending" in xp.explain(x)
    with xp.device("cpu"):
        assert "ready" in xp.explain(x), "work given to another device does not leave this behind"
        y = xp.arange(1000.0) + 1
    assert "ready" in xp.explain(y)
print(xp.explain(x))
assert x.sum() == 999000 and y.device == "cpu"
"""
        )
        assert "ready on cuda:0, pinned to cuda:0" in out

    def test_arrays_stay_where_they_were_asked_for(self):
        out = run_on_fake(
            """
x = xp.ones(10, device="cuda")
print(x.device, (x + 1).device, x.sum().device, x[2:].device, (x @ x).device, x[3].device, xp.zeros_like(x).device)
print(x.to_device("cpu").device, xp.arange(3).device, xp.array([1, 2], device="cuda:0").device)
with xp.device("cuda"):
    print(xp.ones(2).device, (xp.asarray([1.0]) * 2).device)
print(xp.ones(2).device)
"""
        )
        assert out.split() == ["cuda:0"] * 7 + ["cpu", "cpu", "cuda:0"] + ["cuda:0"] * 2 + ["cpu"]

    def test_only_what_must_move_moves(self):
        out = run_on_fake(
            """
x = xp.arange(1000.0).to_device("cuda")
x[3:7] = -1
x[0] = 5
y = x[::2] * 2 + x.cumsum()[:500] + x[np.arange(500)]
x[xp.array([1, 2])] = 0
before = _core.copies()
print(before["to_host"], before["to_device_bytes"] < 8000 + 8 * 500 + 200)
host = np.asarray(y)
print(_core.copies()["to_host_bytes"], x.device, xp.explain(x).split(":")[1].strip())
print(float(x[4]), _core.copies()["to_host_bytes"])
"""
        )
        assert out.splitlines() == ["0 True", "4000 cuda:0 ready on cuda", "-1.0 4008"]

    def test_a_pinned_array_gives_numpy_a_copy(self):
        run_on_fake(
            """
x = xp.arange(4.0).to_device("cuda")
host = np.asarray(x)
host[0] = 9
assert float(x[0]) == 0
assert np.array_equal(np.asarray(x), [0, 1, 2, 3])
try:
    memoryview(x)
except BufferError as e:
    assert "cuda:0" in str(e)
else:
    raise AssertionError
"""
        )

    def test_two_devices_in_one_expression_raise(self):
        run_on_fake(
            """
for call in (lambda a, b: a + b, lambda a, b: a @ b, lambda a, b: xp.where(a > 0, a, b)):
    try:
        call(xp.ones(3, device="cuda"), xp.ones(3, device="cpu"))
    except ValueError as e:
        assert "pinned to" in str(e) and "to_device" in str(e), e
    else:
        raise AssertionError
assert np.array_equal(np.asarray(xp.ones(3, device="cuda") + xp.ones(3)), [2, 2, 2])
"""
        )

    def test_the_environment_sets_the_device(self):
        assert run_on_fake("print(xp.ones(3).device)", CROSSARRAY_DEVICE="cuda") == "cuda:0\n"

    def test_explain_tells_devices_copies_and_why(self):
        text = run_on_fake(
            """
x, y = xp.arange(200000.0).to_device("cuda"), xp.arange(200000.0)
print(xp.explain(x * y + 1))
"""
        )
        first = text.splitlines()[1]
        assert "on cuda:0: 2 operations fused over (200000,), moves 4.6 MiB, about 7." in first
        assert first.endswith(" us on cpu); pinned")
        assert "copies 1.5 MiB from cpu to cuda:0, about 1" in text and "this step reads it there" in text
        assert "in all, by usual figures; crossarray.calibrate() measures" in text

    def test_backends_are_one_sentence_each(self):
        out = run_on_fake("print(list(xp.backends()), xp.backends()['cuda:0'], sorted(xp.memory()))")
        assert "['cpu', 'cuda:0']" in out and "Fake GPU" in out and "['cpu', 'cuda:0']" in out

    def test_stored_figures_count_for_their_versions_only(self, tmp_path):
        tell = "print(xp.backends()['cuda:0'], '|', *_core.machine().split()[2:4])"
        where = {"CROSSARRAY_CACHE_DIR": str(tmp_path)}
        assert "usual figures; crossarray.calibrate() measures" in run_on_fake(tell, **where)
        # Figures as calibrate() stores them, without its seconds.
        path = pathlib.Path(
            run_on_fake(
                "xp.backends(); _core.set_figure('cpu.launch_us', 77); print(_core.save_machine())", **where
            ).strip()
        )
        assert "by figures measured on this machine | cpu.launch_us 77" in run_on_fake(tell, **where)
        table = path.read_text()
        assert "driver 13.0" in table.split("\n")[0]
        path.write_text(table.replace("driver 13.0", "driver 12.9"))
        assert "the stored ones are of other versions" in run_on_fake(tell, **where)
        for damaged in (table[:-40], "nonsense", table.replace("77", "fast"), ""):
            path.write_text(damaged)
            said = run_on_fake(tell, **where)
            assert "the stored ones are damaged" in said and "cpu.launch_us 1" in said
        run_on_fake("xp.backends(); _core.save_machine()", **where)
        assert "by figures measured" in run_on_fake(tell, **where)

    def test_calibration_goes_on_without_a_library(self, tmp_path):
        code = """
step = _core.calibration_steps().index("cuda:0: Fourier transform")
fake_set("missing_fft", 1)
before = _core.machine()
_core.calibration_step(step)
assert _core.machine() == before
"""
        run_on_fake(code, CROSSARRAY_CACHE_DIR=str(tmp_path))

    def test_profile_shows_the_device_and_its_copies(self):
        out = run_on_fake(
            """
with xp.profile() as p:
    x = xp.arange(1000.0).to_device("cuda")
    float((x * 2).sum())
    xp.eval(x.cumsum())
print(p)
for e in p.events:
    assert e.bytes > 0 and e.duration_us > 0 and e.predicted_us > 0 and e.gb_per_s > 0, e
assert [e.where for e in p.events] == ["cpu to cuda:0", "cuda:0", "cuda:0 to cpu", "cuda:0"]
starts = [e.start_us for e in p.events]
assert starts == sorted(starts)
"""
        )
        assert "cpu to cuda:0: copy" in out and "cuda:0 to cpu: copy" in out and "fused over (1000,)" in out

    def test_arrays_without_elements_are_computed_with(self):
        run_on_fake(
            """
x = xp.arange(10.0, device="cuda")
for none in (x[x > 100], x[xp.array([], dtype=int)], xp.exp(x[:0])):
    assert none.shape == (0,) and float(none.sum()) == 0 and float((none * 2).prod()) == 1
    assert np.asarray(none - none.mean()).shape == (0,) and np.asarray(none).shape == (0,)
"""
        )

    def test_an_overlapping_profile_tells_what_devices_did_when_without_waiting(self):
        out = run_on_fake(
            """
x, host = xp.arange(300000.0).to_device("cuda"), xp.arange(300000.0)
with xp.profile(overlap=True) as p:
    y = xp.eval(host - (x * 2).mean())
assert float(y[0]) == -299999.0
assert all(e.duration_us >= 0 and e.bytes > 0 for e in p.events), p
print(*(e.where for e in p.events), sep=",")
p.save("/dev/stdout")
"""
        )
        rows, trace = out.splitlines()
        assert rows.split(",") == ["cuda:0", "cpu to cuda:0", "cuda:0"]
        step, copy, last = [e for e in json.loads(trace)["traceEvents"] if e["ph"] == "X"]
        assert step["tid"] == last["tid"] != copy["tid"]
        assert step["ts"] < copy["ts"] + copy["dur"] and copy["ts"] < step["ts"] + step["dur"], "they overlap"
        assert copy["ts"] + copy["dur"] <= last["ts"]

    def test_a_copy_into_fresh_memory_waits_for_no_work_on_the_device(self):
        run_on_fake(
            """
x, host = xp.arange(300000.0).to_device("cuda"), xp.arange(1000.0)
with xp.profile(overlap=True) as p:
    y = xp.eval(x * 2)
    z = host.to_device("cuda")
step, copy = p.events
assert copy.where == "cpu to cuda:0" and copy.start_us + copy.duration_us < step.start_us + step.duration_us, p
with xp.profile(overlap=True) as p:
    z[...] = host  # over bytes that work on the device may still read
    xp.eval(x * 3, z * 2)
assert float(z.sum()) == 499500
"""
        )

    def test_selections_of_what_the_router_sent_to_the_device(self):
        run_on_fake(
            """
from conftest import _send_work_to_the_fake_device
_send_work_to_the_fake_device()
n = 300_000
a = np.arange(n) % 100.0
x = xp.array(a)
y = x * 2 + 1
assert y.sum() == (a * 2 + 1).sum() and xp._core.copies()["to_device"] > 0
i = np.array([5, 7, n - 1])
z, mask = x * 3, x > 50
assert np.array_equal(np.asarray(z[mask]), (a * 3)[a > 50])
assert np.array_equal(np.asarray((x * 4)[xp.array(i)]), (a * 4)[i])
assert np.array_equal(np.asarray((x * 4)[(x * 1 > 98)]), (a * 4)[a > 98])
x[x > 50] = x[x > 50] + 1
a[a > 50] += 1
assert np.array_equal(np.asarray(x), a)
""",
            PYTHONPATH=os.pathsep.join([str(pathlib.Path(__file__).parent), os.environ.get("PYTHONPATH", "")]),
        )


def test_the_readme_on_devices_runs_line_by_line(tmp_path):
    readme = pathlib.Path(__file__).parents[2] / "README.md"
    section = readme.read_text().split("## Devices")[1].split("\n## ")[0]
    code = section.split("```python")[1].split("```")[0]
    check = """
assert z.device == w.device == "cuda:0" and h.device == "cpu" and "ready" in xp.explain(w)
try:
    z + h
except ValueError as e:
    assert str(e).startswith("add: one operand is pinned to cuda:0, another to cpu: "), e
else:
    raise AssertionError
assert json.load(open("trace.json"))["traceEvents"]
"""
    out = run_on_fake(f"os.chdir({str(tmp_path)!r})\n" + code + check)
    assert "cuda:0: Fake GPU" in out and "step 1 on cuda:0" in out and "'limit': 4294967296" in out
