"""Prediction at the photo's own size."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from unetlab.metrics import MeanIoU
from unetlab.pipeline import prepare_batches
from unetlab.prediction import (
    average_mirrored,
    confusion_by_image,
    find_stride,
    predict_framed,
    predict_logits,
    predict_mask,
    predict_tiles,
    to_probability,
)


def red_detector(size=32, logits=1):
    """A model that calls red pixels class 1, or with three logits sorts by the largest channel."""
    image = keras.Input([size, size, 3])
    convolution = keras.layers.Conv2D(logits, 1, use_bias=logits == 1)
    model = keras.Model(image, convolution(image))
    if logits == 1:
        convolution.set_weights(
            [np.array([1.0, -0.5, -0.5]).reshape(1, 1, 3, 1), np.array([-127.5])]
        )
    else:
        convolution.set_weights([np.eye(3).reshape(1, 1, 3, 3)])
    return model


def red_disc(height, width):
    rows, columns = np.mgrid[:height, :width]
    disc = ((rows - height / 2) / height) ** 2 + ((columns - width / 2) / width) ** 2 < 0.1
    return np.where(disc[..., None], (255, 0, 0), (60, 60, 60)).astype("uint8"), disc[..., None]


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


def test_void_pixels_are_not_counted():
    image, disc = red_disc(32, 32)
    mask = disc.astype("uint8")
    mask[:4] = 255
    batches = tf.data.Dataset.from_tensors((image[None], mask[None]))
    with pytest.raises(ValueError, match=r"from 0 to 255, expected 0 to 1: .*name the id of void"):
        confusion_by_image(red_detector(), batches, 2)
    found = confusion_by_image(red_detector(), batches, 2, ignore_class=255)
    assert found.sum() == 28 * 32
    expected = [[(mask[4:] == 0).sum(), 0], [0, (mask[4:] == 1).sum()]]
    np.testing.assert_array_equal(found[0], expected)


def test_a_model_of_other_classes_and_no_batches_are_refused():
    image, disc = red_disc(32, 32)
    batches = tf.data.Dataset.from_tensors((image[None], disc[None].astype("uint8")))
    with pytest.raises(ValueError, match="but num_classes is 2: build the model for 2 classes"):
        confusion_by_image(red_detector(logits=3), batches, 2)
    with pytest.raises(ValueError, match="there are no batches"):
        confusion_by_image(red_detector(), batches.take(0), 2)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 21))
def test_probabilities_agree_with_keras(seed, count):
    logits = np.random.default_rng(seed).normal(0, 30, (2, 3, 4, count)).astype("float32")
    keras_way = keras.ops.sigmoid if count == 1 else keras.ops.softmax
    found = to_probability(logits)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, keras_way(logits), atol=1e-6)
    np.testing.assert_array_equal(to_probability(logits[0]), found[0])


def test_huge_logits_are_sure_and_a_missing_axis_is_refused():
    assert to_probability([[[1e4], [-1e4]]]).tolist() == [[[1.0], [0.0]]]
    with pytest.raises(ValueError, match=r"float64 \(2, 3\), expected float \[H, W, C\]"):
        to_probability(np.zeros([2, 3]))


def test_confusion_by_image_agrees_with_the_metric():
    examples = [red_disc(32, 32), red_disc(32, 32)]
    images = np.stack([image for image, _ in examples])
    masks = np.stack([disc for _, disc in examples]).astype("uint8")
    masks[1] = 0
    batches = tf.data.Dataset.from_tensor_slices((images, masks)).batch(1)
    confusion = confusion_by_image(red_detector(), batches, 2)
    assert confusion.shape == (2, 2, 2)
    assert confusion[0].sum() == confusion[1].sum() == 32 * 32
    assert confusion[1, 1].sum() == 0
    model = red_detector()
    model.compile(metrics=[MeanIoU(2)], loss="mse")
    total = confusion.sum(axis=0)
    iou = np.diag(total) / (total.sum(0) + total.sum(1) - np.diag(total))
    score = model.evaluate(batches, verbose=0, return_dict=True)["mean_iou"]
    assert score == pytest.approx(iou.mean(), abs=1e-6)


def widening_network(height, width):
    """A model whose logit is the largest green around a pixel: what is green grows by one pixel."""
    image = keras.Input([height, width, 3])
    largest = keras.layers.MaxPooling2D(3, strides=1, padding="same")(image)
    green = keras.layers.Conv2D(1, 1, use_bias=False)
    model = keras.Model(image, green(largest))
    green.set_weights([np.array([0.0, 1.0, 0.0]).reshape(1, 1, 3, 1)])
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
    above = keras.layers.Conv2D(1, 3, padding="same", use_bias=False)
    model = keras.Sequential([keras.Input([32, 32, 3]), above])
    above.set_weights([kernel])
    found = predict_framed(model, image)[..., 0]
    np.testing.assert_allclose(found[:3, 5], [255, 255, 0], atol=1e-3)


def test_a_margin_is_drawn_from_the_photos_outermost_pixels():
    image = np.zeros([16, 16, 3], "uint8")
    image[0] = 255  # mirrored, the row above it would be lit, and the one above that dark
    kernel = np.zeros([5, 5, 3, 1])
    kernel[0, 2] = 1 / 3  # looks two pixels up
    above = keras.layers.Conv2D(1, 5, padding="same", use_bias=False)
    model = keras.Sequential([keras.Input([32, 32, 3]), above])
    above.set_weights([kernel])
    # With half of the photo all around it fills the network pixel by pixel.
    found = predict_framed(model, image, margin=0.5)[..., 0]
    np.testing.assert_allclose(found[:4, 5], [255, 255, 255, 0], atol=1e-3)


def test_what_a_network_misses_at_its_edges_is_found_inside_a_margin():
    crop, pad = keras.layers.Cropping2D(3), keras.layers.ZeroPadding2D(3)
    near_sighted = keras.Sequential([red_detector(), crop, pad])
    image = np.full([60, 90, 3], (255, 0, 0), "uint8")
    assert (predict_framed(near_sighted, image)[:, :4] < 1).all()
    assert (predict_framed(near_sighted, image, margin=0.2) > 100).all()


@pytest.mark.parametrize("margin", [-0.1, 1.5, np.nan, "wide", None, True])
def test_a_margin_that_is_no_share_is_refused(margin):
    with pytest.raises(ValueError, match=r"margin is .*, expected a share from 0 to 1: try 0\.15"):
        predict_framed(red_detector(), np.zeros([32, 32, 3], "uint8"), margin)


def test_a_photo_that_is_nearly_black_is_framed_like_any_other():
    image = np.zeros([64, 96, 3], "uint8")
    image[0, 0] = 9  # shrunk, nothing is above 1: as float it would pass for an image in 0..1
    assert (predict_framed(red_detector(), image) < -120).all()


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 70), st.integers(1, 70), st.sampled_from([0, 0.15, 1]))
def test_a_framed_photo_of_any_size_has_logits_everywhere(height, width, margin):
    image = np.full([height, width, 3], (10, 200, 30), "uint8")
    logits = predict_framed(widening_network(32, 48), image, margin)
    assert (logits.shape, logits.dtype) == ((height, width, 1), np.float32)
    np.testing.assert_allclose(logits, 200, rtol=1e-4)


def test_a_photo_of_the_models_own_shape_needs_no_frame():
    image, _ = red_disc(60, 90)
    model = red_detector()
    wide = widening_network(32, 48)
    np.testing.assert_array_equal(predict_framed(wide, image), predict_logits(wide, image))
    assert np.abs(predict_framed(model, image) - predict_logits(model, image)).max() > 1
    opened = open_network(2)
    np.testing.assert_array_equal(predict_framed(opened, image), predict_logits(opened, image))


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros([8, 8], "uint8"), r"must be \[H, W, 3\]; turn grey into RGB"),
        (np.zeros([8, 8, 4], "uint8"), r"uint8 \(8, 8, 4\)"),
        (np.zeros([1, 8, 8, 3], "uint8"), "one image, not a batch"),
        (np.zeros([0, 8, 3], "uint8"), r"uint8 \(0, 8, 3\)"),
        (np.full([8, 8, 3], 60_000, "uint16"), r"uint16 \(8, 8, 3\).* 16 bits by 257"),
        (np.zeros([8, 8, 3], "int64"), "int64 .* must be uint8 or float"),
        (np.zeros([8, 8, 3], bool), "bool .* must be uint8 or float"),
        (np.full([8, 8, 3], 0.5), r"from 0\.5 to 0\.5, expected 0\.\.255: multiply an image in 0"),
        (np.linspace(-1, 1, 192).reshape(8, 8, 3), r"from -1 to 1, .*\(image \+ 1\) \* 127\.5"),
        (np.full([8, 8, 3], -200.0), "from -200 to -200"),
        (np.full([8, 8, 3], 256.0), "from 256 to 256"),
        (np.where(np.eye(8)[..., None] * [1, 1, 1], np.nan, 100), "from nan to nan.*place of NaN"),
        (np.where(np.eye(8)[..., None] * [1, 1, 1], np.inf, 100), "from 100 to inf"),
    ],
)
def test_other_arrays_are_refused(image, message):
    for predict in (predict_mask, predict_framed):
        with pytest.raises(ValueError, match=message):
            predict(red_detector(), image)
    if image.shape == (8, 8, 3):  # Training refuses the values that prediction refuses.
        example = tf.data.Dataset.from_tensors((image, np.zeros([8, 8, 1], "uint8")))
        with pytest.raises((ValueError, tf.errors.InvalidArgumentError), match=r"0\.\.255"):
            list(prepare_batches(example, 8, 1))


@pytest.mark.parametrize("value", [0, -0.4, 1.2, 255.4])
def test_values_within_rounding_are_taken_by_prediction_and_training(value):
    image = np.full([8, 8, 3], 100, "float32")
    image[0] = value
    assert predict_mask(red_detector(), image).shape == (8, 8, 1)
    example = tf.data.Dataset.from_tensors((image, np.zeros([8, 8, 1], "uint8")))
    assert len(list(prepare_batches(example, 8, 1))) == 1
    assert predict_mask(red_detector(), image * 0).shape == (8, 8, 1)  # all black


def open_network(depth, out_stride=1):
    """A network of open size that halves so many times and climbs back, with skips."""
    keras.utils.set_random_seed(0)
    x = image = keras.Input([None, None, 3])
    skips = []
    for _ in range(depth):
        skips.append(x)
        x = keras.layers.Conv2D(4, 3, strides=2, padding="same", activation="relu")(x)
    while depth and x.shape[-1] and len(skips) > int(np.log2(out_stride)):
        x = keras.layers.Concatenate()([keras.layers.UpSampling2D()(x), skips.pop()])
    return keras.Model(image, keras.layers.Conv2D(2, 1)(x))


@pytest.mark.parametrize("depth", [0, 1, 3, 6])
def test_stride_of_an_open_network_is_found(depth):
    assert find_stride(open_network(depth)) == 2**depth
    if depth == 3:
        assert find_stride(open_network(depth, out_stride=4)) == 8


def test_open_model_without_logits_a_pixel_has_no_stride():
    image = keras.Input([None, None, 3])
    pooled = keras.layers.GlobalAveragePooling2D(keepdims=True)(image)
    with pytest.raises(ValueError, match=r"takes images of \(None, None\), .* no whole part"):
        predict_logits(keras.Model(image, pooled), random_image(20, 20))


@settings(max_examples=12, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40))
def test_open_model_sees_a_photo_at_its_own_size(height, width):
    model, image = open_network(3), random_image(height, width).astype("float32")
    logits = predict_logits(model, image)
    assert (logits.shape, logits.dtype) == ((height, width, 2), np.float32)
    below, right = -height % 8, -width % 8
    mirrored = np.pad(image, ((0, below), (0, right), (0, 0)), mode="symmetric")
    expected = model.predict_on_batch(mirrored[None])[0, :height, :width]
    np.testing.assert_allclose(logits, expected, rtol=1e-4, atol=1e-3)
    assert predict_mask(model, image).shape == (height, width, 1)


def test_logits_of_an_open_model_may_be_smaller_than_its_image():
    model, image = open_network(3, out_stride=4), random_image(30, 50)
    mirrored = np.pad(image, ((0, 2), (0, 6), (0, 0)), mode="symmetric")
    small = model.predict_on_batch(mirrored[None].astype("float32"))
    assert small.shape[1:3] == (8, 14)
    expected = tf.image.resize(small, (32, 56))[0, :30, :50]
    np.testing.assert_allclose(predict_logits(model, image), expected, atol=1e-3)


@pytest.fixture(scope="module")
def pointwise():
    """A model whose logit at a pixel depends on that pixel alone: tiling must not change it."""
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input([16, 24, 3]), keras.layers.Conv2D(2, 1)])


def random_image(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 60), st.integers(1, 60), st.sampled_from([0, 0.25, 0.5, 0.9]))
def test_tiles_leave_no_pixel_out_and_no_seam(pointwise, height, width, overlap):
    image = random_image(height, width)
    logits = predict_tiles(pointwise, image, overlap)
    kernel, bias = pointwise.get_weights()
    assert logits.shape == (height, width, 2)
    assert logits.dtype == np.float32
    np.testing.assert_allclose(logits, image @ kernel[0, 0] + bias, rtol=1e-4, atol=1e-3)


def test_batch_size_does_not_change_logits(pointwise):
    image = random_image(50, 70)
    np.testing.assert_allclose(
        predict_tiles(pointwise, image, batch_size=1),
        predict_tiles(pointwise, image, batch_size=7),
        atol=1e-3,
    )


def test_photo_of_the_models_size_is_one_tile(pointwise):
    image = random_image(16, 24)
    np.testing.assert_allclose(
        predict_tiles(pointwise, image), predict_logits(pointwise, image), atol=1e-3
    )


def test_seam_between_overlapping_tiles_is_smooth():
    # Zero padding darkens a tile's border, which shows as a step where tiles are laid edge to edge.
    model = keras.Sequential(
        [
            keras.Input([32, 32, 3]),
            keras.layers.Conv2D(
                1, 9, padding="same", kernel_initializer=keras.initializers.Constant(1 / 243)
            ),
        ]
    )
    image = np.full([32, 80, 3], 100.0)
    middle = np.s_[16, 8:-8, 0]
    edge_to_edge = predict_tiles(model, np.full([32, 96, 3], 100.0), overlap=0)[middle]
    blended = predict_tiles(model, image, overlap=0.5)[middle]
    assert np.abs(np.diff(blended)).max() < 0.5 * np.abs(np.diff(edge_to_edge)).max()
    assert blended.min() > edge_to_edge.min() + 10


def test_mirrored_average_by_hand():
    def predict(image):
        return np.cumsum(image[..., :1], axis=1)  # Knows left from right.

    image = np.array([[[1.0] * 3, [2.0] * 3]])
    # Straight: 1, 3. The mirror image 2, 1 gives 2, 3; mirrored back 3, 2. Average: 2, 2.5.
    assert average_mirrored(predict, image)[0, :, 0].tolist() == [2.0, 2.5]


def test_no_tiles_at_once_are_refused(pointwise):
    with pytest.raises(ValueError, match="batch_size is 0"):
        predict_tiles(pointwise, random_image(20, 20), batch_size=0)


@pytest.mark.parametrize("overlap", [-0.1, 1.0])
def test_overlap_out_of_range(pointwise, overlap):
    with pytest.raises(ValueError, match="overlap is"):
        predict_tiles(pointwise, random_image(20, 20), overlap)


def test_model_without_fixed_size_is_refused():
    model = keras.Sequential([keras.Input([None, None, 3]), keras.layers.Conv2D(1, 1)])
    with pytest.raises(ValueError, match="fixed size"):
        predict_tiles(model, random_image(20, 20))


def test_image_in_0_to_1_is_refused(pointwise):
    with pytest.raises(ValueError, match=r"0\.\.255"):
        predict_tiles(pointwise, random_image(20, 20) / 255)
