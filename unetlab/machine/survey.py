"""Look a machine over for GPUs, at what its drivers and its packages say, and at its memory."""

import ctypes.util
import importlib.util
import os
import platform
import re
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import keras
import psutil
import tensorflow as tf

from unetlab.machine.gpu import Card, Evidence
from unetlab.quiet_start import hold_back_errors

QUERY = "--query-gpu=name,compute_cap,driver_version"
MAKERS = {"0x10de": "nvidia", "0x1002": "amd"}
PCI = Path("/sys/bus/pci/devices")
CONTAINER = Path("/sys/fs/cgroup")


def gather_evidence() -> Evidence:
    """Look for GPUs, and for what keeps Keras's backend from using them.

    Returns:
        What was seen.

    Example:
        >>> gather_evidence().backend in ("tensorflow", "torch", "jax")
        True
    """
    backend = keras.backend.backend()
    with hold_back_errors():
        of_backend = {"tensorflow": _ask_tensorflow, "torch": _ask_torch, "jax": _ask_jax}[
            backend
        ]()
    cards, complaint = ask_driver()
    return Evidence(
        system=platform.system(),
        backend=backend,
        hidden=os.environ.get("CUDA_VISIBLE_DEVICES"),
        cards=cards,
        complaint=complaint,
        plugged=find_plugged(PCI),
        **of_backend,
    )


def ask_driver(command: str = "nvidia-smi") -> tuple[tuple[Card, ...], str]:
    """Ask NVIDIA's driver for its cards.

    Args:
        command: the program that comes with the driver.

    Returns:
        The cards, and the first line that the program says where it fails, else "".

    Example:
        >>> ask_driver("no-such-program")
        ((), '')
    """
    program = shutil.which(command)
    if program is None:
        return (), ""
    try:
        answer = subprocess.run(
            [program, QUERY, "--format=csv,noheader"], capture_output=True, text=True, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return (), f"{type(error).__name__}: {error}"
    if answer.returncode != 0:
        lines = (answer.stdout + answer.stderr).strip().splitlines()
        # Without a card the driver's program fails too, and that is no complaint.
        said = lines[0] if lines else f"exit status {answer.returncode}"
        return (), "" if "No devices were found" in said else said
    rows = [[part.strip() for part in line.split(",")] for line in answer.stdout.splitlines()]
    return tuple(
        Card(row[0], _number(row[1]), _number(row[2])) for row in rows if len(row) == 3
    ), ""


def find_plugged(bus: Path) -> frozenset[str]:
    """Find out whose graphics cards are on the bus, whether or not a driver knows them.

    Args:
        bus: the folder in which Linux lists what is plugged in.

    Returns:
        Some of "nvidia" and "amd".

    Example:
        >>> sorted(find_plugged(Path("/no/such/folder")))
        []
    """
    found = set()
    for device in bus.glob("*"):
        try:
            kind, maker = ((device / name).read_text().strip() for name in ("class", "vendor"))
        except OSError:
            continue
        if kind.startswith("0x03") and maker in MAKERS:  # 03 is a display's controller
            found.add(MAKERS[maker])
    return frozenset(found)


def measure_memory(container: Path = CONTAINER) -> tuple[int, int]:
    """Measure how much memory this program may still take, and how much there is.

    Args:
        container: where Linux says what a container's programs may take together.

    Returns:
        Bytes left, and bytes in all.

    Example:
        >>> left, total = measure_memory()
        >>> 0 < left < total
        True
    """
    memory = psutil.virtual_memory()
    left, total = memory.available, memory.total
    try:
        limit = int((container / "memory.max").read_text())
        left = min(left, max(0, limit - int((container / "memory.current").read_text())))
        total = min(total, limit)
    except (OSError, ValueError):  # no container, or one without a limit: "max"
        pass
    return left, total


def _ask_tensorflow() -> dict:
    build = tf.sysconfig.get_build_info()
    details = map(tf.config.experimental.get_device_details, tf.config.list_physical_devices("GPU"))
    # sm_80 is code for one generation; from compute_90 the driver makes code for newer ones.
    return {
        "gpus": tuple(found.get("device_name", "a GPU") for found in details),
        "for_gpus": bool(build.get("is_cuda_build")),
        "libraries": _has_cudnn(),
        "cuda": _major(build.get("cuda_version")),
        "capabilities": _capabilities(build.get("cuda_compute_capabilities", [])),
    }


def _ask_torch() -> dict:
    import torch

    cuda = torch.cuda
    gpus = [cuda.get_device_name(number) for number in range(cuda.device_count())]
    if torch.backends.mps.is_available():
        gpus.append("Apple's GPU")
    return {
        "gpus": tuple(gpus) if gpus and (cuda.is_available() or not cuda.device_count()) else (),
        "for_gpus": torch.version.cuda is not None,
        "cuda": _major(torch.version.cuda),
        "capabilities": _capabilities(cuda.get_arch_list()),
    }


def _ask_jax() -> dict:
    import jax

    plugins = [n for n in (12, 13) if importlib.util.find_spec(f"jax_cuda{n}_plugin")]
    devices = [device for device in jax.local_devices() if device.platform != "cpu"]
    return {
        "gpus": tuple(device.device_kind for device in devices),
        "for_gpus": bool(plugins),
        "cuda": plugins[-1] if plugins else None,
    }


def _has_cudnn() -> bool:
    for number in (12, 13):
        try:
            distribution(f"nvidia-cudnn-cu{number}")
        except PackageNotFoundError:
            continue
        return True
    return ctypes.util.find_library("cudnn") is not None


def _capabilities(names) -> tuple[float, float] | None:
    found = [int(match[1]) / 10 for name in names if (match := re.search(r"_(\d+)", name))]
    return (min(found), max(found)) if found else None


def _major(version: str | None) -> int | None:
    return int(version.partition(".")[0]) if version else None


def _number(text: str) -> float:
    match = re.match(r"\d+(\.\d+)?", text)
    return float(match[0]) if match else 0.0
