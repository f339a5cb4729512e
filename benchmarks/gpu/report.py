"""What was measured on the device: a short table for the terminal, markdown, JSON and a plot."""

from __future__ import annotations

import json
import math
from collections import defaultdict

from benchmarks.report import geometric_mean, size_name

GOALS = {"CuPy chain": 3.0, "CuPy reduction": 1.0, "torch.compile": 1.0, "jax.jit": 1.0}


def cells(found, part):
    """(key parts, cell) of the measured cells of one part: keys are "part|name|n|..."."""
    for key, cell in found["cells"].items():
        first, *rest = key.split("|")
        if first == part and cell["seconds"]:
            yield rest, cell


def percent_of_copy(found, cell):
    return 100 * cell["bytes"] / cell["seconds"]["crossarray"] / found["copy_bytes_per_s"]


def lines(found):
    """The goals, reached or not, as (what, wanted, reached)."""
    at = found["headline"]
    shares = {
        (name, n): percent_of_copy(found, cell)
        for (name, n, _), cell in cells(found, "case")
        if "crossarray" in cell["seconds"]
    }
    for (name, n), share in shares.items():
        if int(n) == at:
            yield f"{name} at {size_name(at)}", "90 % of a copy", f"{share:.0f} %"
    ratios = defaultdict(list)
    for (_, n, kind), cell in cells(found, "case"):
        for rival, seconds in cell["seconds"].items():
            if rival != "crossarray" and "crossarray" in cell["seconds"] and int(n) == at:
                ratios[f"{rival} {kind}" if rival == "CuPy" else rival].append(seconds / cell["seconds"]["crossarray"])
    for what, each in ratios.items():
        yield f"against {what} at {size_name(at)}", f"{GOALS[what]:g}x", f"{geometric_mean(each):.2f}x"
    if "enqueue_us" in found:
        yield "enqueue, per warm fused kernel", "5 us", f"{found['enqueue_us']:.1f} us"
    worst = max(
        (cell["seconds"]["auto"] / min(cell["seconds"]["cpu"], cell["seconds"]["cuda"]), rest)
        for rest, cell in [*cells(found, "placement"), (["nowhere"], {"seconds": dict(cpu=1, cuda=1, auto=0)})]
    )
    if worst[0]:
        yield "auto over the better device, worst cell", "1.10", f"{worst[0]:.2f} ({' '.join(worst[1])})"
    if "overlap" in found:
        yield "of a copy beside a kernel", "seen", f"{100 * found['overlap']:.0f} %"


def table(rows, head):
    wide = [max(len(str(row[i])) for row in [head, *rows]) for i in range(len(head))]
    text = [" | ".join(str(item).ljust(w) for item, w in zip(row, wide, strict=True)) for row in [head, *rows]]
    return "\n".join(
        [f"| {text[0]} |", "|" + "|".join("-" * (w + 2) for w in wide) + "|", *[f"| {t} |" for t in text[1:]]]
    )


def markdown(found):
    machine = found["machine"]
    parts = [f"# {machine['device']}, {machine['date'][:10]}\n", _facts(machine), "\n## Goals\n"]
    parts.append(table(list(lines(found)), ("what", "wanted", "reached")))
    parts.append("\n## Microseconds per call, and share of the copy's bandwidth\n")
    rivals = sorted({name for _, cell in cells(found, "case") for name in cell["seconds"]} - {"crossarray"})
    rows = []
    for (name, n, _), cell in cells(found, "case"):
        s = cell["seconds"]
        share = f"{percent_of_copy(found, cell):.0f} %" if "crossarray" in s else "-"
        times = [f"{1e6 * s[k]:.3g}" if k in s else "-" for k in ("crossarray", *rivals)]
        rows.append((name, size_name(int(n)), *times, share))
    parts.append(table(rows, ("case", "n", "crossarray", *rivals, "of copy")))
    placements = [
        (name, size_name(int(n)), mode, *[f"{1e6 * cell['seconds'][k]:.3g}" for k in ("cpu", "cuda", "auto")])
        for (name, n, mode), cell in cells(found, "placement")
    ]
    if placements:
        parts += ["\n## Left to the router, microseconds per call\n"]
        parts.append(table(placements, ("case", "n", "data", "cpu", "cuda", "auto")))
    errors = [
        f"- {key}: {name}: {text}"
        for key, cell in found["cells"].items()
        for name, text in cell.get("errors", {}).items()
    ]
    return "\n".join(
        [*parts, *(["\n## Wrong or failed\n", *errors] if errors else []), *["\n" + n for n in found["notes"]]]
    )


def _facts(machine):
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    return f"{machine['device']}; host {machine['cpu']}; {versions}. Copy: {machine['copy']}."


def plot(found, path):
    """Share of the copy's bandwidth over the number of elements; nothing without matplotlib."""
    try:
        import matplotlib
    except ImportError:
        return
    matplotlib.use("Agg")
    from matplotlib import pyplot

    series = defaultdict(list)
    for (name, n, _), cell in cells(found, "case"):
        if "crossarray" in cell["seconds"]:
            series[name].append((int(n), percent_of_copy(found, cell)))
    figure, axes = pyplot.subplots(figsize=(9, 5.5))
    for name, points in series.items():
        axes.plot(*zip(*sorted(points), strict=True), marker="o", label=name)
    axes.axhline(90, color="grey", linestyle=":")
    axes.set(xscale="log", xlabel="elements", ylabel="% of copy bandwidth", title=found["machine"]["device"])
    axes.legend(fontsize=8, ncol=2)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def write(found, base):
    """base.json, base.md, base.png; the goals as text."""
    base.parent.mkdir(parents=True, exist_ok=True)
    save(found, base)
    base.with_suffix(".md").write_text(markdown(found) + "\n")
    if any(math.isfinite(cell["bytes"]) for _, cell in cells(found, "case")):
        plot(found, base.with_suffix(".png"))
    return table(list(lines(found)), ("what", "wanted", "reached"))


def save(found, base):
    base.parent.mkdir(parents=True, exist_ok=True)
    base.with_suffix(".json").write_text(json.dumps(found, indent=1) + "\n")
