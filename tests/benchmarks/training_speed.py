"""Training images per second at 128 and 256 px, encoder frozen and open, against the tutorial's.

The same photos in each step, from memory: the pipeline is measured by `pipeline_speed`. Quality at
equal time is measured by `time_to_quality`, and lever by lever by notebook 06.
"""

import itertools
import statistics
import time
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf
from measures import Measure

from unetlab import (
    DECODERS,
    DiceCrossEntropy,
    build_encoder,
    build_unet,
    fold_batch_norms,
    quickest_policy,
)

CLASSES = 3


class Way(NamedTuple):
    """One way to train; the defaults are the tutorial's."""

    folded: bool = False
    decoder: str = "pix2pix"
    filters: tuple[int, ...] | None = None
    batch: int = 64
    policy: str = "float32"
    features_kept: bool = False


QUICK = Way(True, "bilinear", (96, 64, 48, 24), 32, quickest_policy())
OURS = {
    "notebook 01's way": Way(True, "resize", None, 8),
    "small decoder, float32": QUICK._replace(policy="float32"),
    f"small decoder, {QUICK.policy}": QUICK,
    f"small decoder, a step fewer, {QUICK.policy}": QUICK._replace(filters=(96, 64, 48)),
    "small decoder, features kept": QUICK._replace(features_kept=True),
}


def build(way, size, encoder_open):
    """Build the network, and what of it is trained: the whole, or the head alone."""
    keras.config.set_dtype_policy(way.policy)
    encoder = build_encoder("mobilenet_v2", size, weights=None)
    encoder = fold_batch_norms(encoder) if way.folded else encoder
    model = build_unet(encoder, CLASSES, size, decoder=way.decoder, filters=way.filters)
    model.get_layer("encoder").trainable = encoder_open
    learner = model
    if way.features_kept:
        features = model.get_layer("encoder").outputs
        inputs = [keras.Input(part.shape[1:], dtype=part.dtype) for part in features]
        decode = DECODERS[way.decoder].decode
        learner = keras.Model(inputs, decode(inputs, CLASSES, way.filters))
    keras.config.set_dtype_policy("float32")
    return model, learner


def one_batch(way, model, size):
    """Return one batch, drawn at random, in the form that what learns takes."""
    random = np.random.default_rng(0)
    images = random.integers(0, 256, [way.batch, size, size, 3]).astype("float32")
    masks = random.integers(0, CLASSES, [way.batch, size, size, 1]).astype("uint8")
    return tuple(model.get_layer("encoder")(images)) if way.features_kept else images, masks


def compile_learner(way, learner):
    """Compile by a way's loss; the optimizer is built now, so that one step is traced once."""
    tutorials = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    learner.compile(keras.optimizers.Adam(1e-3), DiceCrossEntropy() if way.folded else tutorials)
    learner.optimizer.build(learner.trainable_variables)


def from_memory(batch):
    """Return the same batch again and again, without end."""
    options = tf.data.Options()
    options.autotune.enabled = False  # its rounds would be measured, too
    return tf.data.Dataset.from_tensors(batch).cache().repeat().with_options(options)


def images_a_second(way, size, encoder_open, seconds):
    """Train on one batch again and again; return the median images per second of three runs."""
    model, learner = build(way, size, encoder_open)
    compile_learner(way, learner)
    settings = {"x": from_memory(one_batch(way, model, size)), "verbose": 0, "shuffle": False}
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


def measure(quick):
    """Measure each of our ways beside the tutorial's."""
    found, seconds = [], 1 if quick else 6
    for size, encoder_open in itertools.product((64,) if quick else (128, 256), (False, True)):
        tutorial = images_a_second(Way(), size, encoder_open, seconds)
        state = "open" if encoder_open else "frozen"
        for name, way in OURS.items():
            if way.features_kept and encoder_open:
                continue  # they would not stay the same
            rate = images_a_second(way, size, encoder_open, seconds)
            label = f"train at {size} px, encoder {state}, {name}"
            against = "the tutorial's network in batches of 64, float32"
            found.append(Measure(label, rate, tutorial, "images/s", against))
    return found
