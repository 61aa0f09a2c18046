"""Tiles cover a photo of any size without a seam; the mirror average mirrors back."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unetlab.prediction import predict_logits
from unetlab.tiles import average_mirrored, predict_tiles


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
