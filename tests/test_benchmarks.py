"""The benchmarks: what a ratio means, and that the runner reports what it ran and what failed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).with_name("benchmarks")
sys.path.append(str(BENCHMARKS))

from measures import Measure, take_turns  # noqa: E402


@pytest.mark.parametrize(
    ("unit", "ratio"), [("ms", 4), ("GB", 4), ("images/s", 0.25), ("mean IoU", 0.25)]
)
def test_ratio_says_how_many_times_better(unit, ratio):
    assert Measure("name", ours=1.0, baseline=4.0, unit=unit, against="other").ratio == ratio


def test_ways_take_turns_after_a_first_call():
    calls = []
    seconds = take_turns({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, 2)
    assert "".join(calls) == "ababab"
    assert set(seconds) == {"a", "b"} and min(seconds.values()) >= 0


def run(*arguments):
    command = [sys.executable, BENCHMARKS / "run_all.py", "--quick", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def test_runner_writes_table_json_and_plot(tmp_path):
    finished = run("metric_cost", "--output", tmp_path)
    assert finished.returncode == 0, finished.stderr
    report = json.loads((tmp_path / "bench.json").read_text())
    assert report["quick"] and report["machine"]["cores"] >= 1
    for record in report["measures"]:
        assert record["ours"] > 0 and record["baseline"] > 0 and record["peak_bytes"] > 1e7
        assert f"{record['ratio']:.2f} x" in finished.stdout
    assert (tmp_path / "bench.png").read_bytes().startswith(b"\x89PNG")


def test_unknown_benchmark_is_refused(tmp_path):
    finished = run("speed_of_light", "--output", tmp_path)
    assert finished.returncode != 0
    assert "no benchmark 'speed_of_light'" in finished.stderr and "run_length" in finished.stderr
