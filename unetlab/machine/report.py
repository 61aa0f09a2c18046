"""Five lines on the machine, the first thing that a notebook shows.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

import os
import platform
import re

import keras
import tensorflow as tf

from unetlab import __version__
from unetlab.data import find_data_sets
from unetlab.encoder_table import ENCODERS
from unetlab.machine.gpu import BACKENDS, explain_gpu
from unetlab.machine.survey import gather_evidence, measure_memory
from unetlab.pretrained import starter_path, weights_folder


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
    print(*describe_machine(), sep="\n")


def describe_machine() -> list[str]:
    """Describe what there is to learn with.

    Returns:
        Five lines: versions, processor, GPU, memory, weights and photos.

    Example:
        >>> len(describe_machine())
        5
    """
    seen = gather_evidence()
    left, total = measure_memory()
    photos = ", ".join(find_data_sets()) or "none, so some are drawn"
    return [
        f"Python {platform.python_version()}, TensorFlow {tf.__version__}, Keras "
        f"{keras.__version__} on {_backend(seen.backend)}, unetlab {__version__}",
        f"Processor: {_cores()} cores of {platform.machine()}, {platform.system()}",
        f"GPU: {explain_gpu(seen)}",
        f"Memory: {left / 1e9:.1f} of {total / 1e9:.1f} GB left",
        f"Here: weights {_weights()}; photos {photos}",
    ]


def _backend(name: str) -> str:
    version = {"torch": "torch", "jax": "jax"}.get(name)
    if version is None:
        return BACKENDS[name]
    return f"{BACKENDS[name]} {__import__(version).__version__}"


def _cores() -> int:
    # A container or a scheduler may leave a program fewer cores than the machine has.
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable else os.cpu_count()


def _weights() -> str:
    found = find_weights(path.name for path in weights_folder().glob("*no*top*.h5"))
    own = ["the starter's"] if starter_path().is_file() else []
    return ", ".join([*own, *(f"ImageNet's of {name}" for name in found)]) or "none"


def find_weights(files) -> list[str]:
    """Tell the encoders whose ImageNet weights these files hold.

    Args:
        files: names of files as Keras downloads them, in many spellings.

    Returns:
        Names in `ENCODERS`, in the table's order.

    Example:
        >>> find_weights(["mobilenet_1_0_128_tf_no_top.h5", "efficientnetv2-b0_notop.h5"])
        ['mobilenet', 'efficientnet_v2_b0']
    """
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
