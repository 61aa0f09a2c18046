"""Bad and odd input over the whole public API: a right result, or one sentence that helps."""

import re

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import unetlab
from bad_input_rows import NOTHING, RIGHT
from bad_input_rows import REFUSED as BAD
from odd_input_rows import ODD

REFUSED = {**BAD, **ODD}

INFINITE = float("inf")
IMAGE = np.full([8, 8, 3], 90, np.uint8)
SQUARE = np.zeros([8, 8], np.uint8)
SQUARE[2:6, 2:6] = 1
MASK, LOGITS, THREE = np.zeros([1, 4, 4, 1], int), np.zeros([1, 4, 4, 1]), np.zeros([1, 4, 4, 3])
PROBABILITY = np.full([8, 8, 1], 0.9, np.float32)
IDS = SQUARE[..., None]
CUT_OUT = np.dstack([IMAGE, SQUARE])


def examples(image, mask):
    return tf.data.Dataset.from_tensors((image, mask))


def data_of(image, mask):
    """Return data whose two parts hold this one pair."""
    part, name = examples(image, mask), tf.data.Dataset.from_tensors("a")
    return unetlab.SegmentationData(part, part, name, name, ("background", "cat"), "a test")


def first_batch(*arguments, **options):
    return next(iter(unetlab.prepare_batches(*arguments, **options)))


def score(metric, *arguments):
    metric.update_state(*arguments)
    return float(metric.result())


class OwnModel(keras.Model):
    """A model that does not know its inputs."""


def network(logits, side=8):
    return keras.Sequential([keras.Input([side, side, 3]), keras.layers.Conv2D(logits, 1)])


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    """Return what the calls may name."""
    folder = tmp_path_factory.mktemp("files")
    Image.fromarray(IMAGE).save(folder / "a.jpg")
    (folder / "cut.jpg").write_bytes((folder / "a.jpg").read_bytes()[:200])
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "text.txt").write_text("hello")
    (folder / "nothing").mkdir()
    (folder / "phones").mkdir()
    for path in (folder / "phone.heic", folder / "phones" / "a.heic"):
        path.write_bytes(b"ftypheic")
    (folder / "photos").mkdir()
    Image.fromarray(IMAGE).save(folder / "photos" / "x.png")
    models = {"one": network(1), "three": network(3), "open_model": network(1, None)}
    flat = keras.Sequential([keras.Input([4]), keras.layers.Dense(1)])
    models["one"].export(folder / "exported", verbose=False)
    image = keras.Input([None, None, 3])
    halved = keras.layers.Conv2D(4, 3, strides=2, padding="same", name="encoder")(image)
    models["small"] = keras.Model(image, halved)
    models["fake_encoder"] = keras.Model(image, halved)
    pooled = [*network(1).layers, keras.layers.MaxPooling2D(8)]
    models["shrinking"] = keras.Sequential([keras.Input([8, 8, 3]), *pooled])
    good = examples(IMAGE, IDS)
    public = {
        name: getattr(room, name)
        for room in (unetlab.data, unetlab.drawn, unetlab.label, unetlab.photo, unetlab)
        for name in room.__all__
    }
    return {
        **public,
        **globals(),
        "NOTHING": NOTHING,
        **models,
        "flat": flat,
        "exported": unetlab.load_exported(folder / "exported"),
        "good": good,
        "named": good.map(lambda image, mask: (image, mask, "a")),
        "weighed": good.map(lambda image, mask: (image, mask, 1.0)),
        "folder": folder,
    }


@pytest.mark.parametrize("call", REFUSED)
def test_it_is_refused_in_one_sentence(call, names):
    with pytest.raises((ValueError, OSError, tf.errors.InvalidArgumentError)) as caught:
        eval(call, names)
    said = str(caught.value)
    missing = [words for words in REFUSED[call] if words not in said]
    assert not missing, said
    if "first_batch" not in call:  # TensorFlow wraps what goes wrong while it reads.
        assert "\n" not in said and len(said) < 800 and re.search(r"[.)\"]$", said), said


@pytest.mark.parametrize("call", RIGHT)
def test_it_is_taken_and_right(call, names):
    found = eval(call, names)
    if isinstance(found, str):
        assert found == RIGHT[call]
    else:
        np.testing.assert_allclose(np.asarray(found), RIGHT[call])


def test_the_catalogue_holds_what_it_promises():
    assert len(REFUSED) + len(RIGHT) >= 350
