"""`show_machine` says in three lines what is here and what helps; TensorFlow's stay out."""

import os
import subprocess
import sys

import keras
import pytest
import tensorflow as tf

import unetlab
from unetlab.machine.gpu import ask_driver, explain_gpu
from unetlab.start import hold_back_errors, start_tensorflow


def run(program, **variables):
    """Run a program that starts TensorFlow anew."""
    environment = {name: value for name, value in os.environ.items() if name[:2] != "TF"}
    return subprocess.run(
        [sys.executable, "-c", program],
        env=environment | variables,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_three_lines_with_this_machines_versions_and_nothing_in_red():
    result = run("import unetlab; unetlab.show_machine(); import tensorflow as tf; tf.ones(3) + 1")
    assert result.returncode == 0 and result.stderr == ""
    lines = result.stdout.splitlines()
    assert len(lines) == 3
    for version in (tf.__version__, keras.__version__, unetlab.__version__):
        assert version in lines[0]


@pytest.mark.parametrize(("backend", "left"), [("tensorflow", []), ("torch", [([], "GPU")])])
def test_tensorflow_leaves_the_gpu_to_another_backend(monkeypatch, backend, left):
    calls = []
    monkeypatch.setattr(keras.backend, "backend", lambda: backend)
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["a GPU"])
    monkeypatch.setattr(tf.config, "set_visible_devices", lambda *found: calls.append(found))
    start_tensorflow()
    assert calls == left


def test_what_was_held_back_comes_out_with_an_error_alone(capfd):
    with hold_back_errors():
        os.write(2, b"kept back")
    os.write(2, b"after")
    assert capfd.readouterr().err == "after"
    with pytest.raises(OSError), hold_back_errors():
        os.write(2, b"the library says why")
        raise OSError
    assert capfd.readouterr().err == "the library says why"


CARD = ("NVIDIA GeForce RTX 4090", "")


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({}, "no graphics card was found, which is fine"),
        ({"gpus": ["A100", "A100"], "driver": CARD}, "A100 and A100"),
        ({"hidden": "-1", "driver": CARD}, "hidden by CUDA_VISIBLE_DEVICES='-1'"),
        ({"driver": CARD}, "RTX 4090 is not used: TensorFlow was built without CUDA, or its libr"),
        ({"driver": CARD, "system": "Windows"}, "use WSL 2, or PyTorch with CUDA"),
        ({"system": "Darwin"}, "KERAS_BACKEND=torch to use Apple's"),
    ],
)
def test_what_was_found_of_a_gpu_becomes_the_sentence_that_helps(found, expected):
    assert expected in explain_gpu(**{"gpus": [], **found})


@pytest.mark.parametrize(
    ("line", "status", "told"),
    [
        ("NVIDIA GeForce RTX 4090", 0, CARD),
        ("Failed to initialize NVML: mismatch", 9, ("", "Failed to initialize NVML: mismatch")),
        ("No devices were found", 6, ("", "")),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="a planted program is a script of Unix")
def test_the_drivers_answer_is_read(tmp_path, line, status, told):
    program = tmp_path / "nvidia-smi"
    program.write_text(f"#!/bin/sh\necho '{line}'\nexit {status}\n")
    program.chmod(0o755)
    assert ask_driver(str(program)) == told
