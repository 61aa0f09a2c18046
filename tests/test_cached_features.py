"""Cached features: the encoder's own, computed once, of the images as they were drawn."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from unetlab.augmentation import Augmentation
from unetlab.cached_features import cache_features
from unetlab.encoders import build_encoder
from unetlab.losses import DiceCrossEntropy
from unetlab.pipeline import prepare_batches
from unetlab.shapes import load_shapes


@pytest.fixture
def encoder():
    keras.utils.set_random_seed(0)
    encoder = build_encoder("mobilenet_v3_small", 64, weights=None)
    encoder.trainable = False
    return encoder


def test_features_are_the_encoders_and_masks_stay_beside_them(encoder):
    batches = prepare_batches(load_shapes("cars", 5, 64), 64, batch_size=2)
    cached = cache_features(encoder, batches)
    assert len(cached) == 3
    for (image, mask), (features, kept_mask) in zip(batches, cached, strict=True):
        for expected, found in zip(encoder(image), features, strict=True):
            np.testing.assert_allclose(found, expected, atol=1e-4)
        np.testing.assert_array_equal(kept_mask, mask)


def test_they_are_computed_once_and_draws_stay(encoder):
    read = []

    def note(image, mask):
        read.append(tf.py_function(lambda: calls.append(1) or 0, [], tf.int32))
        with tf.control_dependencies(read[-1:]):
            return tf.identity(image), mask

    calls = []
    batches = prepare_batches(load_shapes("cars", 4, 64), 64, 2, Augmentation()).map(note)
    cached = cache_features(encoder, batches)
    first, second = ([features[-1].numpy() for features, _ in cached] for _ in range(2))
    assert len(first) == len(calls) == 2
    np.testing.assert_array_equal(first, second)


def test_a_head_trained_on_them_belongs_on_the_encoder(encoder):
    examples = load_shapes("cars", 4, 64)
    cached = cache_features(encoder, prepare_batches(examples, 64, batch_size=2))
    inputs = [keras.Input(part.shape[1:]) for part in encoder.outputs]
    logits = keras.layers.UpSampling2D(2)(keras.layers.Conv2D(1, 1)(inputs[0]))
    head = keras.Model(inputs, logits)
    whole = keras.Model(encoder.inputs, head(encoder.outputs))
    head.compile(keras.optimizers.Adam(0.1), DiceCrossEntropy())
    before, *_, after = head.fit(cached, epochs=8, verbose=0, shuffle=False).history["loss"]
    assert after < before
    images = next(iter(prepare_batches(examples, 64, 4)))[0]
    for features, _ in cached.take(1):
        np.testing.assert_allclose(head(features), whole(images)[:2], atol=1e-4)


def test_an_encoder_that_learns_is_refused(encoder):
    encoder.trainable = True
    with pytest.raises(ValueError, match=r"encoder\.trainable = False"):
        cache_features(encoder, prepare_batches(load_shapes("cars", 1, 64), 64))
