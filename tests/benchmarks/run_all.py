"""Run the benchmarks, each in a process of its own; the figures also land in build/bench.

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
    "metric_cost",
    "prediction_speed",
    "pipeline_speed",
    "training_speed",
    "time_to_quality",
)
OUTPUT = Path("build/bench")


def run_benchmark(name, quick):
    """Run one benchmark; called in a process that runs no other."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    began = time.perf_counter()
    measures = importlib.import_module(name).measure(quick)
    print(f"\n{name}: {time.perf_counter() - began:.0f} s, at most {peak_bytes() / 1e9:.1f} GB")
    for measure in measures:
        figures = f"{measure.ours:10.4g} against {measure.baseline:10.4g} {measure.unit}"
        words = f"{measure.name}; against {measure.against}; {measure.quality}".rstrip("; ")
        print(f"{measure.ratio:8.2f} x {figures:36} {words}", flush=True)
    return [{"benchmark": name, **one._asdict(), "ratio": one.ratio} for one in measures]


def main():
    """Run the chosen benchmarks; one that fails ends no other."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}")
    parser.add_argument("--quick", action="store_true", help="seconds each, to see that they run")
    options = parser.parse_args()
    records, failures = [], []
    for name in options.names or NAMES:
        with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
            try:
                records += pool.submit(run_benchmark, name, options.quick).result()
            except Exception as error:
                failures.append(f"{name}: {type(error).__name__}: {error}")
    OUTPUT.mkdir(parents=True, exist_ok=True)
    machine = {"cores": os.cpu_count(), "system": platform.platform()}
    report = {"machine": machine, "quick": options.quick, "measures": records}
    (OUTPUT / "bench.json").write_text(json.dumps(report, indent=2))
    print(*failures, sep="\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
