"""Prediction at the photo's own size."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from unetlab.prediction import (
    average_mirrored,
    confusion_by_image,
    predict_framed,
    predict_logits,
    predict_mask,
    predict_tiles,
)


def red_detector(logits=1):
    """A model that calls red pixels class 1, or with three logits sorts by the largest channel."""
    image = keras.Input([32, 32, 3])
    convolution = keras.layers.Conv2D(logits, 1, use_bias=logits == 1)
    model = keras.Model(image, convolution(image))
    if logits == 1:
        convolution.set_weights([np.reshape([1.0, -0.5, -0.5], (1, 1, 3, 1)), np.array([-127.5])])
    else:
        convolution.set_weights([np.eye(3).reshape(1, 1, 3, 3)])
    return model


def convolve(kernel, size):
    """A model of one convolution with this kernel."""
    layer = keras.layers.Conv2D(1, kernel.shape[:2], padding="same", use_bias=False)
    model = keras.Sequential([keras.Input([*size, 3]), layer])
    layer.set_weights([kernel])
    return model


def red_disc(height, width):
    rows, columns = np.mgrid[:height, :width]
    disc = ((rows - height / 2) / height) ** 2 + ((columns - width / 2) / width) ** 2 < 0.1
    return np.where(disc[..., None], (255, 0, 0), (60, 60, 60)).astype("uint8"), disc[..., None]


def random_image(height, width):
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


@pytest.mark.parametrize("size", [(32, 32), (301, 200), (64, 640), (5, 7)])
def test_mask_has_the_photos_size_and_fits_it(size):
    image, disc = red_disc(*size)
    predicted_mask = predict_mask(red_detector(), image)
    assert (predicted_mask.shape, predicted_mask.dtype) == ((*size, 1), np.uint8)
    assert (predicted_mask == disc).mean() > 0.9


def test_enlarged_logits_have_smoother_edges_than_an_enlarged_mask():
    image, disc = red_disc(512, 512)
    predicted_mask = predict_mask(red_detector(), image)
    small = predict_mask(red_detector(), tf.image.resize(image, (32, 32), antialias=True).numpy())
    stairs = small.repeat(16, 0).repeat(16, 1)
    assert (predicted_mask != disc).sum() < 0.7 * (stairs != disc).sum()


def test_three_classes():
    image = np.zeros([40, 60, 3], "uint8")
    image[:, :20, 0] = image[:, 20:40, 1] = image[:, 40:, 2] = 200
    logits = predict_logits(red_detector(logits=3), image)
    assert (logits.shape, logits.dtype) == ((40, 60, 3), np.float32)
    predicted_mask = predict_mask(red_detector(logits=3), image)
    assert [predicted_mask[20, column, 0] for column in (5, 30, 55)] == [0, 1, 2]


def test_confusion_counts_image_by_image_and_leaves_void_out():
    image, disc = red_disc(32, 32)
    masks = np.stack([disc, np.zeros_like(disc)]).astype("uint8")
    masks[0, :4] = 255
    batches = tf.data.Dataset.from_tensor_slices((np.stack([image, image]), masks)).batch(1)
    found = confusion_by_image(red_detector(), batches, ignore_class=255)
    inside = disc[4:].sum()
    np.testing.assert_array_equal(found[0], [[28 * 32 - inside, 0], [0, inside]])
    np.testing.assert_array_equal(found[1], [[32 * 32 - disc.sum(), disc.sum()], [0, 0]])


def widening_network(height, width):
    """A model whose logit is the largest green around a pixel: what is green grows by one pixel."""
    image = keras.Input([height, width, 3])
    largest = keras.layers.MaxPooling2D(3, strides=1, padding="same")(image)
    green = keras.layers.Conv2D(1, 1, use_bias=False)
    model = keras.Model(image, green(largest))
    green.set_weights([np.reshape([0.0, 1.0, 0.0], (1, 1, 3, 1))])
    return model


@pytest.mark.parametrize("turned", [False, True])
def test_a_framed_photo_keeps_its_proportions(turned):
    image = np.zeros([96, 288, 3], "uint8")
    image[36:60, 108:180] = 255  # whole pixels of the network, which are 9 of the photo
    image = image.swapaxes(0, 1) if turned else image

    def growth(predict):
        found = predict(widening_network(32, 32), image)[..., 0] > 127
        rows, columns = np.nonzero(found.T if turned else found)
        return np.ptp(rows) + 1 - 24, np.ptp(columns) + 1 - 72

    # Squeezed, a pixel of the network is 3 high and 9 wide; framed, 9 both ways. One on each side.
    assert growth(predict_logits) == pytest.approx((2 * 3, 2 * 9), abs=2)
    assert growth(predict_framed) == pytest.approx((2 * 9, 2 * 9), abs=4)


def test_around_a_framed_photo_lies_its_mirror_image():
    image = np.zeros([8, 32, 3], "uint8")
    image[0] = 255  # the only light; beyond it the frame shows the same row once more
    kernel = np.zeros([3, 3, 3, 1])
    kernel[0, 1] = 1 / 3  # looks one pixel up
    found = predict_framed(convolve(kernel, (32, 32)), image)[..., 0]
    np.testing.assert_allclose(found[:3, 5], [255, 255, 0], atol=1e-3)


def test_a_margin_is_drawn_from_the_photos_outermost_pixels():
    image = np.zeros([16, 16, 3], "uint8")
    image[0] = 255  # mirrored, the row above it would be lit, and the one above that dark
    kernel = np.zeros([5, 5, 3, 1])
    kernel[0, 2] = 1 / 3  # looks two pixels up
    # With half of the photo all around it fills the network pixel by pixel.
    found = predict_framed(convolve(kernel, (32, 32)), image, margin=0.5)[..., 0]
    np.testing.assert_allclose(found[:4, 5], [255, 255, 255, 0], atol=1e-3)


@settings(max_examples=10, deadline=None)
@given(st.integers(1, 70), st.integers(1, 70), st.sampled_from([0, 0.15, 1]))
def test_a_framed_photo_of_any_size_has_logits_everywhere(height, width, margin):
    image = np.full([height, width, 3], (10, 200, 30), "uint8")
    logits = predict_framed(widening_network(32, 48), image, margin)
    assert (logits.shape, logits.dtype) == ((height, width, 1), np.float32)
    np.testing.assert_allclose(logits, 200, rtol=1e-4)


def open_network(depth, out_stride=1):
    """A network of open size that halves so many times and climbs back, with skips."""
    x = image = keras.Input([None, None, 3])
    skips = []
    for _ in range(depth):
        skips.append(x)
        x = keras.layers.Conv2D(4, 3, strides=2, padding="same", activation="relu")(x)
    while len(skips) > int(np.log2(out_stride)):
        x = keras.layers.Concatenate()([keras.layers.UpSampling2D()(x), skips.pop()])
    return keras.Model(image, keras.layers.Conv2D(2, 1)(x))


@settings(max_examples=8, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40))
def test_open_model_sees_a_photo_at_its_own_size(height, width):
    model, image = open_network(3), random_image(height, width)
    logits = predict_logits(model, image)
    assert (logits.shape, logits.dtype) == ((height, width, 2), np.float32)
    below, right = -height % 32, -width % 32
    mirrored = np.pad(image, ((0, below), (0, right), (0, 0)), mode="symmetric")
    expected = model.predict_on_batch(mirrored[None].astype("float32"))[0, :height, :width]
    np.testing.assert_allclose(logits, expected, rtol=1e-4, atol=1e-3)


def test_logits_of_an_open_model_may_be_smaller_than_its_image():
    model, image = open_network(3, out_stride=4), random_image(30, 50)
    mirrored = np.pad(image, ((0, 2), (0, 14), (0, 0)), mode="symmetric")
    small = model.predict_on_batch(mirrored[None].astype("float32"))
    assert small.shape[1:3] == (8, 16)
    expected = tf.image.resize(small, (32, 64))[0, :30, :50]
    np.testing.assert_allclose(predict_logits(model, image), expected, atol=1e-3)


@pytest.fixture(scope="module")
def pointwise():
    """A model whose logit at a pixel depends on that pixel alone: tiling must not change it."""
    return keras.Sequential([keras.Input([16, 24, 3]), keras.layers.Conv2D(2, 1)])


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 60), st.integers(1, 60), st.sampled_from([0, 0.25, 0.5, 0.9]))
def test_tiles_leave_no_pixel_out_and_no_seam(pointwise, height, width, overlap):
    image = random_image(height, width)
    logits = predict_tiles(pointwise, image, overlap)
    kernel, bias = pointwise.get_weights()
    assert (logits.shape, logits.dtype) == ((height, width, 2), np.float32)
    np.testing.assert_allclose(logits, image @ kernel[0, 0] + bias, rtol=1e-4, atol=1e-3)


def test_seam_between_overlapping_tiles_is_smooth():
    # Zero padding darkens a tile's border, which shows as a step where tiles are laid edge to edge.
    model = convolve(np.full([9, 9, 3, 1], 1 / 243), (32, 32))
    middle = np.s_[16, 8:-8, 0]
    edge_to_edge = predict_tiles(model, np.full([32, 96, 3], 100.0), overlap=0)[middle]
    blended = predict_tiles(model, np.full([32, 80, 3], 100.0), overlap=0.5)[middle]
    assert np.abs(np.diff(blended)).max() < 0.5 * np.abs(np.diff(edge_to_edge)).max()
    assert blended.min() > edge_to_edge.min() + 10


def test_mirrored_average_by_hand():
    def predict(image):
        return np.cumsum(image[..., :1], axis=1)  # Knows left from right.

    image = np.array([[[1.0] * 3, [2.0] * 3]])
    # Straight: 1, 3. The mirror image 2, 1 gives 2, 3; mirrored back 3, 2. Average: 2, 2.5.
    assert average_mirrored(predict, image)[0, :, 0].tolist() == [2.0, 2.5]


def test_a_threshold_is_a_probability_of_the_subject():
    model, image = convolve(np.full([1, 1, 3, 1], 0.001), (32, 32)), random_image(32, 32)
    logits = predict_logits(model, image)
    for threshold in (0.55, 0.6):
        found = predict_mask(model, image, threshold)
        np.testing.assert_array_equal(found, 1 / (1 + np.exp(-logits)) > threshold)
        assert 0 < found.mean() < 1
