"""Run the benchmarks, each in a process of its own: table, JSON and plot in build/bench.

Usage: python tests/benchmarks/run_all.py [--quick] [NAME ...]
"""

import argparse
import importlib
import json
import os
import platform
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from measures import peak_bytes

# From the shortest to the longest.
NAMES = (
    "run_length",
    "metric_cost",
    "checks",
    "carvana_pipeline",
    "import_time",
    "feeding",
    "prediction_speed",
    "pipeline_speed",
    "growth",
    "training_speed",
    "time_to_quality",
)


def run_benchmark(name, quick):
    """Run one benchmark; called in a process that runs no other."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    began = time.perf_counter()
    measures = importlib.import_module(name).measure(quick)
    return measures, time.perf_counter() - began, peak_bytes()


def run_apart(name, quick):
    """Run one benchmark in a new process; one that fails is reported and ends no other."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        try:
            return *pool.submit(run_benchmark, name, quick).result(), None
        except Exception as error:
            return [], 0.0, 0, f"{type(error).__name__}: {error}"


def describe(measure):
    """Return a measure as one line, its ratio first."""
    goal = f"(goal {measure.goal:g})" if measure.goal else ""
    figures = f"{measure.ours:10.4g} against {measure.baseline:10.4g} {measure.unit}"
    words = f"{measure.name}; against {measure.against}"
    quality = f"; {measure.quality}" if measure.quality else ""
    return f"{measure.ratio:8.2f} x {goal:11} {figures:36} {words}{quality}"


def plot_ratios(records):
    """Plot every ratio as a bar, with a mark where a goal was set."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 1 + 0.28 * len(records)), layout="constrained")
    axis = figure.subplots()
    names = [f"{record['name']} ({record['benchmark']})" for record in records]
    axis.barh(names, [record["ratio"] for record in records], color="C0")
    for row, record in enumerate(records):
        if record["goal"]:
            axis.plot([record["goal"]] * 2, [row - 0.4, row + 0.4], color="C3", linewidth=3)
    axis.axvline(1, color="black", linewidth=0.8)
    axis.invert_yaxis()
    axis.set(xscale="log", xlabel="times as good as the baseline; red: the goal")
    axis.tick_params(axis="y", labelsize=7)
    return figure


def machine():
    """Say what the figures were measured on."""
    import keras
    import tensorflow as tf

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    versions = {"python": platform.python_version(), "tensorflow": tf.__version__}
    return {"cores": cores, "system": platform.platform(), "keras": keras.__version__, **versions}


def parse_arguments(arguments=None):
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}")
    parser.add_argument("--quick", action="store_true", help="seconds each, to see that they run")
    parser.add_argument("--output", type=Path, default=Path("build/bench"))
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(NAMES):
        parser.error(f"found no benchmark {unknown.pop()!r}; use some of {', '.join(NAMES)}")
    return options


def main():
    """Run the chosen benchmarks and write what they found."""
    options = parse_arguments()
    options.output.mkdir(parents=True, exist_ok=True)
    records, failures = [], []
    for name in options.names or NAMES:
        measures, seconds, peak, failure = run_apart(name, options.quick)
        print(f"\n{name}: {seconds:.0f} s, at most {peak / 1e9:.1f} GB", flush=True)
        print(*map(describe, measures), sep="\n", flush=True)
        found = {"benchmark": name, "peak_bytes": peak}
        records += [{**found, **m._asdict(), "ratio": m.ratio} for m in measures]
        if failure:
            failures.append(f"{name}: {failure}")
    report = {"machine": machine(), "quick": options.quick, "measures": records}
    (options.output / "bench.json").write_text(json.dumps(report, indent=2))
    if records:
        plot_ratios(records).savefig(options.output / "bench.png", dpi=110)
    missed = [r["name"] for r in records if r["goal"] and r["ratio"] < r["goal"]]
    print(f"\n{len(records)} measures in {options.output}; goals missed: {missed or 'none'}")
    print(*failures, sep="\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
