"""Planted evidence becomes the sentence that helps; what a machine says becomes evidence."""

import os
import sys

import pytest

from unetlab.machine import Card, Evidence, explain_gpu
from unetlab.machine.survey import ask_driver, find_plugged, gather_evidence, measure_memory

CARD = Card("NVIDIA GeForce RTX 4090", 8.9, 550.54)
NEW_CARD = Card("NVIDIA GeForce RTX 5090", 12.0, 580.65)
OLD_CARD = Card("NVIDIA GeForce GTX 980", 5.2, 550.54)
BUILD = {"cuda": 12, "capabilities": (6.0, 9.0)}


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        (Evidence(), "no graphics card was found"),
        (Evidence(gpus=("RTX 4090",), cards=(CARD,), **BUILD), "RTX 4090"),
        (Evidence(cards=(CARD,), libraries=False, **BUILD), "libraries are missing; pip install"),
        (Evidence(cards=(CARD,), for_gpus=False), "this TensorFlow is built for processors"),
        (Evidence(cards=(CARD,), backend="torch", for_gpus=False), "pytorch.org"),
        (Evidence(cards=(CARD,), backend="jax", for_gpus=False), "pip install 'jax[cuda12]'"),
        (Evidence(cards=(CARD._replace(driver=470.2),), **BUILD), "470.2 is too old for CUDA 12"),
        (Evidence(cards=(CARD,), cuda=13), "driver 550.54 is too old for CUDA 13; install 580"),
        (
            Evidence(cards=(OLD_CARD,), **BUILD),
            "too old for this TensorFlow (compute capability 5.2",
        ),
        (Evidence(gpus=("RTX 5090",), cards=(NEW_CARD,), **BUILD), "newer than this TensorFlow"),
        (Evidence(cards=(CARD,), **BUILD), "still sees none"),
        (Evidence(cards=(CARD,), system="Windows"), "WSL 2, or PyTorch"),
        (Evidence(cards=(CARD,), system="Windows", backend="jax"), "JAX has no GPU on Windows"),
        (Evidence(cards=(CARD,), hidden="-1"), "hidden by CUDA_VISIBLE_DEVICES='-1'"),
        (Evidence(plugged=frozenset({"nvidia"})), "its driver is not"),
        (Evidence(plugged=frozenset({"amd"})), "PyTorch for ROCm"),
        (Evidence(complaint="Driver/library version mismatch"), "nvidia-smi says: Driver/library"),
        (Evidence(system="Darwin"), "KERAS_BACKEND=torch"),
        (Evidence(system="Darwin", backend="torch", gpus=("Apple's GPU",)), "Apple's GPU"),
    ],
)
def test_evidence_becomes_the_sentence_that_helps(evidence, expected):
    sentence = explain_gpu(evidence)
    assert expected in sentence
    assert "\n" not in sentence and len(sentence) < 180


def test_a_card_that_fits_is_named_and_nothing_else_is_said():
    assert explain_gpu(Evidence(gpus=("A100",), cards=(CARD,), **BUILD)) == "A100"


def plant_driver(folder, lines, status=0):
    """Write a program that answers as NVIDIA's does."""
    if os.name == "nt":
        pytest.skip("a planted program is a script of Unix")
    program = folder / "nvidia-smi"
    program.write_text(f"#!{sys.executable}\nprint({lines!r})\nraise SystemExit({status})\n")
    program.chmod(0o755)
    return str(program)


def test_the_drivers_answer_is_read(tmp_path):
    lines = "NVIDIA GeForce RTX 4090, 8.9, 550.54.14\nNVIDIA H100 80GB HBM3, 9.0, 550.54.14"
    cards, complaint = ask_driver(plant_driver(tmp_path, lines))
    assert cards == (CARD, Card("NVIDIA H100 80GB HBM3", 9.0, 550.54))
    assert complaint == ""


@pytest.mark.parametrize(
    ("said", "complaint"),
    [("Failed to initialize NVML: mismatch", "Failed to initialize NVML: mismatch"),
     ("No devices were found", "")],
)  # fmt: skip
def test_a_driver_that_fails_is_quoted_but_not_where_it_has_no_card(tmp_path, said, complaint):
    assert ask_driver(plant_driver(tmp_path, said, status=9)) == ((), complaint)


def test_the_bus_tells_cards_from_other_devices_of_their_makers(tmp_path):
    devices = {"card": ("0x030200", "0x10de"), "sound": ("0x040300", "0x1002")}
    for name, (kind, maker) in devices.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "class").write_text(kind + "\n")
        (tmp_path / name / "vendor").write_text(maker + "\n")
    assert find_plugged(tmp_path) == {"nvidia"}


def test_a_containers_limit_bounds_the_memory(tmp_path):
    left, total = measure_memory(tmp_path)
    (tmp_path / "memory.max").write_text("1000000\n")
    (tmp_path / "memory.current").write_text("400000\n")
    assert measure_memory(tmp_path) == (600_000, 1_000_000)
    (tmp_path / "memory.max").write_text("max\n")
    assert measure_memory(tmp_path)[1] == total
    assert left > 1_000_000


def test_this_machines_evidence_is_of_the_backend_that_runs():
    seen = gather_evidence()
    assert explain_gpu(seen)
    if seen.backend == "tensorflow" and seen.for_gpus:
        assert seen.cuda >= 12 and seen.capabilities[0] < seen.capabilities[1]
