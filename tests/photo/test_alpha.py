"""Soft edges: known by hand, equal to a plain guided filter, following the photo."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import uniform_filter

from unetlab.photo import clean_mask, feather, refine_alpha


def plain_guided_filter(image, probability, reach, epsilon=1e-4):
    """He, Sun, Tang's filter, window by window, with NumPy's own solver."""
    guide = image / 255.0
    padded = np.pad(guide, ((reach, reach), (reach, reach), (0, 0)), "symmetric")
    padded_p = np.pad(probability, reach, "symmetric")
    height, width = probability.shape
    slopes, offsets = np.zeros([height, width, 3]), np.zeros([height, width])
    for y in range(height):
        for x in range(width):
            window = np.s_[y : y + 2 * reach + 1, x : x + 2 * reach + 1]
            colours, values = padded[window].reshape(-1, 3), padded_p[window].ravel()
            covariance = np.cov(colours.T, bias=True) + epsilon * np.eye(3)
            right = (colours * values[:, None]).mean(0) - colours.mean(0) * values.mean()
            slopes[y, x] = np.linalg.solve(covariance, right)
            offsets[y, x] = values.mean() - slopes[y, x] @ colours.mean(0)
    size = 2 * reach + 1
    mean_slope = uniform_filter(slopes, (size, size, 0), mode="reflect")
    mean_offset = uniform_filter(offsets, size, mode="reflect")
    return np.clip((mean_slope * guide).sum(-1) + mean_offset, 0, 1)


def scene(kind):
    """Return colours at random, grey ones, or a bright and smooth image, and a probability."""
    random, (y, x) = np.random.default_rng(0), np.mgrid[:30, :40]
    if kind == "colours":
        return random.integers(0, 256, (30, 40, 3), np.uint8), random.random((30, 40))
    # Only epsilon keeps three equal colours apart; where it is smooth, the variance is as small.
    bright = 250 + np.round(np.sin(x / 9) + np.sin(y / 7))
    grey = random.integers(0, 256, (30, 40)) if kind == "grey" else bright
    return np.repeat(np.uint8(grey)[..., None], 3, axis=2), np.clip((x - 10) / 20, 0, 1)


@pytest.mark.parametrize("kind", ["colours", "grey", "bright"])
def test_it_is_the_papers_filter(kind):
    image, probability = scene(kind)
    found = refine_alpha(image, probability, radius=3 / 50)[..., 0]
    np.testing.assert_allclose(found, plain_guided_filter(image, probability, 3), atol=1e-5)


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 20), st.integers(1, 20), st.sampled_from([0.0, 1.0]))
def test_all_or_nothing_stays_so(height, width, value):
    image = np.random.default_rng(height).integers(0, 256, (height, width, 3), np.uint8)
    alpha = refine_alpha(image, np.full([height, width, 1], value))
    np.testing.assert_allclose(alpha, value, atol=1e-3)
    mask = np.full([height, width], value == 1)
    np.testing.assert_array_equal(feather(mask, 0.5)[..., 0], mask)


def test_feather_by_hand_and_symmetric():
    mask = np.tile(np.arange(20) >= 10, (5, 1))
    alpha = feather(mask, width=4 / np.hypot(5, 20))[2, :, 0]
    np.testing.assert_allclose(alpha[7:13], [0, 0.125, 0.375, 0.625, 0.875, 1])
    np.testing.assert_allclose(alpha + alpha[::-1], 1)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0, 1))
def test_feather_keeps_the_side_of_every_pixel(seed, width):
    mask = np.random.default_rng(seed).integers(0, 2, (9, 12, 1), np.uint8)
    alpha = feather(mask, width)
    assert ((alpha > 0.5) == (mask == 1)).all()
    assert alpha.min() >= 0 and alpha.max() <= 1


def test_largest_part_stays_and_holes_close():
    mask = np.zeros([20, 20, 1], np.uint8)
    mask[2:12, 2:12] = 1
    mask[5:7, 5:7] = 0
    mask[15:18, 15:18] = 1
    cleaned = clean_mask(mask)
    assert cleaned.sum() == 100
    assert cleaned[6, 6] == 1 and cleaned[16, 16] == 0
    np.testing.assert_array_equal(clean_mask(cleaned), cleaned)
    assert clean_mask(np.zeros([4, 4, 1], bool)).sum() == 0
