"""The encoders: every family of the table, models of one's own, and where weights come from."""

import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from unetlab.encoders import (
    ENCODERS,
    Preprocessing,
    build_encoder,
    encoder_row,
    tap_table,
    weights_of,
)
from unetlab.unet import build_unet

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.integers(0, 256, (2, 96, 96, 3)).astype("uint8")
SMALL = IMAGES[:, :64, :64]
# One row of each family, with the channels that its papers and Keras's summaries give its stages.
CHANNELS = {
    "mobilenet": [64, 128, 256, 512, 1024],
    "mobilenet_v2": [96, 144, 192, 576, 320],
    "mobilenet_v3_small": [16, 72, 96, 288, 576],
    "resnet50": [64, 256, 512, 1024, 2048],
    "resnet50_v2": [64, 256, 512, 1024, 2048],
    "efficientnet_b0": [96, 144, 240, 672, 1280],
    "efficientnet_v2_b0": [16, 32, 192, 672, 1280],
    "convnext_tiny": [96, 192, 384, 768],
    "densenet121": [64, 256, 512, 1024, 1024],
    "vgg16": [128, 256, 512, 512, 512],
    "xception": [128, 256, 728, 1024, 2048],
    "inception_v3": [64, 192, 288, 768, 2048],
    "inception_resnet_v2": [64, 192, 320, 1088, 1536],
    "nasnet_mobile": [32, 44, 264, 528, 1056],
}


def in_ci(name):
    """Leave the building of a large network to `make test ALL=1`."""
    quick = name.startswith("mobilenet") or name == "vgg16"
    return name if quick else pytest.param(name, marks=pytest.mark.slow)


