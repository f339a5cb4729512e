"""Writes what was measured: a table (markdown), JSON with the machine and versions, a plot."""

from __future__ import annotations

import datetime
import json
import math
import platform
from collections import defaultdict
from dataclasses import asdict
from pathlib import Path

#: (what, area or areas, size, geometric mean to reach)
TARGETS = [
    ("ufunc chains at 1M", "chains", 1_000_000, 6.0),
    ("statistics at 1M", "statistics", 1_000_000, 4.0),
    ("simulation at 1M", "simulation", 1_000_000, 4.0),
    ("ufunc chains at 1K", "chains", 1_000, 2.0),
    ("statistics at 1K", "statistics", 1_000, 2.0),
    ("simulation at 1K", "simulation", 1_000, 2.0),
    ("tiny arrays", "tiny", 10, 4.0),
]


def geometric_mean(values):
    values = [v for v in values if v]
    return math.exp(sum(map(math.log, values)) / len(values)) if values else float("nan")


def machine(threads, versions):
    model = next((line.split(":", 1)[1].strip() for line in _cpuinfo() if line.startswith("model name")), "unknown")
    flags = next((line for line in _cpuinfo() if line.startswith("flags")), "")
    simd = "AVX-512" if "avx512bw" in flags else "AVX2" if "avx2" in flags else "SSE"
    return {
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "cpu": f"{model}, {simd}",
        "threads": threads,
        "system": f"{platform.system()} {platform.machine()}",
        "versions": versions,
    }


def _cpuinfo():
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []


def size_name(n):
    for unit, name in ((1_000_000, "M"), (1_000, "K")):
        if n >= unit:
            return f"{n / unit:g}{name}"
    return str(n)


def _time(seconds):
    for unit, name in ((1, "s"), (1e-3, "ms"), (1e-6, "us")):
        if seconds >= unit:
            return f"{seconds / unit:.3g} {name}"
    return f"{seconds / 1e-9:.3g} ns"


def write(folder, info, results, lines, notes):
    folder.mkdir(parents=True, exist_ok=True)
    payload = {"machine": info, "lines": lines, "notes": notes, "rows": [asdict(r) for r in results]}
    (folder / "results.json").write_text(json.dumps(payload, indent=1) + "\n")
    text = "\n".join([*_head(info, notes), *_targets(results, lines), *_tables(results)]) + "\n"
    (folder / "results.md").write_text(text)
    _plot(folder / "results.png", results)
    return text


def _head(info, notes):
    versions = ", ".join(f"{name} {version}" for name, version in info["versions"].items())
    yield "# Crossarray against NumPy"
    yield ""
    yield f"{info['date']}, {info['cpu']}, {info['threads']} threads each, {info['system']}; {versions}."
    yield "Ratio: NumPy's time / ours (above 1 we are faster), medians of interleaved blocks, results checked first."
    yield "OpenBLAS's threads, NumPy's and ours, sleep between products (OPENBLAS_THREAD_TIMEOUT=4)."
    yield from notes
    yield ""


def _targets(results, lines):
    yield "## Goals"
    yield ""
    yield "| goal | wanted | reached |"
    yield "|---|---|---|"
    for what, area, n, wanted in TARGETS:
        ratios = [r.ratio for r in results if r.area == area and r.n == n and r.ratio]
        if ratios:
            yield f"| {what}, geometric mean of {len(ratios)} | {wanted:g}x | {geometric_mean(ratios):.2f}x |"
    counted = [r for r in results if r.ratio and (r.n >= 1000 or r.area == "tiny") and r.area not in ("compare", "ops")]
    slow = [r for r in counted if r.ratio < 1]
    if counted:
        yield f"| rows below 1.0x, of {len(counted)} | 0 | {len(slow)} |"
    for rival, wanted in (("numexpr", 3.0), ("jax.jit", 1.2)):
        ratios = [r.seconds[rival] / r.seconds["crossarray"] for r in results if rival in r.seconds]
        if ratios:
            what = f"nine chains against {rival}, geometric mean of {len(ratios)}"
            yield f"| {what} | {wanted:g}x | {geometric_mean(ratios):.2f}x |"
    for line in lines:
        yield f"| {line['what']} | {line['wanted']} | {line['reached']} |"
    failed = [r for r in results if r.error]
    yield f"| rows that failed or differ from NumPy | 0 | {len(failed)} |"
    yield ""
    if slow:
        yield "Below 1.0x: " + "; ".join(f"{_label(r)} {r.ratio:.2f}x" for r in sorted(slow, key=lambda r: r.ratio))
        yield ""
    for r in failed:
        yield f"- {_label(r)}: {r.error}"
    yield ""


