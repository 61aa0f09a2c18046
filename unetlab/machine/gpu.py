"""Why a GPU is used or not: from what was seen on a machine to one sentence.

Sources: TensorFlow, Install TensorFlow with pip, https://www.tensorflow.org/install/pip (Windows,
macOS, CUDA); NVIDIA, CUDA Toolkit release notes, table of the drivers (CUDA 12 and 13); NVIDIA,
https://developer.nvidia.com/cuda-gpus (compute capabilities).
"""

from typing import NamedTuple

BACKENDS = {"tensorflow": "TensorFlow", "torch": "PyTorch", "jax": "JAX"}
# With support for the GPU; nothing here is installed by unetlab itself.
INSTALL = {
    "tensorflow": "pip install 'tensorflow[and-cuda]'",
    "torch": "install PyTorch with CUDA as pytorch.org says",
    "jax": "pip install 'jax[cuda12]'",
}
# The first driver on Linux that runs each CUDA.
OLDEST_DRIVER = {12: 525, 13: 580}


class Card(NamedTuple):
    """An NVIDIA card as its driver describes it.

    Attributes:
        name: such as "NVIDIA GeForce RTX 4090".
        capability: what it can compute, such as 8.9; newer cards have higher numbers.
        driver: the driver's version, such as 550.54.
    """

    name: str
    capability: float
    driver: float


class Evidence(NamedTuple):
    """What was seen of a machine's GPUs.

    Attributes:
        system: "Linux", "Windows" or "Darwin", which is macOS.
        backend: what Keras runs on: "tensorflow", "torch" or "jax".
        gpus: names of the GPUs that the backend computes on.
        hidden: the value of CUDA_VISIBLE_DEVICES, or None where it is not set.
        cards: the NVIDIA cards that `nvidia-smi` lists.
        complaint: what `nvidia-smi` says where it fails, else "".
        plugged: makers of the graphics cards on the bus: "nvidia", "amd".
        for_gpus: whether the backend's package was built for NVIDIA's GPUs.
        libraries: whether CUDA's libraries are where this backend looks for them.
        cuda: the major version of CUDA that the backend was built with, or None.
        capabilities: lowest and highest compute capability that it was built for, or None.
    """

    system: str = "Linux"
    backend: str = "tensorflow"
    gpus: tuple[str, ...] = ()
    hidden: str | None = None
    cards: tuple[Card, ...] = ()
    complaint: str = ""
    plugged: frozenset[str] = frozenset()
    for_gpus: bool = True
    libraries: bool = True
    cuda: int | None = None
    capabilities: tuple[float, float] | None = None


def explain_gpu(seen: Evidence) -> str:
    """Say in one sentence which GPU is used, or why none is, and what to do about it.

    Args:
        seen: the evidence.

    Returns:
        A sentence without a full stop.

    Example:
        >>> explain_gpu(Evidence())
        'no graphics card was found, which is fine: the notebooks are made for a processor'
    """
    name = BACKENDS[seen.backend]
    if seen.gpus:
        return f"{' and '.join(seen.gpus)}{_doubt_about_age(seen, name)}"
    if seen.system == "Darwin":
        return _explain_apple(seen, name)
    if seen.hidden is not None and seen.hidden.strip() in ("", "-1"):
        return f"hidden by CUDA_VISIBLE_DEVICES={seen.hidden!r}; unset it and start anew"
    if seen.cards:
        return f"the {seen.cards[0].name} is not used: {_explain_idle_card(seen, name)}"
    if seen.complaint:
        return f"an NVIDIA card's driver does not work; nvidia-smi says: {seen.complaint}"
    if "nvidia" in seen.plugged:
        return "an NVIDIA card is here and its driver is not; install the driver from nvidia.com"
    if "amd" in seen.plugged:
        return f"an AMD card is here, which this {name} does not use; PyTorch for ROCm may"
    return "no graphics card was found, which is fine: the notebooks are made for a processor"


def _explain_apple(seen: Evidence, name: str) -> str:
    if seen.backend == "tensorflow":
        return (
            "TensorFlow has none on macOS; install PyTorch and start with KERAS_BACKEND=torch to "
            "use Apple's"
        )
    return f"this {name} sees none; on Apple's own processors PyTorch does"


def _explain_idle_card(seen: Evidence, name: str) -> str:
    card = seen.cards[0]
    if seen.system == "Windows" and seen.backend == "tensorflow":
        return (
            "TensorFlow has no GPU on Windows; use WSL 2, or PyTorch with CUDA and "
            "KERAS_BACKEND=torch"
        )
    if seen.system == "Windows" and seen.backend == "jax":
        return "JAX has no GPU on Windows; use WSL 2, or PyTorch with CUDA and KERAS_BACKEND=torch"
    if not seen.for_gpus:
        return f"this {name} is built for processors; {INSTALL[seen.backend]}"
    if seen.cuda in OLDEST_DRIVER and card.driver < OLDEST_DRIVER[seen.cuda]:
        return (
            f"its driver {card.driver:g} is too old for CUDA {seen.cuda}; install "
            f"{OLDEST_DRIVER[seen.cuda]} or newer"
        )
    if not seen.libraries:
        return f"CUDA's libraries are missing; {INSTALL[seen.backend]}"
    if seen.capabilities and card.capability < seen.capabilities[0]:
        return (
            f"it is too old for this {name} (compute capability {card.capability}, needed "
            f"{seen.capabilities[0]})"
        )
    return (
        f"driver and libraries are here, and {name} still sees none; start the notebook "
        f"anew, then {INSTALL[seen.backend]} again"
    )


def _doubt_about_age(seen: Evidence, name: str) -> str:
    if not seen.cards or not seen.capabilities:
        return ""
    card, highest = seen.cards[0], seen.capabilities[1]
    if card.capability <= highest:
        return ""
    return (
        f", which is newer than this {name} (compute capability {card.capability}, built for "
        f"{highest}): it may fail, or compile for half an hour; a newer {name} helps"
    )
