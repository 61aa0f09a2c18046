"""Boundary scores: known by hand, equal to bands made by repeated erosion, stricter than Dice."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from skimage.morphology import erosion

from unetlab.boundary import score_boundary

masks = arrays(
    np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=24), elements=st.integers(0, 1)
)


def band_by_erosion(mask, pixels):
    framed = np.pad(mask, pixels)
    inner = framed
    for _ in range(pixels):
        inner = erosion(inner, np.ones([3, 3], np.uint8))
    return (framed - inner)[pixels:-pixels, pixels:-pixels] == 1


@settings(max_examples=60, deadline=None)
@given(masks, st.integers(0, 2**32 - 1), st.floats(0.01, 0.5))
def test_agrees_with_repeated_erosion(mask, seed, width):
    predicted = np.random.default_rng(seed).integers(0, 2, mask.shape, np.uint8)
    pixels = max(1, round(width * np.hypot(*mask.shape)))
    band, predicted_band = band_by_erosion(mask, pixels), band_by_erosion(predicted, pixels)
    both, either = (band & predicted_band).sum(), (band | predicted_band).sum()
    scores = score_boundary(mask, predicted, width)
    assert scores.iou == pytest.approx(both / either if either else 1.0)
    assert scores.dice == pytest.approx(2 * scores.iou / (1 + scores.iou))


@settings(max_examples=30, deadline=None)
@given(masks)
def test_a_mask_agrees_with_itself(mask):
    assert score_boundary(mask, mask) == (1.0, 1.0)


def test_square_moved_by_one_pixel_by_hand():
    mask = np.zeros([20, 20, 1], np.uint8)
    mask[5:15, 5:15] = 1
    # 0.02 of the diagonal of 28.3 is 1 pixel. Each ring has 36 pixels; moved by one column, they
    # share 9 pixels of the upper edge and 9 of the lower.
    scores = score_boundary(mask, np.roll(mask, 1, axis=1))
    assert scores.iou == pytest.approx(18 / 54)
    assert scores.dice == pytest.approx(36 / 72)


def test_stairs_cost_more_here_than_in_dice():
    y, x = np.mgrid[:480, :640]
    mask = (((x - 320) / 250) ** 2 + ((y - 240) / 180) ** 2 < 1).astype(np.uint8)
    stairs = cv2.resize(cv2.resize(mask, (40, 30), interpolation=0), (640, 480), interpolation=0)
    dice = 2 * (mask & stairs).sum() / (mask.sum() + stairs.sum())
    assert dice > 0.96
    assert score_boundary(mask, stairs, width=0.005).dice < 0.5


def test_bool_and_channel_axis_are_taken():
    mask = np.zeros([8, 9], bool)
    mask[2:5, 3:6] = True
    assert score_boundary(mask, mask[..., None].astype(int)).iou == 1.0


@pytest.mark.parametrize(
    ("predicted", "width", "message"),
    [
        (np.zeros([8, 8], np.uint8), 0.02, "photo's own size"),
        (np.full([8, 9], 255, np.uint8), 0.02, "0 and 1"),
        (np.zeros([8, 9]), 0.02, "0 and 1"),
        (np.zeros([8, 9], np.uint8), 0, "width is 0"),
    ],
)
def test_bad_input(predicted, width, message):
    with pytest.raises(ValueError, match=message):
        score_boundary(np.zeros([8, 9], np.uint8), predicted, width)
