"""A newcomer without network or data gets a sample, the next best weights, and words."""

import os
import subprocess
import sys

import pytest

from unetlab.encoders import starter_path

NEWCOMER = """
import os, pathlib
from unetlab import build_encoder, load_pets, weights_of
data = load_pets("auto", sample_size=(2, 1))
print("SOURCE", data.source, len(list(data.train)))
for name in ("mobilenet_v2", "mobilenet", "mobilenet"):
    encoder = build_encoder(name, 64)
    print("WEIGHTS", weights_of(encoder), encoder.trainable)
models = pathlib.Path(os.environ["KERAS_HOME"]) / "models"
models.mkdir(exist_ok=True)
file = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_96_no_top.h5"
(models / file).write_bytes(b"half a file")
try:
    build_encoder("mobilenet_v2", 96)
except OSError as error:
    print("DAMAGED", error, *error.__notes__)
try:
    build_encoder("mobilenet", 64, weights="imagenet")
except ConnectionError as error:
    print("INSISTED", error)
load_pets("real")
"""


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory):
    """Run a newcomer's first lines: an empty home, and a proxy that is not there as network."""
    home = str(tmp_path_factory.mktemp("home"))
    environment = {name: value for name, value in os.environ.items() if name != "UNETLAB_DATA"}
    environment |= {"HOME": home, "KERAS_HOME": home, "TFDS_DATA_DIR": home + "/tfds"}
    environment |= {"https_proxy": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9"}
    return subprocess.run(
        [sys.executable, "-c", NEWCOMER],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_pets_are_drawn_and_said_to_be(newcomer):
    lines = newcomer.stdout.splitlines()
    assert any(line.startswith("SOURCE pets drawn") and line.endswith(" 2") for line in lines)
    said = [line for line in lines if line.startswith("Drawn sample instead of the Oxford pets")]
    assert len(said) == 1
    assert "TFDS_DATA_DIR" in said[0]


def test_encoders_start_from_the_next_best_weights_and_say_so_once(newcomer):
    lines = newcomer.stdout.splitlines()
    first = "starter False" if starter_path().is_file() else "random True"
    assert [line for line in lines if line.startswith("WEIGHTS")] == [
        f"WEIGHTS {first}", "WEIGHTS random True", "WEIGHTS random True"
    ]  # fmt: skip
    for name, words in (("MobileNetV2", first.split()[0]), ("MobileNet", "random weights")):
        (said,) = [line for line in lines if line.startswith(f"No ImageNet weights for {name} (")]
        assert words in said and "Connect to the internet" in said
    # Keras announces a download before it knows of any network: once for each, not for each model,
    # and once more for the one that is insisted on.
    assert len([line for line in lines if line.startswith("Downloading data from")]) == 3


def test_a_damaged_file_of_weights_is_not_taken_for_a_missing_network(newcomer):
    (said,) = [line for line in newcomer.stdout.splitlines() if line.startswith("DAMAGED")]
    assert "models" in said and "delete a damaged file" in said


def test_insisting_on_what_is_not_there_fails_with_advice(newcomer):
    assert "INSISTED No ImageNet weights for MobileNet" in newcomer.stdout
    assert newcomer.returncode != 0
    last = newcomer.stderr.strip().splitlines()[-1]
    assert "ConnectionError" in last
    assert "TFDS_DATA_DIR" in last