@pytest.mark.parametrize("name", map(in_ci, CHANNELS))
def test_row_has_its_strides_and_channels_and_scales_the_image_once(name):
    size = 96 if name == "xception" else 64
    encoder = build_encoder(name, (size, size + 32), weights=None)
    # ConvNeXt's first layer shrinks the image to a quarter.
    strides = [2, 4, 8, 16, 32][-len(CHANNELS[name]) :]
    assert [tap.shape[1:] for tap in encoder.outputs] == [
        (size // stride, (size + 32) // stride, count)
        for stride, count in zip(strides, CHANNELS[name], strict=True)
    ]
    scaling = keras.layers.Rescaling | keras.layers.Normalization
    scales_itself = any(isinstance(layer, scaling) for layer in encoder.layers[-1].layer.layers)
    assert scales_itself == (encoder_row(name).preprocessing is None)


@pytest.mark.parametrize("name", [name for name, row in ENCODERS.items() if not row.start])
def test_preprocessing_is_that_of_the_application(name):
    row = ENCODERS[name]
    module = getattr(keras.applications, row.application.__module__.rpartition(".")[2])
    images = IMAGES.astype("float32")
    ours = Preprocessing(row.preprocessing)(images.copy())
    np.testing.assert_allclose(ours, module.preprocess_input(images), atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["convnext_tiny", "inception_v3"])
def test_a_unet_of_the_row_tells_images_apart_and_survives_saving(name, tmp_path):
    model = build_unet(name, num_classes=3, image_size=64, weights=None, decoder="bilinear")
    logits = np.array(model(SMALL))
    assert logits.shape == (2, 64, 64, 3) and logits.dtype == np.float32
    assert np.abs(logits[0] - logits[1]).max() > 0
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_array_equal(again(SMALL), logits)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["xception", "inception_v3"])
def test_features_lie_over_their_own_pixels(name):
    # The pixels that a feature in the middle depends on, weighed by how much, have their centre
    # where an even pyramid has it. Padding of stride 2 alone moves it by half a step.
    size = 192
    encoder = build_encoder(name, size, weights=None)
    image = tf.random.stateless_uniform([1, size, size, 3], seed=(0, 1), maxval=255.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(image)
        middles = []
        for features in encoder(image):
            row = column = features.shape[1] // 2
            weights = tf.random.stateless_normal([features.shape[-1]], seed=(0, 2))
            middles.append((tf.reduce_sum(features[0, row, column] * weights), features.shape[1]))
    for middle, count in middles:
        power = np.square(tape.gradient(middle, image)[0]).sum(axis=-1)
        stride = size // count
        expected = stride * (count // 2 + 0.5) - 0.5
        for axis in (0, 1):
            centre = power.sum(axis=1 - axis) @ np.arange(size) / power.sum()
            assert abs(centre - expected) / stride < 0.75


def own_encoder(size=None):
    image = keras.Input([size, size, 3])
    fine = keras.layers.Conv2D(8, 3, strides=2, padding="same")(image)
    coarse = keras.layers.Conv2D(12, 3, strides=2, padding="same")(fine)
    return keras.Model(image, [fine, coarse]), keras.Model(image, coarse)


@pytest.mark.parametrize("outputs", [0, 1], ids=["many outputs", "one output"])
@pytest.mark.parametrize("size", [None, 64, 96])
def test_any_keras_model_is_an_encoder(outputs, size):
    own = own_encoder(size)[outputs]
    encoder = build_encoder(own, 64)
    assert [tap.shape[1:] for tap in encoder.outputs] == [(32, 32, 8), (16, 16, 12)]
    assert not encoder.trainable and own.trainable  # The learner's own model is left as it was.
    if size != 96:
        expected = keras.tree.flatten(own(SMALL.astype("float32")))[-1]
        np.testing.assert_allclose(encoder(SMALL)[-1], expected, atol=1e-3)


def test_own_encoder_keeps_what_its_normalization_was_adapted_to():
    image = keras.Input([None, None, 3])
    norm = keras.layers.Normalization()
    norm.adapt(SMALL.astype("float32"))
    own = keras.Model(image, keras.layers.Conv2D(4, 3, strides=2, padding="same")(norm(image)))
    expected = own(SMALL.astype("float32"))
    np.testing.assert_allclose(build_encoder(own, 64)(SMALL), expected, atol=1e-4)


def pyramid_model():
    """A model whose feature maps are a dict, its keys in no useful order."""
    image = keras.Input([None, None, 3])
    maps = []
    for channels in (4, 6, 8):
        x = keras.layers.Conv2D(channels, 3, strides=2, padding="same")(maps[-1] if maps else image)
        maps.append(x)
    return keras.Model(image, {"c": maps[1], "a": maps[2], "b": maps[0]})


def test_a_dict_of_feature_maps_is_put_in_order_and_survives_saving(tmp_path):
    model = build_unet(pyramid_model(), image_size=64, decoder="bilinear")
    encoder = model.get_layer("encoder")
    assert [tap.shape[1:] for tap in encoder.outputs] == [(32, 32, 4), (16, 16, 6), (8, 8, 8)]
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_array_equal(again(SMALL), model(SMALL))
    copies = [model, encoder, keras.models.clone_model(model), again]
    assert [weights_of(part) for part in copies] == ["own model"] * 4


def test_tap_table_names_the_tapped_layers():
    lines = tap_table(build_encoder("mobilenet_v2", (64, 96), weights=None)).splitlines()
    assert len(lines) == 6
    assert lines[1].split() == ["block_1_expand_relu", "2", "32", "48", "96"]
    assert lines[5].split() == ["block_16_project", "32", "2", "3", "320"]
    assert len({len(line) for line in lines}) == 1


def randomise(model):
    """Give every weight a value that matters; fresh batch norms would do nothing."""
    for weight in model.weights:
        scale = max(0.05, float(np.std(weight)))
        weight.assign(np.abs(RANDOM.normal(0, scale, weight.shape)) + 0.1 * scale)
    return model


def list_statistics(encoder):
    """Return copies, which `get_weights` may not be."""
    return [np.array(v) for v in encoder.variables if v.name.startswith("moving")]


def test_a_name_is_one_network_whose_batch_norms_learn_only_from_random_weights(tmp_path):
    path = tmp_path / "mine.weights.h5"
    application = keras.applications.MobileNetV2
    randomise(application(include_top=False, weights=None)).save_weights(path)
    random, loaded = (build_encoder("mobilenet_v2", 64, weights) for weights in (None, path))
    assert [weights_of(random), weights_of(loaded)] == ["random", "file"]
    assert random.trainable and not loaded.trainable_weights
    before = list_statistics(random)
    random(SMALL, training=True)
    moved = [(a != b).any() for a, b in zip(before, list_statistics(random), strict=True)]
    assert len(moved) > 50 and any(moved)
    loaded.trainable = True
    loaded.save_weights(tmp_path / "one.weights.h5")
    random.load_weights(tmp_path / "one.weights.h5")
    for found, expected in zip(random(SMALL), loaded(SMALL), strict=True):
        np.testing.assert_array_equal(found, expected)
    # What came along is known, as are the batch norms that are not to move any more.
    assert weights_of(random) == "file"
    before = list_statistics(random)
    random(SMALL, training=True)
    assert all((a == b).all() for a, b in zip(before, list_statistics(random), strict=True))


def test_cached_imagenet_weights_are_found_and_frozen(shared_data):
    for encoder in (build_encoder(weights="auto"), build_encoder(image_size=160)):
        assert weights_of(encoder) == "imagenet" and not encoder.trainable


@pytest.mark.slow
def test_efficientnet_weights_mean_the_same_from_a_file_as_from_keras(tmp_path, monkeypatch):
    path = tmp_path / "b0.weights.h5"
    application = keras.applications.EfficientNetB0
    network = randomise(application(include_top=False, weights=None, input_shape=(64, 64, 3)))
    (norm,) = [layer for layer in network.layers if type(layer) is keras.layers.Normalization]
    # As Keras's file holds them: the mean and the deviation of ImageNet.
    norm.set_weights(
        [np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225]), np.array(1)]
    )
    network.save_weights(path)
    # Keras would download this file; all after that is Keras's own.
    module = sys.modules[application.__module__]
    monkeypatch.setattr(module.file_utils, "get_file", lambda *_, **__: str(path))
    keras_own = application(include_top=False, weights="imagenet", input_shape=(64, 64, 3))
    imagenet, file, random = (
        build_encoder("efficientnet_b0", 64, weights=weights)
        for weights in ("imagenet", path, None)
    )
    expected = np.array(keras_own(SMALL.astype("float32")))
    scale = expected.std()
    np.testing.assert_allclose(file(SMALL)[-1] / scale, expected / scale, atol=1e-3)
    np.testing.assert_array_equal(file(SMALL)[-1], imagenet(SMALL)[-1])
    file.save_weights(tmp_path / "one.weights.h5")
    random.load_weights(tmp_path / "one.weights.h5")
    np.testing.assert_array_equal(random(SMALL)[-1], file(SMALL)[-1])
    # Keras's set_weights leaves a Normalization as it was: there must be none to be left.
    inside = file.get_layer("backbone").layer.layers
    assert not any(isinstance(layer, keras.layers.Normalization) for layer in inside)
