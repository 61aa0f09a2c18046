"""Five lines on the machine, the first thing that a notebook shows.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

import os
import platform
import re
from pathlib import Path

import keras
import psutil
import tensorflow as tf

from unetlab import __version__
from unetlab.data import find_data_sets
from unetlab.encoders import ENCODERS, starter_path, weights_folder
from unetlab.machine.gpu import NAMES, describe_gpu

CONTAINER = Path("/sys/fs/cgroup")  # where Linux says what a container's programs may take together


def show_machine() -> None:
    """Print which versions run, on which devices, and which weights and photos are here.

    It stands for TensorFlow's own lines in red, which `import unetlab` keeps back.

    Example:
        >>> show_machine()
        Python ..., TensorFlow ..., Keras ... on ..., unetlab ...
        Processor: ...
        GPU: ...
        Memory: ... of ... GB left
        Here: weights ...; photos ...
    """
    left, total = measure_memory()
    photos = ", ".join(find_data_sets()) or "none, so some are drawn"
    print(
        f"Python {platform.python_version()}, TensorFlow {tf.__version__}, Keras "
        f"{keras.__version__} on {_backend()}, unetlab {__version__}"
    )
    print(f"Processor: {_cores()} cores of {platform.machine()}, {platform.system()}")
    print(f"GPU: {describe_gpu()}")
    print(f"Memory: {left / 1e9:.1f} of {total / 1e9:.1f} GB left")
    print(f"Here: weights {_weights()}; photos {photos}")


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


def _weights() -> str:
    found = find_weights(path.name for path in weights_folder().glob("*no*top*.h5"))
    own = ["the starter's"] if starter_path().is_file() else []
    return ", ".join([*own, *(f"ImageNet's of {name}" for name in found)]) or "none"


def find_weights(files) -> list[str]:
    """Tell the encoders of the table whose weights these files of Keras hold, by their names."""
    encoders = {_letters(name): name for name in ENCODERS}
    found = set()
    for file in files:
        beginning = _letters(file).removeprefix("weights")
        fitting = [letters for letters in encoders if beginning.startswith(letters)]
        if fitting:
            found.add(encoders[max(fitting, key=len)])
    return [name for name in ENCODERS if name in found]


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
