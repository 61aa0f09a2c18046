"""Scores of one photo: its outline's Dice, and its Dice at many thresholds."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from skimage.morphology import erosion
from sklearn.metrics import f1_score

from unetlab.scores import dice_by_threshold, score_boundary

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


THRESHOLDS = np.linspace(0.05, 0.95, 19)


@settings(max_examples=40, deadline=None)
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
    np.testing.assert_allclose(dice_by_threshold(logits, mask, THRESHOLDS), expected)


def test_threshold_itself_is_background_and_huge_logits_are_no_trouble():
    logits = np.array([[[0.0], [1e4], [-1e4]]])
    mask = np.array([[[1], [1], [0]]])
    assert dice_by_threshold(logits, mask, [0.5]).tolist() == [pytest.approx(2 / 3)]


def test_empty_mask_and_nothing_found_is_right():
    logits = np.full([4, 4, 1], -1.0)
    scores = dice_by_threshold(logits, np.zeros([4, 4, 1], np.uint8), [0.1, 0.9])
    assert scores.tolist() == [0.0, 1.0]


@pytest.mark.parametrize("thresholds", [[0.0, 0.5], [0.5, 1.0], [0.6, 0.4], [[0.5]]])
def test_bad_thresholds(thresholds):
    with pytest.raises(ValueError, match="thresholds are"):
        dice_by_threshold(np.zeros([2, 2, 1]), np.zeros([2, 2, 1], int), thresholds)


def test_several_logits_a_pixel_are_refused():
    with pytest.raises(ValueError, match="one logit"):
        dice_by_threshold(np.zeros([2, 2, 3]), np.zeros([2, 2, 1], int), [0.5])
