"""Dice at many thresholds in one pass equals scikit-learn's F1 at each one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from unetlab.thresholds import dice_by_threshold

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
