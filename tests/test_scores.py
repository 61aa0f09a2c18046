"""Scores of one photo: its outline's Dice, and its Dice at many thresholds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from skimage.morphology import erosion
from sklearn.metrics import f1_score

from unetlab.scores import dice, dice_by_threshold, score_boundary

masks = arrays(
    np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=24), elements=st.integers(0, 1)
)


@settings(max_examples=30, deadline=None)
@given(masks, st.integers(0, 2**32 - 1))
def test_dice_agrees_with_scikit_learn(mask, seed):
    predicted = np.random.default_rng(seed).integers(0, 2, mask.shape, np.uint8)
    expected = f1_score(mask.ravel(), predicted.ravel(), zero_division=1.0)
    for pair in ((mask, predicted), (mask[..., None] == 1, predicted), (predicted, mask)):
        assert dice(*pair) == pytest.approx(expected)


def test_dice_of_two_empty_masks_is_1_and_of_one_is_0():
    empty, full = np.zeros([3, 4], bool), np.ones([3, 4, 1], np.uint8)
    assert (dice(empty, empty), dice(empty, full), dice(full, empty)) == (1.0, 0.0, 0.0)


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
    iou = both / either if either else 1.0
    assert score_boundary(mask, predicted, width) == pytest.approx(2 * iou / (1 + iou))


def test_square_moved_by_one_pixel_by_hand():
    mask = np.zeros([20, 20, 1], np.uint8)
    mask[5:15, 5:15] = 1
    # 0.02 of the diagonal of 28.3 is 1 pixel. Each ring has 36 pixels; moved by one column, they
    # share 9 pixels of the upper edge and 9 of the lower.
    assert score_boundary(mask, np.roll(mask, 1, axis=1)) == pytest.approx(36 / 72)


THRESHOLDS = np.linspace(0.05, 0.95, 19)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 12))
def test_agrees_with_scikit_learn(seed, height, width):
    random = np.random.default_rng(seed)
    logits = random.normal(0, 2, (height, width, 1)).astype(np.float32)
    mask = random.integers(0, 2, logits.shape)
    probability = 1 / (1 + np.exp(-logits.astype(float)))
    expected = [
        f1_score(mask.ravel(), (probability > threshold).ravel(), zero_division=1.0)
        for threshold in THRESHOLDS
    ]
    np.testing.assert_allclose(dice_by_threshold(mask, logits, THRESHOLDS), expected)


def test_threshold_itself_is_background_and_huge_logits_are_no_trouble():
    logits = np.array([[[0.0], [1e4], [-1e4]]])
    mask = np.array([[[1], [1], [0]]])
    assert dice_by_threshold(mask, logits, [0.5]).tolist() == [pytest.approx(2 / 3)]


def test_empty_mask_and_nothing_found_is_right():
    logits = np.full([4, 4, 1], -1.0)
    scores = dice_by_threshold(np.zeros([4, 4, 1], np.uint8), logits, [0.1, 0.9])
    assert scores.tolist() == [0.0, 1.0]
