"""The decoders: shapes, numbers of weights, the sum of the bilinear one, and learning."""

import cv2
import keras
import numpy as np
import pytest

from unetlab.decoders import DECODERS


def build_decoder(name, filters=(8,), logits=3):
    """A model from two feature maps of 16x24 and 8x12 to logits."""
    fine, coarse = keras.Input([16, 24, 4]), keras.Input([8, 12, 6])
    return keras.Model(
        [fine, coarse], DECODERS[name].decode([fine, coarse], logits=logits, filters=filters)
    )


def random_features(count=1):
    rng = np.random.default_rng(0)
    return [
        rng.normal(size=shape).astype("float32")
        for shape in [(count, 16, 24, 4), (count, 8, 12, 6)]
    ]


@pytest.mark.parametrize("name", DECODERS)
def test_each_step_doubles_and_the_logits_once_more(name):
    assert build_decoder(name).output_shape == (None, 32, 48, 3)
    # Steps beyond the finest skip go on without one.
    assert build_decoder(name, filters=(8, 6), logits=1).output_shape == (None, 64, 96, 1)


def test_bilinear_counts_by_hand():
    # 1x1 from 6 and from 4 channels to 8, 3x3 from 8 to 8 and its batch norm of four numbers a
    # channel, 3x3 from 8 to 3 with biases.
    assert build_decoder("bilinear").count_params() == (6 + 4) * 8 + 9 * 8 * 8 + 4 * 8 + 219


def test_bilinear_adds_the_skip_to_the_resized_features():
    model = build_decoder("bilinear")
    (add,) = [layer for layer in model.layers if isinstance(layer, keras.layers.Add)]
    fine, coarse = random_features()
    found = keras.Model(model.inputs, add.output).predict([fine, coarse], verbose=0)[0]
    kernels = {
        layer.kernel.shape[2]: np.array(layer.kernel)[0, 0]
        for layer in model.layers
        if isinstance(layer, keras.layers.Conv2D) and layer.kernel_size == (1, 1)
    }
    # Resized first by OpenCV, then multiplied: the decoder does it the other way about.
    resized = cv2.resize(coarse[0], (24, 16), interpolation=cv2.INTER_LINEAR)
    np.testing.assert_allclose(found, resized @ kernels[6] + fine[0] @ kernels[4], atol=1e-5)
