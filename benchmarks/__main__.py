"""Runs the benchmarks: python -m benchmarks --help."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from dataclasses import replace
from pathlib import Path

AREAS = ("chains", "statistics", "masked", "differences", "simulation", "optimisers", "indexing", "loops", "ops")
OTHERS = ("tiny", "compare", "lines")
FOLDER = Path(__file__).resolve().parent / "results"


def parse(arguments):
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="1K and 1M, float64, contiguous, short rounds")
    parser.add_argument("--area", nargs="+", choices=AREAS + OTHERS, help="only these areas")
    parser.add_argument("--case", help="only cases whose name contains this")
    parser.add_argument("--sizes", nargs="+", type=int, help="only these numbers of elements")
    parser.add_argument("--dtype", nargs="+", help="only these dtypes")
    parser.add_argument("--layout", nargs="+", help="only these layouts")
    parser.add_argument("--budget", type=float, help="seconds per row (default 0.4, quick 0.2)")
    parser.add_argument("--threads", type=int, default=2, help="threads of every library (default 2)")
    parser.add_argument("--processor-time", action="store_true", help="for busy machines; one thread")
    parser.add_argument("--library", default="crossarray", help="measure another module with NumPy's names")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder of the results")
    options = parser.parse_args(arguments)
    if options.processor_time:
        options.threads = 1
    return options


def limit_threads(threads):
    """Before any library starts its own: as many processors for the whole process as it may use threads."""
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "NUMEXPR_MAX_THREADS", "CROSSARRAY_THREADS"):
        os.environ[name] = str(threads)
    # Both libraries' OpenBLAS: its threads spin for 2^26 cycles after a product unless told to sleep after 2^4. Beside
    # another library in the same process they would take the processors that one is measured on.
    os.environ["OPENBLAS_THREAD_TIMEOUT"] = "4"
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])


def select_rows(options):
    """Every row of the chosen areas, cheapest sizes first within a case."""
    from benchmarks.case import Row

    for area in AREAS:
        if options.area and area not in options.area:
            continue
        for case in importlib.import_module(f"benchmarks.bench_{area}").CASES:
            if options.case and options.case not in case.name:
                continue
            case = replace(case, area=area)
            for n in _chosen(case.sizes, options.sizes, (1_000, 1_000_000), options.quick):
                for dtype in _chosen(case.dtypes, options.dtype, ("float64",), options.quick):
                    for layout in _chosen(case.layouts, options.layout, ("contiguous",), options.quick):
                        yield Row(case, n, dtype, layout)


def _chosen(values, asked, quick_values, quick):
    wanted = asked or (quick_values if quick else values)
    return [v for v in values if v in wanted]


def measure(xp, options, budget):
    """All results, with a progress bar."""
    from tqdm import tqdm

    from benchmarks import compare
    from benchmarks.measure import measure_row, measure_tiny

    results, notes = [], []
    rows = list(select_rows(options))
    with tqdm(rows, unit="row", disable=None) as bar:
        for row in bar:
            bar.set_postfix_str(str(row))
            results.append(measure_row(xp, row, budget))
    if not options.area or "tiny" in options.area:
        results += tqdm(measure_tiny(xp, min(budget, 0.1)), unit="row", desc="tiny", disable=None)
    if not options.area or "compare" in options.area:
        sizes = _chosen(compare.SIZES, options.sizes, (1_000_000,), options.quick)
        dtypes = options.dtype or (["float64"] if options.quick else ["float64", "float32"])

        def wanted(name):
            return not options.case or options.case in name

        rows = compare.measure_rivals(xp, sizes, dtypes, budget, options.threads, wanted, notes)
        results += tqdm(rows, unit="row", desc="compare", disable=None)
    return results, notes


def measure_lines(xp, options, budget):
    """The single figures, as rows of the table of goals."""
    from benchmarks import lines

    found = []
    if xp.__name__ == "crossarray":
        found += [
            {"what": "import, on top of NumPy's", "wanted": "30 ms", "reached": f"{lines.import_ms():.1f} ms"},
            {"what": "first call", "wanted": "5 ms", "reached": f"{lines.first_call_ms():.1f} ms"},
            {"what": "extension, stripped", "wanted": "15 MB", "reached": f"{lines.extension_mb(xp):.1f} MB"},
        ]
    n = 1_000_000 if options.quick else 10_000_000
    for name, dtype, fraction, gbs in lines.bandwidth(xp, n, options.threads, 2 * budget):
        what = f"{name} {dtype} {n // 1_000_000}M against a copy of its bytes"
        found.append({"what": what, "wanted": "85 %", "reached": f"{100 * fraction:.0f} % ({gbs:.1f} GB/s)"})
    return found


def versions(xp):
    found = {}
    for name in (xp.__name__, "numpy", "numexpr", "jax"):
        if name in sys.modules:
            found[name] = getattr(sys.modules[name], "__version__", "?")
    return {"python": ".".join(map(str, sys.version_info[:3])), **found}


def main(arguments=None):
    options = parse(arguments)
    limit_threads(options.threads)
    xp = importlib.import_module(options.library)
    from benchmarks import report
    from benchmarks.measure import Clock

    if options.processor_time:
        Clock.use_processor_time()
    budget = options.budget or (0.2 if options.quick else 0.4)
    results, notes = measure(xp, options, budget)
    lines = measure_lines(xp, options, budget) if not options.area or "lines" in options.area else []
    print(report.write(options.out, report.machine(options.threads, versions(xp)), results, lines, notes))
    print(f"Written to {options.out}/results.md, results.json and results.png.")
    return 1 if any(r.error for r in results) else 0


if __name__ == "__main__":
    sys.exit(main())
