"""Training images per second, frozen and open encoder, 128 and 256 px, against the tutorial's.

The same photos in each step, from memory: the pipeline is measured by `pipeline_speed`. Quality at
equal time is measured by `time_to_quality`.
"""

import statistics
import time

import keras
import numpy as np
import tensorflow as tf
from measures import Measure

from unetlab.losses import DiceCrossEntropy
from unetlab.precision import quickest_policy
from unetlab.unet import build_unet

BATCH, TUTORIAL_BATCH, CLASSES = 8, 64, 3


def build_tutorial(size):
    """Build the tutorial's network and loss, in float32."""
    model = build_unet("mobilenet_v2", CLASSES, size, weights=None, decoder="pix2pix")
    return model, keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def build_ours(size, policy="float32"):
    """Build the notebooks' network and loss."""
    keras.config.set_dtype_policy(policy)
    model = build_unet("mobilenet_v2", CLASSES, size, weights=None, decoder="resize")
    keras.config.set_dtype_policy("float32")
    return model, DiceCrossEntropy()


def images_a_second(model, loss, size, batch, encoder_open, seconds):
    """Train on one batch again and again; return the median images per second of several runs."""
    random = np.random.default_rng(0)
    images = random.integers(0, 256, [batch, size, size, 3]).astype(np.uint8)
    masks = random.integers(0, CLASSES, [batch, size, size, 1]).astype(np.uint8)
    batches = tf.data.Dataset.from_tensors((images, masks)).cache().repeat()
    options = tf.data.Options()
    options.autotune.enabled = False  # its rounds would be measured, too
    batches = batches.with_options(options)
    model.get_layer("encoder").trainable = encoder_open
    model.compile(keras.optimizers.Adam(1e-3), loss)
    model.optimizer.build(model.trainable_variables)
    settings = {"verbose": 0, "shuffle": False}
    model.fit(batches, steps_per_epoch=2, **settings)  # compiles
    began = time.perf_counter()
    model.fit(batches, steps_per_epoch=2, **settings)
    steps = max(2, round(2 * seconds / 3 / (time.perf_counter() - began)))
    rates = []
    for _ in range(3):
        began = time.perf_counter()
        model.fit(batches, steps_per_epoch=steps, **settings)
        rates.append(steps * batch / (time.perf_counter() - began))
    return statistics.median(rates)


def measure(quick):
    """Measure both networks in turn; ours in float32 and in what the processor does fastest."""
    keras.utils.set_random_seed(0)
    seconds = 1 if quick else 6
    policies = dict.fromkeys(("float32", quickest_policy()))
    found = []
    for size in (64,) if quick else (128, 256):
        for state, encoder_open in (("frozen", False), ("open", True)):
            tutorial = images_a_second(
                *build_tutorial(size), size, TUTORIAL_BATCH, encoder_open, seconds
            )
            for policy in policies:
                rate = images_a_second(
                    *build_ours(size, policy), size, BATCH, encoder_open, seconds
                )
                name = f"train at {size} px, encoder {state}, {policy}"
                against = "the tutorial's network, float32"
                goal = 4 if size == 128 and state == "frozen" else None
                found.append(Measure(name, rate, tutorial, "images/s", against, goal))
    return found
