"""The U-Nets and their decoders: known numbers of weights, shapes, learning, 0..255 in."""

import cv2
import keras
import numpy as np
import pytest

from unetlab.decoders import DECODERS
from unetlab.losses import DiceCrossEntropy
from unetlab.metrics import Dice
from unetlab.unet import build_carvana_unet, build_plain_unet, build_unet

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.integers(0, 256, (8, 32, 32, 3)).astype("uint8")
MASKS = (IMAGES.mean(axis=-1, keepdims=True) > 128).astype("uint8")


def small_encoder(*channels):
    """An encoder that halves once for each number of channels."""
    image = keras.Input([None, None, 3])
    taps, x = [], image
    for count in channels:
        x = keras.layers.Conv2D(count, 3, strides=2, padding="same")(x)
        taps.append(x)
    return keras.Model(image, taps)


def test_the_default_is_the_tutorials_network():
    model = build_unet(weights=None)
    assert model.count_params() == 6_504_227
    assert model.input_shape == (None, 128, 128, 3)
    assert model.output_shape == (None, 128, 128, 3)
    upsampling = [
        layer for layer in model.layers if isinstance(layer, keras.layers.Conv2DTranspose)
    ]
    assert [layer.filters for layer in upsampling] == [512, 256, 128, 64, 3]


def test_each_call_makes_fresh_layers():
    encoder = small_encoder(4, 8)
    first, second = (build_unet(encoder, image_size=32, filters=[8]) for _ in range(2))
    assert not {id(v) for v in first.variables} & {id(v) for v in second.variables}


@pytest.mark.parametrize("decoder", DECODERS)
def test_fit_trains_the_decoder_and_leaves_the_frozen_encoder(decoder):
    model = build_unet(small_encoder(4, 8), 2, 32, decoder=decoder, filters=[8])
    # Eagerly, as compiling takes a hundred times as long as these few steps.
    model.compile("adam", DiceCrossEntropy(), metrics=[Dice(2, class_id=1)], run_eagerly=True)
    encoder = model.get_layer("encoder")
    before = [np.array(v) for v in encoder.variables]
    history = model.fit(IMAGES, MASKS, epochs=3, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]
    assert all((b == np.array(v)).all() for b, v in zip(before, encoder.variables, strict=True))
    encoder.trainable = True
    model.compile("adam", DiceCrossEntropy(), run_eagerly=True)
    model.fit(IMAGES, MASKS, verbose=0)
    assert any((b != np.array(v)).any() for b, v in zip(before, encoder.variables, strict=True))


@pytest.mark.parametrize(
    "build",
    [
        lambda: build_unet(small_encoder(4, 8), 2, 32, decoder="resize"),
        pytest.param(
            lambda: build_plain_unet(image_size=32, filters=(4, 8)), marks=pytest.mark.slow
        ),
    ],
    ids=["with an encoder", "plain"],
)
def test_photos_in_0_to_1_are_not_trained_on(build, tmp_path):
    build().save(tmp_path / "model.keras")
    model = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    model.compile("sgd", DiceCrossEntropy())
    for images in (IMAGES, np.zeros_like(IMAGES)):  # black is in 0..255, too
        assert np.isfinite(model.fit(images, MASKS, verbose=0).history["loss"][0])
    assert np.isfinite(model.predict(IMAGES / 255, verbose=0)).all()
    if keras.backend.backend() == "tensorflow":
        before = [np.array(v) for v in model.variables]
        for images in (IMAGES / 255, IMAGES / 127.5 - 1):
            with pytest.raises(Exception, match=r"images hold nothing above 1, expected 0..255"):
                model.fit(images, MASKS, verbose=0)
        assert all((b == a).all() for b, a in zip(before, model.variables, strict=True))
        model.compile("sgd", DiceCrossEntropy(), jit_compile=True)  # which leaves the sentence out
    assert np.isnan(model.fit(IMAGES / 255, MASKS, verbose=0).history["loss"][0])


@pytest.mark.parametrize("decoder", DECODERS)
@pytest.mark.parametrize("channels", [(4,), (4, 8, 8), (4,) * 6], ids=["flat", "three", "deep"])
def test_encoders_of_any_depth_and_oblong_images(decoder, channels):
    model = build_unet(
        small_encoder(*channels), num_classes=4, image_size=(64, 128), decoder=decoder
    )
    assert model.output_shape == (None, 64, 128, 4)


def test_two_classes_have_one_logit():
    assert build_unet(small_encoder(4), num_classes=2, image_size=32).output_shape[-1] == 1
    assert build_plain_unet(num_classes=2, image_size=32, filters=(4, 8)).output_shape[-1] == 1
    assert build_plain_unet(num_classes=3, image_size=32, filters=(4, 8)).output_shape[-1] == 3


def strided_encoder(*strides):
    """An encoder with feature maps of these strides of the image."""
    image = keras.Input([None, None, 3])
    maps = [keras.layers.Conv2D(4, 3, strides=n, padding="same")(image) for n in strides]
    return keras.Model(image, maps)


