"""A newcomer without network or data gets a sample, random weights, and words, within seconds."""

import os
import subprocess
import sys
import time

import pytest

NEWCOMER = """
from unetlab.data.pets import load_pets
from unetlab.encoders import build_encoder
data = load_pets("auto", sample_size=(2, 1))
print("SOURCE", data.source, len(list(data.train)))
print("TRAINABLE", build_encoder("mobilenet_v2", 64).trainable)
print("TRAINABLE", build_encoder("resnet50", 64).trainable)
load_pets("real")
"""


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory):
    """Run a newcomer's first lines: an empty home, and a proxy that is not there as network."""
    home = str(tmp_path_factory.mktemp("home"))
    environment = {name: value for name, value in os.environ.items() if name != "UNETLAB_DATA"}
    environment |= {"HOME": home, "KERAS_HOME": home, "TFDS_DATA_DIR": home + "/tfds"}
    environment |= {"https_proxy": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9"}
    start = time.monotonic()
    result = subprocess.run(
        [sys.executable, "-c", NEWCOMER],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return result, time.monotonic() - start


def test_pets_are_drawn_and_said_to_be(newcomer):
    lines = newcomer[0].stdout.splitlines()
    assert any(line.startswith("SOURCE pets drawn") and line.endswith(" 2") for line in lines)
    said = [line for line in lines if line.startswith("Drawn sample instead of the Oxford pets")]
    assert len(said) == 1
    assert "TFDS_DATA_DIR" in said[0]


def test_encoders_start_from_random_weights_and_say_so(newcomer):
    lines = newcomer[0].stdout.splitlines()
    assert lines.count("TRAINABLE True") == 2
    for name in ("MobileNetV2", "ResNet50"):
        assert sum(line.startswith(f"No ImageNet weights for {name}") for line in lines) == 1


def test_insisting_on_the_real_pets_fails_with_advice(newcomer):
    assert newcomer[0].returncode != 0
    last = newcomer[0].stderr.strip().splitlines()[-1]
    assert "ConnectionError" in last
    assert "TFDS_DATA_DIR" in last
