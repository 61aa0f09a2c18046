"""Training images per second at 128 and 256 px, encoder frozen and open, against the peers'.

The peers: the tutorial's network, and segmentation_models' where it is installed.

The same photos in each step, from memory: the pipeline is measured by `pipeline_speed`. Quality at
equal time is measured by `time_to_quality`, and lever by lever by notebook 06.
"""

import itertools
import statistics
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf
from measures import Measure
from peer_unet import build_peer_unet, peer_is_installed

from unetlab.decoders import DECODERS
from unetlab.losses import DiceCrossEntropy
from unetlab.training import quickest_policy
from unetlab.unet import build_unet

CLASSES, QUICK_FILTERS = 3, (96, 64, 48, 24)


class Way(NamedTuple):
    """One way to train; the defaults are the tutorial's."""

    folded: bool = False
    decoder: str = "pix2pix"
    filters: tuple[int, ...] | None = None
    batch: int = 64
    policy: str = "float32"
    features_kept: bool = False
    peer: bool = False

    @property
    def loss(self):
        """The tutorial's loss or the notebooks'."""
        plain = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        return DiceCrossEntropy() if self.folded else plain


QUICK = Way(True, "bilinear", QUICK_FILTERS, 32, quickest_policy())
OURS = {
    "notebook 01's way": Way(True, "resize", None, 8),
    "small decoder": QUICK._replace(policy="float32"),
    f"small decoder, {QUICK.policy}": QUICK,
    "small decoder, features kept": QUICK._replace(features_kept=True),
}


def write_weights(folder):
    """Write random weights; an encoder that loads them counts as pretrained."""
    path = Path(folder) / "mobilenet_v2.weights.h5"
    keras.applications.MobileNetV2(include_top=False, weights=None).save_weights(path)
    return path


def build(way, size, encoder_open, weights):
    """Build the network, and what of it is trained: the whole, or the head alone."""
    if way.peer:
        model = build_peer_unet(CLASSES, size, frozen=not encoder_open)
        return model, model
    keras.config.set_dtype_policy(way.policy)
    weights = weights if way.folded else None
    model = build_unet(
        "mobilenet_v2", CLASSES, size, weights, way.decoder, way.filters, fold=way.folded
    )
    model.get_layer("encoder").trainable = encoder_open
    if way.features_kept:
        features = model.get_layer("encoder").outputs
        inputs = [keras.Input(part.shape[1:], dtype=part.dtype) for part in features]
        head = keras.Model(inputs, DECODERS[way.decoder].decode(inputs, CLASSES, way.filters))
    keras.config.set_dtype_policy("float32")
    return model, head if way.features_kept else model


def one_batch(way, model, size):
    """Return one batch, drawn at random, in the form that what learns takes."""
    random = np.random.default_rng(0)
    images = random.integers(0, 256, [way.batch, size, size, 3]).astype("float32")
    masks = random.integers(0, CLASSES, [way.batch, size, size, 1]).astype("uint8")
    return tuple(model.get_layer("encoder")(images)) if way.features_kept else images, masks


def compile_learner(way, learner):
    """Compile by a way's loss; the optimizer is built now, so that one step is traced once."""
    learner.compile(keras.optimizers.Adam(1e-3), way.loss)
    learner.optimizer.build(learner.trainable_variables)


def from_memory(batch):
    """Return the same batch again and again, without end."""
    options = tf.data.Options()
    options.autotune.enabled = False  # its rounds would be measured, too
    return tf.data.Dataset.from_tensors(batch).cache().repeat().with_options(options)


def images_a_second(way, size, encoder_open, weights, seconds):
    """Train on one batch again and again; return the median images per second of three runs."""
    model, learner = build(way, size, encoder_open, weights)
    compile_learner(way, learner)
    batches = from_memory(one_batch(way, model, size))
    settings = {"x": batches, "verbose": 0, "shuffle": False}
    learner.fit(steps_per_epoch=2, **settings)  # compiles
    began = time.perf_counter()
    learner.fit(steps_per_epoch=2, **settings)
    steps = max(2, round(2 * seconds / 3 / (time.perf_counter() - began)))
    rates = []
    for _ in range(3):
        began = time.perf_counter()
        learner.fit(steps_per_epoch=steps, **settings)
        rates.append(steps * way.batch / (time.perf_counter() - began))
    return statistics.median(rates)


def measure_beside(size, encoder_open, weights, seconds):
    """Measure each of our ways beside the tutorial's, and the first beside the peer's."""
    tutorial = images_a_second(Way(), size, encoder_open, weights, seconds)
    state = "open" if encoder_open else "frozen"
    goal = 4 if size == 128 and not encoder_open else None
    for name, way in OURS.items():
        if way.features_kept and encoder_open:
            continue  # they would not stay the same
        rate = images_a_second(way, size, encoder_open, weights, seconds)
        name = f"train at {size} px, encoder {state}, {name}"
        against = "the tutorial's network in batches of 64, float32"
        yield Measure(name, rate, tutorial, "images/s", against, goal)
        if way is OURS["notebook 01's way"] and peer_is_installed():
            peer = images_a_second(Way(batch=8, peer=True), size, encoder_open, weights, seconds)
            yield Measure(name, rate, peer, "images/s", "segmentation_models, batches of 8")


def measure(quick):
    """Measure at both sizes, with the encoder frozen and open."""
    keras.utils.set_random_seed(0)
    settings = itertools.product((64,) if quick else (128, 256), (False, True))
    with tempfile.TemporaryDirectory() as folder:
        weights = write_weights(folder)
        return [
            found
            for size, encoder_open in settings
            for found in measure_beside(size, encoder_open, weights, 1 if quick else 6)
        ]