def _label(r):
    return f"{r.area}/{r.name} {size_name(r.n)} {r.dtype} {r.layout}"


def _tables(results):
    areas = defaultdict(list)
    for r in results:
        areas[r.area].append(r)
    for area, rows in areas.items():
        yield f"## {area}"
        yield ""
        yield from (_tiny_table(rows) if area == "tiny" else _rival_table(rows) if area == "compare" else _grid(rows))
        yield ""


def _tiny_table(rows):
    yield "| statement | NumPy | Crossarray | ratio |"
    yield "|---|---|---|---|"
    for r in rows:
        if r.ratio:
            times = " | ".join(_time(r.seconds[name]) for name in ("numpy", "crossarray"))
            yield f"| `{r.name}` | {times} | {r.ratio:.2f} |"
    yield f"| geometric mean | | | {geometric_mean([r.ratio for r in rows]):.2f} |"


def _rival_table(rows):
    rivals = sorted({name for r in rows for name in r.seconds if name not in ("numpy", "crossarray")})
    yield "| chain | n | dtype | Crossarray | numpy | " + " | ".join(rivals) + " |"
    yield "|---|---|---|---|---|" + "---|" * len(rivals)
    for r in rows:
        if r.ratio:
            ours = r.seconds["crossarray"]
            others = " | ".join(
                f"{r.seconds[name] / ours:.2f}x" if name in r.seconds else "" for name in ["numpy", *rivals]
            )
            yield f"| {r.name} | {size_name(r.n)} | {r.dtype} | {_time(ours)} | {others} |"


def _grid(rows):
    sizes = sorted({r.n for r in rows})
    yield "| case | dtype | layout | " + " | ".join(size_name(n) for n in sizes) + " |"
    yield "|---|---|---|" + "---|" * len(sizes)
    lines = defaultdict(dict)
    for r in rows:
        lines[r.name, r.dtype, r.layout][r.n] = f"{r.ratio:.2f}" if r.ratio else "failed"
    for key, cells in lines.items():
        yield f"| {' | '.join(key)} | " + " | ".join(cells.get(n, "") for n in sizes) + " |"
    means = [geometric_mean([r.ratio for r in rows if r.n == n]) for n in sizes]
    yield "| geometric mean | | | " + " | ".join(f"{m:.2f}" for m in means) + " |"


def _plot(path, results):
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    areas = sorted({r.area for r in results if r.ratio} - {"compare", "tiny", "ops", "loops"})
    if not areas:
        return
    figure, axes = pyplot.subplots(figsize=(9, 5.5), layout="constrained")
    for area in areas:
        sizes = sorted({r.n for r in results if r.area == area and r.ratio})
        means = [geometric_mean([r.ratio for r in results if r.area == area and r.n == n]) for n in sizes]
        axes.plot(sizes, means, marker="o", label=area)
    axes.axhline(1, color="black", linewidth=1)
    axes.set(xscale="log", yscale="log", xlabel="elements", ylabel="NumPy's time / Crossarray's (geometric mean)",
             title="Crossarray against NumPy")  # fmt: skip
    ticks = [0.5, 1, 2, 4, 8, 16, 32]
    axes.set_yticks(ticks, [f"{t:g}x" for t in ticks])
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=130)
    pyplot.close(figure)
