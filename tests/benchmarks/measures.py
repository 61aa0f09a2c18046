"""What benchmarks share: a figure with its baseline beside it, taking turns, the peak of memory."""

import resource
import statistics
import sys
import time
from typing import NamedTuple


class Measure(NamedTuple):
    """One figure and that of another way, measured in the same process."""

    name: str
    ours: float
    baseline: float
    unit: str  # what ends in "/s" is better when larger, others when smaller
    against: str  # what the other way is
    quality: str = ""  # what the result was worth, where speed could be bought with it

    @property
    def ratio(self) -> float:
        """How many times better ours is."""
        more_is_better = self.unit.endswith("/s")
        return self.ours / self.baseline if more_is_better else self.baseline / self.ours


def take_turns(ways, rounds):
    """Return each way's median seconds; they take turns, so that all feel whatever else runs."""
    for way in ways.values():
        way()  # the first call compiles, imports and fills caches
    seconds = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            began = time.perf_counter()
            way()
            seconds[name].append(time.perf_counter() - began)
    return {name: statistics.median(found) for name, found in seconds.items()}


def peak_bytes():
    """Return the most memory that this process has had so far."""
    # Linux counts in KiB, macOS in bytes.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
