"""Four lines on the machine, the first thing that a notebook shows."""

import os
import platform
from pathlib import Path

import keras
import psutil
import tensorflow as tf

from unetlab import __version__
from unetlab.machine.gpu import NAMES, describe_gpu

CONTAINER = Path("/sys/fs/cgroup")  # where Linux says what a container's programs may take together


def show_machine() -> None:
    """Print which versions run, and on which devices.

    It stands for TensorFlow's own lines in red, which `import unetlab` keeps back.

    Example:
        >>> show_machine()
        Python ..., TensorFlow ..., Keras ... on ..., unetlab ...
        Processor: ...
        GPU: ...
        Memory: ... of ... GB left
    """
    left, total = measure_memory()
    print(
        f"Python {platform.python_version()}, TensorFlow {tf.__version__}, Keras "
        f"{keras.__version__} on {_backend()}, unetlab {__version__}"
    )
    print(f"Processor: {_cores()} cores of {platform.machine()}, {platform.system()}")
    print(f"GPU: {describe_gpu()}")
    print(f"Memory: {left / 1e9:.1f} of {total / 1e9:.1f} GB left")


def _backend() -> str:
    name = keras.backend.backend()
    version = "" if name == "tensorflow" else f" {__import__(name).__version__}"
    return NAMES[name] + version


def _cores() -> int:
    # A container or a scheduler may leave a program fewer cores than the machine has.
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable else os.cpu_count()


def measure_memory() -> tuple[int, int]:
    """Measure the bytes of memory that this program may still take, and those in all."""
    memory = psutil.virtual_memory()
    left, total = memory.available, memory.total
    try:
        limit = int((CONTAINER / "memory.max").read_text())
        left = min(left, max(0, limit - int((CONTAINER / "memory.current").read_text())))
        total = min(total, limit)
    except (OSError, ValueError):  # no container, or one without a limit: "max"
        pass
    return left, total
