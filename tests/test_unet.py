"""The U-Nets: the tutorial's network, fresh layers, one logit for two classes, clear refusals."""

import keras
import numpy as np
import pytest

from unetlab.decoders import DECODERS
from unetlab.drawn.scenes import load_shapes
from unetlab.losses import DiceCrossEntropy
from unetlab.metrics import Dice
from unetlab.unet import CARVANA_TAPS, build_carvana_unet, build_plain_unet, build_unet


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
    images = np.random.default_rng(0).integers(0, 256, (8, 32, 32, 3)).astype("uint8")
    masks = (images.mean(axis=-1, keepdims=True) > 128).astype("uint8")
    model.compile("adam", DiceCrossEntropy(), metrics=[Dice(2, class_id=1)])
    encoder = model.get_layer("encoder")
    before = [np.array(v) for v in encoder.variables]
    history = model.fit(images, masks, epochs=3, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]
    assert all((b == np.array(v)).all() for b, v in zip(before, encoder.variables, strict=True))
    encoder.trainable = True
    model.compile("adam", DiceCrossEntropy())
    model.fit(images, masks, verbose=0)
    assert any((b != np.array(v)).any() for b, v in zip(before, encoder.variables, strict=True))


@pytest.mark.parametrize("decoder", DECODERS)
@pytest.mark.parametrize("channels", [(4,), (4, 8, 8), (4,) * 6], ids=["flat", "three", "deep"])
def test_encoders_of_any_depth_and_oblong_images(decoder, channels):
    model = build_unet(
        small_encoder(*channels), num_classes=4, image_size=(64, 128), decoder=decoder
    )
    assert model.output_shape == (None, 64, 128, 4)


