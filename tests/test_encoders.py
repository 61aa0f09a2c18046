"""Every row of the encoder table, at 64 pixels and without weights."""

import keras
import numpy as np
import pytest

from unetlab.encoder_layers import Preprocessing
from unetlab.encoders import ENCODERS, build_encoder
from unetlab.taps import find_taps
from unetlab.unet import build_unet

IMAGES = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3)).astype("uint8")
# ConvNeXt's first layer shrinks the image to a quarter.
STRIDES = {"convnext_tiny": [4, 8, 16, 32]}


@pytest.mark.parametrize("name", ENCODERS)
def test_row_has_its_strides_and_survives_saving(name, tmp_path):
    decoder = "resize" if len(name) % 2 else "pix2pix"
    model = build_unet(name, num_classes=3, image_size=64, weights=None, decoder=decoder)
    taps = model.get_layer("encoder").outputs
    assert [64 // tap.shape[1] for tap in taps] == STRIDES.get(name, [2, 4, 8, 16, 32])
    logits = model.predict(IMAGES, verbose=0)
    assert logits.shape == (2, 64, 64, 3)
    assert logits.dtype == np.float32
    assert np.abs(logits[0] - logits[1]).max() > 0
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_array_equal(again.predict(IMAGES, verbose=0), logits)


@pytest.mark.parametrize("name", ["mobilenet_v2", "resnet50", "densenet121"])
def test_preprocessing_is_that_of_the_application(name):
    module = {"mobilenet_v2": "mobilenet_v2", "resnet50": "resnet50", "densenet121": "densenet"}[
        name
    ]
    theirs = getattr(keras.applications, module).preprocess_input(IMAGES.astype("float32"))
    np.testing.assert_allclose(
        Preprocessing(ENCODERS[name].preprocessing)(IMAGES), theirs, atol=1e-4
    )


def test_input_of_any_dtype_gives_the_same_features():
    model = build_encoder("mobilenet_v2", 64, weights=None)
    for dtype in ("uint8", "int32", "float32", "float64"):
        np.testing.assert_array_equal(model(IMAGES.astype(dtype))[-1], model(IMAGES)[-1])


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
    expected = encoder(IMAGES.astype("float32"))
    np.testing.assert_allclose(
        model(IMAGES)[-1], expected[-1] if outputs == 0 else expected, atol=1e-3
    )
    assert not model.trainable
    assert encoder.trainable  # The learner's own model is left as it was.


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
    pretrained = build_encoder("mobilenet_v2", 64, weights=str(tmp_path / "mine.weights.h5"))
    assert not pretrained.trainable_variables
    pretrained.trainable = True
    assert len(pretrained.trainable_variables) == len(random.trainable_variables)
    for encoder, moves in ((random, True), (pretrained, False)):
        before = statistics_of(encoder)
        encoder(IMAGES, training=True)
        after = statistics_of(encoder)
        assert len(before) > 50
        assert any((b != a).any() for b, a in zip(before, after, strict=True)) == moves


def test_cached_imagenet_weights_are_found_and_frozen(shared_data):
    encoder = build_encoder("mobilenet_v2", 128, weights="auto")
    assert not encoder.trainable
    assert not build_encoder("mobilenet_v2", 160, weights="imagenet").trainable
