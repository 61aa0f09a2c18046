"""What was found of a GPU becomes the sentence that helps."""

import os
import sys

import pytest

from unetlab.machine.gpu import ask_driver, explain_gpu

CARD = ("NVIDIA GeForce RTX 4090", "")


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({}, "no graphics card was found, which is fine"),
        ({"gpus": ["A100", "A100"], "driver": CARD}, "A100 and A100"),
        ({"hidden": "-1", "driver": CARD}, "hidden by CUDA_VISIBLE_DEVICES='-1'"),
        ({"driver": CARD}, "RTX 4090 is not used: TensorFlow was built without CUDA, or its libr"),
        ({"driver": CARD, "backend": "jax"}, "pip install 'jax[cuda12]', and update the driver"),
        ({"driver": CARD, "system": "Windows"}, "use WSL 2, or PyTorch with CUDA"),
        ({"system": "Darwin"}, "KERAS_BACKEND=torch to use Apple's"),
    ],
)
def test_what_was_found_becomes_the_sentence_that_helps(found, expected):
    sentence = explain_gpu(**{"gpus": [], **found})
    assert expected in sentence
    assert "\n" not in sentence and len(sentence) < 220


@pytest.mark.parametrize(
    ("lines", "status", "told"),
    [
        ("NVIDIA GeForce RTX 4090\nNVIDIA H100 80GB HBM3", 0, CARD),
        ("Failed to initialize NVML: mismatch", 9, ("", "Failed to initialize NVML: mismatch")),
        ("No devices were found", 6, ("", "")),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="a planted program is a script of Unix")
def test_the_drivers_answer_is_read(tmp_path, lines, status, told):
    program = tmp_path / "nvidia-smi"
    program.write_text(f"#!{sys.executable}\nprint({lines!r})\nraise SystemExit({status})\n")
    program.chmod(0o755)
    assert ask_driver(str(program)) == told
