"""Measures a CUDA device: fused chains and reductions against a copy and against other libraries, enqueueing, placement.

Every cell is written as soon as it is measured; started again, what is there is not measured again.
"""

from __future__ import annotations

import argparse
import datetime
import json
import re
import sys
from pathlib import Path
from time import perf_counter

from benchmarks.gpu import cases, measure, report
from benchmarks.gpu.libraries import Crossarray, rivals
from benchmarks.report import machine

FOLDER = Path(__file__).resolve().parents[1] / "results"
PLACED = ("relu*s+b", "GELU", "sum")


def parse(arguments):
    parser = argparse.ArgumentParser(prog="benchmarks/gpu.sh", description=__doc__)
    parser.add_argument(
        "--sizes", nargs="+", type=lambda text: int(float(text)), help="numbers of elements (1e3 to 1e9)"
    )
    parser.add_argument("--case", help="only cases whose name contains this")
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--rivals", nargs="*", help="CuPy torch.compile jax.jit (default: all there are)")
    parser.add_argument("--minutes", type=float, default=9, help="begins nothing new after so many (default 9)")
    parser.add_argument("--budget", type=float, default=0.15, help="seconds per library and cell")
    parser.add_argument("--fresh", action="store_true", help="measure again what an earlier run measured")
    parser.add_argument("--smoke", action="store_true", help="tiny sizes and budgets: does it run?")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder of the results")
    options = parser.parse_args(arguments)
    if options.smoke:
        options.sizes, options.budget = options.sizes or [1_000, 20_000], 0.002
    options.sizes = options.sizes or list(cases.SIZES)
    return options


def describe(xp, libraries):
    found = machine(0, {"python": ".".join(map(str, sys.version_info[:3]))})
    for library in libraries:
        module = sys.modules.get(
            {"CuPy": "cupy", "torch.compile": "torch", "jax.jit": "jax"}.get(library.name, library.name)
        )
        found["versions"][library.name] = getattr(module, "__version__", "?")
    found["device"] = xp.backends()["cuda:0"]
    return found


def plan(options, usable):
    """(key, function that measures it), the sizes that matter most first."""
    chosen = [c for c in cases.CASES if not options.case or options.case in c.name]
    libraries = [Crossarray(), *usable]
    order = sorted(options.sizes, key=lambda n: (n != headline(options), -n if n <= 10**8 else 0))
    for n in order:
        for case in chosen:
            yield (
                f"case|{case.name}|{n}|{case.kind}",
                lambda case=case, n=n: measure.measure_cell(case, n, options.dtype, libraries, options.budget),
            )
        for case in chosen:
            for mode in ("stays", "there and back"):
                if case.name in PLACED and n <= 10**8:
                    yield (
                        f"placement|{case.name}|{n}|{mode}",
                        lambda case=case, n=n, mode=mode: measure.measure_placement(
                            case, n, options.dtype, mode == "stays", options.budget
                        ),
                    )


def headline(options):
    """The size the goals are about: 1e8, or the largest asked for below."""
    return max((n for n in options.sizes if n <= 10**8), default=min(options.sizes))


def earlier(base, options):
    path = base.with_suffix(".json")
    return json.loads(path.read_text())["cells"] if path.exists() and not options.fresh else {}


def run(xp, options):
    began = perf_counter()
    usable, notes = rivals([] if options.smoke and options.rivals is None else options.rivals)
    facts = describe(xp, [Crossarray(), *usable])
    name = re.sub(r"[^a-z0-9]+", "-", facts["device"].split(",")[0].lower()).strip("-")
    base = options.out / f"{datetime.date.today()}-gpu-{name}"
    found = {"machine": facts, "headline": headline(options), "notes": notes, "cells": earlier(base, options)}
    start = perf_counter()
    if not options.smoke:
        xp.calibrate(progress=False)
        notes.append(f"xp.calibrate() took {perf_counter() - start:.1f} s.")
    nbytes = 1 << 20 if options.smoke else 1 << 30
    found["copy_bytes_per_s"] = measure.copy_bandwidth([Crossarray(), *usable], nbytes, options.budget)
    facts["copy"] = f"{found['copy_bytes_per_s'] / 1e9:.0f} GB/s read and written"
    found["enqueue_us"] = measure.enqueue_us(20 if options.smoke else 1000)
    found["overlap"], profile = measure.overlap(20_000 if options.smoke else 30_000_000)
    for key, take in plan(options, usable):
        if key in found["cells"]:
            continue
        if perf_counter() - began > 60 * options.minutes:
            notes.append(f"Stopped after {options.minutes:g} minutes; started again, the run goes on with {key}.")
            break
        print(f"{perf_counter() - began:5.0f} s  {key}", file=sys.stderr)
        try:
            found["cells"][key] = take()
        except Exception as error:  # the others are worth having
            text = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
            found["cells"][key] = {"seconds": {}, "errors": {"crossarray": text}, "bytes": 0}
        report.save(found, base)
    text = report.write(found, base)
    profile.save(base.with_suffix(".trace.json"))
    return text, base, found


def main(arguments=None):
    options = parse(arguments)
    import crossarray as xp

    if "cuda:0" not in xp.backends():
        print(f"No CUDA device to measure. {xp.backends()['cuda']}")
        return 0
    text, base, found = run(xp, options)
    print(text, *found["notes"], f"Written to {base}.md, .json, .png and .trace.json.", sep="\n")
    wrong = [f"{key} {name}" for key, cell in found["cells"].items() for name in cell.get("errors", {})]
    if wrong:
        print("Wrong or failed:", *wrong, sep="\n  ")
    return 1 if any(name.endswith("crossarray") for name in wrong) else 0


if __name__ == "__main__":
    sys.exit(main())
