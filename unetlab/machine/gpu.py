"""Which GPU is used, or why none is, in one sentence.

Source: TensorFlow, Install TensorFlow with pip, https://www.tensorflow.org/install/pip.
"""

import os
import platform
import shutil
import subprocess

import keras
import tensorflow as tf

from unetlab.start import hold_back_errors

NAMES = {"tensorflow": "TensorFlow", "torch": "PyTorch", "jax": "JAX"}
# With support for the GPU; nothing here is installed by unetlab itself.
INSTALL = {
    "tensorflow": "pip install 'tensorflow[and-cuda]'",
    "torch": "install PyTorch with CUDA as pytorch.org says",
    "jax": "pip install 'jax[cuda12]'",
}


def describe_gpu() -> str:
    """Say which GPU Keras's backend uses, or why none, on this machine."""
    backend = keras.backend.backend()
    with hold_back_errors():
        gpus = _find_gpus(backend)
    return explain_gpu(
        gpus,
        backend,
        platform.system(),
        hidden=os.environ.get("CUDA_VISIBLE_DEVICES"),
        driver=ask_driver(),
    )


def explain_gpu(
    gpus: list[str],
    backend: str = "tensorflow",
    system: str = "Linux",
    hidden: str | None = None,
    driver: tuple[str, str] = ("", ""),
) -> str:
    """Say it of what was found: CUDA_VISIBLE_DEVICES, and the driver's card and complaint."""
    name, (card, complaint) = NAMES[backend], driver
    if gpus:
        return " and ".join(gpus)
    if system == "Darwin" and backend != "torch":
        return (
            f"{name} has none on macOS; install PyTorch and start with KERAS_BACKEND=torch to use "
            "Apple's"
        )
    if hidden is not None and hidden.strip() in ("", "-1"):
        return f"hidden by CUDA_VISIBLE_DEVICES={hidden!r}; unset it and start anew"
    if card and system == "Windows" and backend != "torch":
        return (
            f"the {card} is not used: {name} has no GPU on Windows; use WSL 2, or PyTorch with "
            "CUDA and KERAS_BACKEND=torch"
        )
    if card:
        return (
            f"the {card} is not used: {name} was built without CUDA, or its libraries are missing "
            f"or newer than the driver; {INSTALL[backend]}, and update the driver"
        )
    if complaint:
        return f"an NVIDIA card's driver does not work; nvidia-smi says: {complaint}"
    return "no graphics card was found, which is fine: the notebooks are made for a processor"


def ask_driver(command: str = "nvidia-smi") -> tuple[str, str]:
    """Ask NVIDIA's driver for its first card; where it fails, what it says."""
    program = shutil.which(command)
    if program is None:
        return "", ""
    try:
        answer = subprocess.run(
            [program, "--query-gpu=name", "--format=csv,noheader"],
            capture_output=True,
            text=True,
            timeout=20,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return "", str(error)
    said = (answer.stdout + answer.stderr).strip().partition("\n")[0]
    if answer.returncode == 0:
        return said, ""
    # Without a card the driver's program fails too, and that is no complaint.
    return "", "" if "No devices were found" in said else said


def _find_gpus(backend: str) -> list[str]:
    if backend == "torch":
        import torch

        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        gpus = [torch.cuda.get_device_name(number) for number in range(count)]
        return gpus + ["Apple's GPU"] * torch.backends.mps.is_available()
    if backend == "jax":
        import jax

        return [device.device_kind for device in jax.local_devices() if device.platform != "cpu"]
    details = map(tf.config.experimental.get_device_details, tf.config.list_physical_devices("GPU"))
    return [found.get("device_name", "a GPU") for found in details]
