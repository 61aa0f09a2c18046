"""Three lines on the machine, the first thing that a notebook shows."""

import os
import platform

import keras
import tensorflow as tf

from unetlab import __version__
from unetlab.machine.gpu import NAMES, describe_gpu


def show_machine() -> None:
    """Print which versions run, and on which devices.

    It stands for TensorFlow's own lines in red, which `import unetlab` keeps back.

    Example:
        >>> show_machine()
        Python ..., TensorFlow ..., Keras ... on ..., unetlab ...
        Processor: ...
        GPU: ...
    """
    print(
        f"Python {platform.python_version()}, TensorFlow {tf.__version__}, Keras "
        f"{keras.__version__} on {_backend()}, unetlab {__version__}"
    )
    print(f"Processor: {_cores()} cores of {platform.machine()}, {platform.system()}")
    print(f"GPU: {describe_gpu()}")


def _backend() -> str:
    name = keras.backend.backend()
    version = "" if name == "tensorflow" else f" {__import__(name).__version__}"
    return NAMES[name] + version


def _cores() -> int:
    # A container or a scheduler may leave a program fewer cores than the machine has.
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable else os.cpu_count()
