"""JAX divides a batch among devices and processes, and learns what one device learns."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from browser_servers import free_port

PROGRAM = Path(__file__).with_name("several_devices.py")
pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("jax") is None, reason="jax is not installed: pip install -e '.[jax]'"
)


def start(devices, *arguments):
    """Start the program on JAX with so many devices made of the processor."""
    environment = {**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
    environment["XLA_FLAGS"] = f"--xla_force_host_platform_device_count={devices}"
    return subprocess.Popen(
        [sys.executable, str(PROGRAM), *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def results_of(*processes):
    """Wait for all of them; a process whose partner has died would wait for ever."""
    try:
        outputs = [process.communicate(timeout=300) for process in processes]
    finally:
        for process in processes:
            process.kill()
    for process, (_, errors) in zip(processes, outputs, strict=True):
        assert process.returncode == 0, errors[-3000:]
    return [json.loads(output.splitlines()[-1]) for output, _ in outputs]


@pytest.fixture(scope="module")
def alone():
    """Return what one device learns."""
    (result,) = results_of(start(1))
    assert result["devices"] == 1
    assert result["loss"][-1] < result["loss"][0]
    return result


def assert_same(result, alone):
    assert result["devices"] == 2
    assert result["loss"] == pytest.approx(alone["loss"], rel=1e-4)
    assert result["dice"] == pytest.approx(alone["dice"], abs=1e-3)
    assert result["weights"] == pytest.approx(alone["weights"], rel=1e-3)


def test_two_devices_learn_what_one_learns(alone):
    assert_same(*results_of(start(2)), alone)


def test_two_processes_each_with_half_of_every_batch_learn_what_one_learns(alone):
    address = f"127.0.0.1:{free_port()}"
    first, second = results_of(*(start(1, str(index), "2", address) for index in range(2)))
    assert_same(first, alone)
    assert first == second