def test_taps_that_the_decoder_would_drop_are_refused():
    with pytest.raises(ValueError, match=r"feature maps of 64x64, 32x32, 32x32, but .* of 32x32: "):
        build_unet(strided_encoder(1, 2, 2, 4), image_size=64)
    with pytest.raises(ValueError, match=r"maps of 17x17, but a decoder reads one .* 18x18"):
        build_unet(small_encoder(4, 8), image_size=33)  # uneven strides
    # A stride may be missing: that step goes without a skip.
    assert build_unet(strided_encoder(2, 8), image_size=64).output_shape[1:3] == (64, 64)


def test_logits_stay_float32_under_a_low_precision_policy():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        for decoder in DECODERS:
            model = build_unet(small_encoder(4, 8), image_size=64, decoder=decoder)
            assert model.predict(np.zeros([1, 64, 64, 3], "uint8"), verbose=0).dtype == np.float32
    finally:
        keras.config.set_dtype_policy(before)


@pytest.mark.parametrize("decoder", DECODERS)
def test_a_step_fewer_ends_coarser_and_is_enlarged_once(decoder, tmp_path):
    model = build_unet(small_encoder(4, 8, 8), 3, 64, decoder=decoder, filters=[8])
    whole = build_unet(small_encoder(4, 8, 8), 3, 64, decoder=decoder, filters=[8, 8])
    assert model.count_params() < whole.count_params()
    assert model.output_shape == whole.output_shape == (None, 64, 64, 3)
    coarse = keras.Model(model.input, model.layers[-1].input)
    assert coarse.output_shape == (None, 32, 32, 3)
    image = RANDOM.integers(0, 256, [1, 64, 64, 3]).astype("float32")
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again.predict(image), model.predict(image))


def test_plain_unet_counts_by_hand():
    # 3x3x3x4 and 3x3x4x4 down, 4 to 8 and 8 to 8 at the bottom, 12 to 4 and 4 to 4 up, each batch
    # norm four numbers a channel, and 4 weights and 1 bias for the logit.
    convolutions = 9 * (3 * 4 + 4 * 4 + 4 * 8 + 8 * 8 + 12 * 4 + 4 * 4)
    norms = 4 * (4 + 4 + 8 + 8 + 4 + 4)
    model = build_plain_unet(num_classes=2, image_size=16, filters=(4, 8))
    assert model.count_params() == convolutions + norms + 5


@pytest.mark.slow
def test_the_articles_network_repeats_pixels_in_two_steps_and_loads_back(tmp_path):
    model = build_carvana_unet(image_size=(32, 64), weights=None, filters=(16, 16, 8, 8, 8))
    kinds = [type(layer).__name__ for layer in model.layers]
    assert kinds.count("UpSampling2D") == 2 and kinds.count("Conv2DTranspose") == 3
    assert kinds.index("Conv2DTranspose") > kinds.index("UpSampling2D")
    images = np.concatenate([IMAGES, IMAGES], axis=2)
    logits = model.predict(images, verbose=0)
    assert logits.shape == (8, 32, 64, 1) and logits.std(axis=0).max() > 0
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_allclose(loaded.predict(images, verbose=0), logits, atol=1e-4)


def bilinear_decoder():
    """A model from feature maps of 16x24 and 8x12, of 4 and 6 channels, to three logits."""
    maps = keras.Input([16, 24, 4]), keras.Input([8, 12, 6])
    return keras.Model(maps, DECODERS["bilinear"].decode([*maps], logits=3, filters=(8,)))


def test_bilinear_counts_by_hand():
    # 1x1 from 6 and from 4 channels to 8, 3x3 from 8 to 8 and its batch norm of four numbers a
    # channel, 3x3 from 8 to 3 with biases.
    assert bilinear_decoder().count_params() == (6 + 4) * 8 + 9 * 8 * 8 + 4 * 8 + 219


def test_bilinear_adds_the_skip_to_the_resized_features():
    model = bilinear_decoder()
    (add,) = [layer for layer in model.layers if isinstance(layer, keras.layers.Add)]
    fine, coarse = (RANDOM.normal(size=part.shape[1:]).astype("float32") for part in model.inputs)
    summed = keras.Model(model.inputs, add.output)
    found = summed.predict([fine[None], coarse[None]], verbose=0)[0]
    kernels = {
        layer.kernel.shape[2]: np.array(layer.kernel)[0, 0]
        for layer in model.layers
        if isinstance(layer, keras.layers.Conv2D) and layer.kernel_size == (1, 1)
    }
    # Resized first by OpenCV, then multiplied: the decoder does it the other way about.
    resized = cv2.resize(coarse, (24, 16), interpolation=cv2.INTER_LINEAR)
    np.testing.assert_allclose(found, resized @ kernels[6] + fine @ kernels[4], atol=1e-5)
