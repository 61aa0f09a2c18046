"""The encoders: every family of the table, small and without weights, and models of one's own."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from unetlab.encoder_table import ENCODERS, encoder_row
from unetlab.encoders import Preprocessing, build_encoder, find_taps, tap_table
from unetlab.unet import build_unet

IMAGES = np.random.default_rng(0).integers(0, 256, (2, 96, 96, 3)).astype("uint8")
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
# Rows whose layers are not named as in the row above; the largest would take too long.
MORE_CHANNELS = {
    "vgg19": [128, 256, 512, 512, 512],
    "resnet101_v2": [64, 256, 512, 1024, 2048],
}
# The ones that have a margin, a crop or layers without a name of their own.
SAVED = ["mobilenet_v2", "convnext_tiny", "xception", "inception_v3", "nasnet_mobile"]


def test_the_table_holds_every_application_of_keras():
    applications = {
        function for name, function in vars(keras.applications).items() if name[0].isupper()
    }
    assert applications == {row.application for row in ENCODERS.values()}


@pytest.mark.parametrize("name", [*CHANNELS, *MORE_CHANNELS])
def test_row_has_its_strides_and_channels_and_scales_the_image_once(name):
    channels = {**CHANNELS, **MORE_CHANNELS}[name]
    size = max(64, encoder_row(name).smallest)
    encoder = build_encoder(name, (size, size + 32), weights=None)
    # ConvNeXt's first layer shrinks the image to a quarter.
    strides = [2, 4, 8, 16, 32][-len(channels) :]
    assert [tap.shape[1:] for tap in encoder.outputs] == [
        (size // stride, (size + 32) // stride, count)
        for stride, count in zip(strides, channels, strict=True)
    ]
    scaling = keras.layers.Rescaling | keras.layers.Normalization
    scales_itself = any(isinstance(layer, scaling) for layer in encoder.layers[-1].layer.layers)
    assert scales_itself == (encoder_row(name).preprocessing is None)


@pytest.mark.parametrize("name", SAVED)
def test_a_unet_of_the_row_tells_images_apart_and_survives_saving(name, tmp_path):
    size = max(64, encoder_row(name).smallest)
    images = IMAGES[:, :size, :size]
    model = build_unet(name, num_classes=3, image_size=size, weights=None, decoder="bilinear")
    logits = np.array(model(images))
    assert logits.shape == (2, size, size, 3)
    assert logits.dtype == np.float32
    assert np.abs(logits[0] - logits[1]).max() > 0
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_array_equal(again(images), logits)


@pytest.mark.parametrize("name", ENCODERS)
def test_preprocessing_is_that_of_the_application(name):
    row = ENCODERS[name]
    module = getattr(keras.applications, row.application.__module__.rpartition(".")[2])
    images = IMAGES.astype("float32")
    ours = Preprocessing(row.preprocessing)(images) if row.preprocessing else images.copy()
    np.testing.assert_allclose(ours, module.preprocess_input(images), atol=1e-4)


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


def test_input_of_any_dtype_gives_the_same_features():
    model = build_encoder("mobilenet_v2", 64, weights=None)
    for dtype in ("uint8", "int32", "float32", "float64"):
        np.testing.assert_array_equal(model(SMALL.astype(dtype))[-1], model(SMALL)[-1])


def test_taps_found_by_stride_are_the_known_ones():
    application = keras.applications.EfficientNetB0(
        include_top=False, weights=None, input_shape=(64, 64, 3)
    )
    assert find_taps(application) == [
        "block2a_expand_activation",
        "block3a_expand_activation",
        "block4a_expand_activation",
        "block6a_expand_activation",
        "top_activation",
    ]


def test_a_model_without_feature_maps_is_refused():
    image = keras.Input([64, 64, 3])
    flat = keras.layers.Dense(2)(keras.layers.Flatten()(image))
    with pytest.raises(ValueError, match="no feature map at the strides"):
        find_taps(keras.Model(image, flat))


def own_encoder(size=None):
    image = keras.Input([size, size, 3])
    fine = keras.layers.Conv2D(8, 3, strides=2, padding="same")(image)
    coarse = keras.layers.Conv2D(12, 3, strides=2, padding="same")(fine)
    return keras.Model(image, [fine, coarse]), keras.Model(image, coarse)


@pytest.mark.parametrize("outputs", [0, 1], ids=["many outputs", "one output"])
@pytest.mark.parametrize("size", [None, 64])
def test_any_keras_model_is_an_encoder(outputs, size):
    encoder = own_encoder(size)[outputs]
    model = build_encoder(encoder, 64)
    assert [tap.shape[1:] for tap in model.outputs] == [(32, 32, 8), (16, 16, 12)]
    expected = encoder(SMALL.astype("float32"))
    np.testing.assert_allclose(
        model(SMALL)[-1], expected[-1] if outputs == 0 else expected, atol=1e-3
    )
    assert not model.trainable
    assert encoder.trainable  # The learner's own model is left as it was.


def pyramid_model():
    """A model whose feature maps are a dict, its keys in no useful order."""
    image = keras.Input([None, None, 3])
    maps = []
    for channels in (4, 6, 8):
        x = keras.layers.Conv2D(channels, 3, strides=2, padding="same")(maps[-1] if maps else image)
        maps.append(x)
    return keras.Model(image, {"c": maps[1], "a": maps[2], "b": maps[0]})


class OwnBackbone(keras.Model):
    """A backbone as KerasHub builds them: one output, and its feature maps beside it."""

    def __init__(self, channels=(4, 6, 8)):
        pyramid = pyramid_model()
        super().__init__(pyramid.input, pyramid.output["a"])
        self.pyramid_outputs = pyramid.output


@pytest.mark.parametrize("build", [pyramid_model, OwnBackbone])
def test_a_dict_of_feature_maps_is_put_in_order_and_survives_saving(build, tmp_path):
    model = build_unet(build(), image_size=64, decoder="bilinear")
    encoder = model.get_layer("encoder")
    assert [tap.shape[1:] for tap in encoder.outputs] == [(32, 32, 4), (16, 16, 6), (8, 8, 8)]
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_array_equal(again(SMALL), model(SMALL))


def test_a_backbone_of_keras_hub_is_an_encoder():
    keras_hub = pytest.importorskip("keras_hub", reason="keras-hub is not installed; optional")
    backbone = keras_hub.models.DenseNetBackbone(stackwise_num_repeats=[1, 1, 1, 1])
    encoder = build_encoder(backbone, 64)
    assert [64 // tap.shape[1] for tap in encoder.outputs] == [4, 8, 16, 32]
    expected = keras.Model(backbone.input, backbone.pyramid_outputs)(SMALL.astype("float32"))
    for features, name in zip(encoder(SMALL), ["P2", "P3", "P4", "P5"], strict=True):
        np.testing.assert_allclose(features, expected[name], atol=1e-4)


def test_an_output_that_is_no_feature_map_is_named():
    image = keras.Input([None, None, 3])
    features = keras.layers.Conv2D(4, 3, strides=2, padding="same")(image)
    mean = keras.layers.GlobalAveragePooling2D(name="mean")(features)
    with pytest.raises(ValueError, match="has the output 'mean' of shape"):
        build_encoder(keras.Model(image, [features, mean]), 64)


class Forgetful(keras.layers.Layer):
    """A layer whose configuration does not build it again."""

    def call(self, x):
        """Return the input."""
        return x

    def get_config(self):
        """Return an argument that the layer does not take."""
        return {**super().get_config(), "unknown": 1}


def test_a_model_that_cannot_be_copied_is_refused():
    image = keras.Input([None, None, 3])
    with pytest.raises(ValueError, match=r"cannot be copied, .* Keras says: .*Forgetful"):
        build_encoder(keras.Model(image, Forgetful()(image)), 64)


def test_tap_table_names_the_tapped_layers():
    lines = tap_table(build_encoder("mobilenet_v2", (64, 96), weights=None)).splitlines()
    assert len(lines) == 6
    assert lines[0].split() == ["name", "stride", "height", "width", "channels"]
    assert lines[1].split() == ["block_1_expand_relu", "2", "32", "48", "96"]
    assert lines[5].split() == ["block_16_project", "32", "2", "3", "320"]
    assert len({len(line) for line in lines}) == 1
    own = tap_table(build_encoder(own_encoder()[0], 64)).splitlines()  # frozen, in a wrapper
    assert [line.split()[1:] for line in own[1:]] == [
        ["2", "32", "32", "8"],
        ["4", "16", "16", "12"],
    ]


def test_own_encoder_keeps_what_its_normalization_was_adapted_to():
    image = keras.Input([None, None, 3])
    norm = keras.layers.Normalization()
    norm.adapt(SMALL.astype("float32"))
    own = keras.Model(image, keras.layers.Conv2D(4, 3, strides=2, padding="same")(norm(image)))
    expected = own(SMALL.astype("float32"))
    for fold in (False, True):
        np.testing.assert_allclose(build_encoder(own, 64, fold=fold)(SMALL), expected, atol=1e-4)


def test_own_encoder_may_be_built_for_another_size():
    assert build_encoder(own_encoder(64)[0], 96).outputs[-1].shape == (None, 24, 24, 12)


def test_a_classifier_with_its_head_is_refused_with_advice():
    classifier = keras.applications.VGG16(weights=None, input_shape=(32, 32, 3), classes=5)
    with pytest.raises(ValueError, match="include_top=False"):
        build_encoder(classifier, 64)


def test_misspelt_name_gets_the_nearest():
    with pytest.raises(
        ValueError, match="'MobileNetV2' is not in the table; did you mean 'mobilenet_v2'"
    ):
        build_encoder("MobileNetV2")


def test_a_model_of_any_image_size_has_no_strides():
    with pytest.raises(ValueError, match="takes images of any size"):
        find_taps(own_encoder()[1])


def test_too_small_a_size_is_refused_with_the_smallest():
    with pytest.raises(
        ValueError, match=r"too small for encoder 'xception', which needs 96 .* use 96x128"
    ):
        build_encoder("xception", (64, 128), weights=None)


@pytest.mark.parametrize("size", [100, (64, 80), 16])
def test_indivisible_size_is_refused_with_the_nearest(size):
    with pytest.raises(ValueError, match=r"multiples of 32; use \d+x\d+"):
        build_encoder("mobilenet_v2", size, weights=None)


@pytest.mark.parametrize("size", [0, "128", 128.5, (128,), (128, 128, 3)])
def test_a_size_that_is_none_is_named(size):
    with pytest.raises(ValueError, match=r"image_size is .* expected a whole number >= 1 or"):
        build_encoder("mobilenet_v2", size, weights=None)


def statistics_of(encoder):
    return [np.array(v) for v in encoder.variables if v.name.startswith("moving")]


def test_pretrained_batch_norms_stay_as_they_are_and_random_ones_learn(tmp_path):
    random = build_encoder("mobilenet_v2", 64, weights=None)
    assert random.trainable
    backbone = keras.applications.MobileNetV2(
        include_top=False, weights=None, input_shape=(64, 64, 3)
    )
    backbone.save_weights(tmp_path / "mine.weights.h5")
    path = str(tmp_path / "mine.weights.h5")
    pretrained = build_encoder("mobilenet_v2", 64, weights=path)
    assert not pretrained.trainable_variables
    pretrained.trainable = True
    assert len(pretrained.trainable_variables) == len(random.trainable_variables)
    for encoder, moves in ((random, True), (pretrained, False)):
        before = statistics_of(encoder)
        encoder(SMALL, training=True)
        after = statistics_of(encoder)
        assert len(before) > 50
        assert any((b != a).any() for b, a in zip(before, after, strict=True)) == moves


def test_cached_imagenet_weights_are_found_and_frozen(shared_data):
    encoder = build_encoder("mobilenet_v2", 128, weights="auto")
    assert not encoder.trainable
    assert not build_encoder("mobilenet_v2", 160, weights="imagenet").trainable