def test_filters_are_an_argument():
    model = build_unet(small_encoder(4, 8), image_size=32, decoder="resize", filters=[24])
    assert 24 in [layer.filters for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    with pytest.raises(
        ValueError, match="filters has 3 values, but this encoder's decoder has 1 steps"
    ):
        build_unet(small_encoder(4, 8), image_size=32, filters=[8, 8, 8])


def test_two_classes_have_one_logit():
    assert build_unet(small_encoder(4), num_classes=2, image_size=32).output_shape[-1] == 1
    assert build_plain_unet(num_classes=2, image_size=32, filters=(4, 8)).output_shape[-1] == 1


@pytest.mark.parametrize("build", [build_unet, build_plain_unet])
def test_one_class_is_refused(build):
    with pytest.raises(ValueError, match=r"num_classes is 1, .*background is a class too"):
        build(num_classes=1)


def test_unknown_decoder_is_refused():
    with pytest.raises(ValueError, match="decoder is 'unet'; use one of 'pix2pix', 'resize'"):
        build_unet(decoder="unet")


def test_own_encoder_of_uneven_strides_is_refused():
    with pytest.raises(ValueError, match="feature map of 17x17 from an image of 33x33"):
        build_unet(small_encoder(4, 8), image_size=33)


def strided_encoder(*strides):
    """An encoder with feature maps of these strides of the image."""
    image = keras.Input([None, None, 3])
    maps = [keras.layers.Conv2D(4, 3, strides=n, padding="same")(image) for n in strides]
    return keras.Model(image, maps)


def test_taps_that_the_decoder_would_drop_are_refused():
    with pytest.raises(ValueError, match=r"feature maps of 64x64, 32x32, 32x32, but .* of 32x32: "):
        build_unet(strided_encoder(1, 2, 2, 4), image_size=64)
    with pytest.raises(ValueError, match="coarsest feature map is 64x64, for an image of 64x64"):
        build_unet(strided_encoder(1, 1), image_size=64)
    # A stride may be missing: that step goes without a skip.
    assert build_unet(strided_encoder(2, 8), image_size=64).output_shape[1:3] == (64, 64)


def test_logits_stay_float32_under_a_low_precision_policy():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        for decoder in DECODERS:
            model = build_unet("mobilenet_v2", image_size=64, weights=None, decoder=decoder)
            assert model.predict(np.zeros([1, 64, 64, 3], "uint8"), verbose=0).dtype == np.float32
    finally:
        keras.config.set_dtype_policy(before)


def test_plain_unet_counts_by_hand():
    # 3x3x3x4 and 3x3x4x4 down, 4 to 8 and 8 to 8 at the bottom, 12 to 4 and 4 to 4 up, each batch
    # norm four numbers a channel, and 4 weights and 1 bias for the logit.
    convolutions = 9 * (3 * 4 + 4 * 4 + 4 * 8 + 8 * 8 + 12 * 4 + 4 * 4)
    norms = 4 * (4 + 4 + 8 + 8 + 4 + 4)
    model = build_plain_unet(num_classes=2, image_size=16, filters=(4, 8))
    assert model.count_params() == convolutions + norms + 5


def test_plain_unet_refuses_a_size_it_cannot_halve():
    with pytest.raises(ValueError, match="cannot be halved 2 times; use multiples of 4"):
        build_plain_unet(image_size=30, filters=(4, 8, 16))


def test_plain_unet_survives_saving(tmp_path):
    model = build_plain_unet(image_size=32, filters=(4, 8), convolutions=(2, 3))
    images = np.random.default_rng(0).integers(0, 256, (1, 32, 32, 3)).astype("uint8")
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_array_equal(
        again.predict(images, verbose=0), model.predict(images, verbose=0)
    )


SMALL = (16, 16, 8, 8, 8)


def test_taps_are_the_sums_of_the_last_two_blocks_of_a_stage():
    resnet = keras.applications.ResNet50(include_top=False, weights=None, input_shape=(224, 224, 3))
    for (last, before), side in zip(CARVANA_TAPS, (14, 28, 56), strict=True):
        for name in (last, before):
            assert isinstance(resnet.get_layer(name), keras.layers.Add)
            assert resnet.get_layer(name).output.shape[1:3] == (side, side)
        stage = last.split("_")[0]
        blocks = {layer.name.split("_")[1] for layer in resnet.layers if stage in layer.name}
        assert [last, before] == [f"{stage}_{block}_add" for block in sorted(blocks)[:-3:-1]]


def test_two_steps_repeat_pixels_and_three_learn():
    model = build_carvana_unet(image_size=(64, 96), weights=None, filters=SMALL)
    kinds = [type(layer).__name__ for layer in model.layers]
    assert model.output_shape == (None, 64, 96, 1)
    assert kinds.count("UpSampling2D") == 2
    assert kinds.count("Conv2DTranspose") == 3
    assert kinds.index("Conv2DTranspose") > kinds.index("UpSampling2D")
    assert kinds.index("BatchNormalization") < kinds.index("Conv2D")


def test_it_learns_with_the_articles_loss_and_optimizer_and_loads_back(tmp_path):
    keras.utils.set_random_seed(0)
    model = build_carvana_unet(image_size=32, weights=None, filters=SMALL)
    batches = load_shapes("cars", 8, 32).batch(4).cache()
    model.compile(keras.optimizers.RMSprop(1e-4), DiceCrossEntropy(smooth=1.0))
    losses = model.fit(batches, epochs=4, verbose=0, shuffle=False).history["loss"]
    assert losses[-1] < losses[0]
    model.save(tmp_path / "model.keras")
    images = next(iter(batches))[0].numpy()
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    expected = model.predict_on_batch(images)
    np.testing.assert_allclose(loaded.predict_on_batch(images), expected, atol=1e-4)


def test_more_classes_give_more_logits():
    model = build_carvana_unet(num_classes=3, image_size=32, weights=None, filters=SMALL)
    assert model.output_shape[-1] == 3


@pytest.mark.parametrize(("image_size", "filters"), [(48, SMALL), (64, SMALL[1:])])
def test_bad_input(image_size, filters):
    with pytest.raises(ValueError, match="expected multiples of 32"):
        build_carvana_unet(image_size=image_size, weights=None, filters=filters)
