"""What `import unetlab` costs beyond TensorFlow, which every learner's notebook loads anyway."""

import statistics
import subprocess
import sys

from measures import Measure

CLOCK = "import time; began = time.perf_counter(); {}; print(time.perf_counter() - began)"
WAYS = {"tensorflow": "import tensorflow", "both": "import tensorflow, unetlab"}


def seconds_to(statement):
    """Run an import in a fresh interpreter; return its seconds."""
    command = [sys.executable, "-c", CLOCK.format(statement)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def measure(quick):
    """Take turns importing TensorFlow alone and with unetlab."""
    seconds = {name: [] for name in WAYS}
    for _ in range(2 if quick else 7):
        for name, statement in WAYS.items():
            seconds[name].append(seconds_to(statement))
    alone, both = (statistics.median(seconds[name]) for name in WAYS)
    pairs = zip(seconds["both"], seconds["tensorflow"], strict=True)
    extra = statistics.median(later - earlier for later, earlier in pairs)
    over = f"{extra:+.2f} s over TensorFlow, where at most 0.3 were asked"
    name = "import unetlab with TensorFlow"
    return [Measure(name, both, alone, "s", "TensorFlow alone", quality=over)]
