"""Folded batch norms: the same outputs, fewer passes, and left alone where they must be."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers

from unetlab.encoders import weights_of
from unetlab.folding import fold_batch_norms
from unetlab.unet import build_unet

RANDOM = np.random.default_rng(0)


def randomise(model):
    """Give every weight a value that matters; fresh batch norms would do nothing."""
    for layer in model._flatten_layers():
        if isinstance(layer, layers.BatchNormalization):
            layer.set_weights([RANDOM.uniform(0.5, 1.5, w.shape) for w in layer.weights])
    return model


def count_norms(model):
    return sum(isinstance(layer, layers.BatchNormalization) for layer in model._flatten_layers())


def assert_same(model, folded, atol=1e-3):
    image = RANDOM.uniform(-1, 1, [2, *model.inputs[0].shape[1:]]).astype("float32")
    outputs = (
        [keras.ops.convert_to_numpy(output) for output in keras.tree.flatten(part(image))]
        for part in (model, folded)
    )
    for expected, found in zip(*outputs, strict=True):
        scale = float(expected.std()) or 1.0
        np.testing.assert_allclose(found / scale, expected / scale, atol=atol)


@pytest.mark.parametrize(
    ("application", "left"),
    [
        ("MobileNetV3Small", 0),
        pytest.param("ResNet50", 0, marks=pytest.mark.slow),
        pytest.param("EfficientNetB0", 0, marks=pytest.mark.slow),
        pytest.param("Xception", None, marks=pytest.mark.slow),
    ],
)
def test_applications_give_the_same_features(application, left):
    build = getattr(keras.applications, application)
    model = randomise(build(include_top=False, weights=None, input_shape=(96, 96, 3)))
    before = [weight.copy() for weight in model.get_weights()]
    folded = fold_batch_norms(model)
    assert_same(model, folded)
    if left is None:  # Before an activation, or after a separable convolution: no neighbour.
        assert 0 < count_norms(folded) < count_norms(model)
    else:
        assert count_norms(folded) == left
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@settings(max_examples=15, deadline=None)
@given(
    kind=st.sampled_from(["plain", "grouped", "depthwise"]),
    multiplier=st.integers(1, 3),
    bias=st.booleans(),
    scale=st.booleans(),
    center=st.booleans(),
    padding=st.sampled_from(["same", "valid"]),
)
def test_every_kind_of_convolution_and_norm(kind, multiplier, bias, scale, center, padding):
    options = {"use_bias": bias, "padding": padding, "bias_initializer": "random_normal"}
    convolution = {
        "plain": lambda: layers.Conv2D(multiplier, 3, strides=2, **options),
        "grouped": lambda: layers.Conv2D(4 * multiplier, 3, groups=2, **options),
        "depthwise": lambda: layers.DepthwiseConv2D(3, depth_multiplier=multiplier, **options),
    }[kind]()
    norm = layers.BatchNormalization(scale=scale, center=center)
    model = randomise(keras.Sequential([keras.Input([9, 8, 4]), convolution, norm, layers.ReLU()]))
    folded = fold_batch_norms(model)
    assert count_norms(folded) == 0
    assert_same(model, folded)


def model_with(name):
    """Build a model whose batch norm cannot be folded, for the reason that its name says."""
    image = keras.Input([8, 8, 3])
    convolution = layers.Conv2D(4, 3, activation="relu" if name == "activation between" else None)
    x = convolution(image)
    y = layers.BatchNormalization(axis=1 if name == "other axis" else -1)(x)
    outputs = {"read twice": [layers.Add()([x, y])], "an output itself": [x, y]}.get(name, [y])
    if name == "called twice":
        outputs = [layers.Add()([y, layers.BatchNormalization()(convolution(image))])]
    if name == "no convolution":
        outputs = [layers.BatchNormalization()(layers.MaxPooling2D()(image))]
    return randomise(keras.Model(image, outputs))


@pytest.mark.parametrize(
    "name",
    ["activation between", "other axis", "read twice", "an output itself", "called twice",
     "no convolution"],
)  # fmt: skip
def test_batch_norms_that_must_stay(name):
    model = model_with(name)
    folded = fold_batch_norms(model)
    assert count_norms(folded) == count_norms(model)
    assert_same(model, folded, atol=1e-6)


def test_precision_is_kept():
    policy = keras.DTypePolicy("mixed_bfloat16")
    parts = [layers.Conv2D(4, 3, dtype=policy), layers.BatchNormalization(dtype=policy)]
    folded = fold_batch_norms(keras.Sequential([keras.Input([8, 8, 3]), *parts]))
    assert folded.outputs[0].dtype == "bfloat16"
    assert {weight.dtype for weight in folded.weights} == {"float32"}


def test_a_whole_network_is_folded_inside_its_encoder_too_and_saved(tmp_path):
    model = build_unet("mobilenet_v2", 2, 64, weights=None, decoder="resize")
    model.get_layer("encoder").trainable = False
    randomise(model)
    folded = fold_batch_norms(model)
    assert count_norms(folded) == 0 < count_norms(model)
    assert_same(model, folded)
    assert not folded.get_layer("encoder").trainable_weights
    folded.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert_same(folded, again, atol=1e-5)
    assert weights_of(again) == "random"
