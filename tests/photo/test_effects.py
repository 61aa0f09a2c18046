"""Every effect keeps the size, and the subject bit for bit; its background is known by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unetlab.photo.alpha import feather
from unetlab.photo.effects import (
    blur_background,
    draw_outline,
    grey_background,
    replace_background,
    tint_background,
)

EFFECTS = {
    "grey": grey_background,
    "blur": lambda image, alpha: blur_background(image, alpha, 0.1),
    "tint": lambda image, alpha: tint_background(image, alpha, (70, 110, 200)),
    "colour": lambda image, alpha: replace_background(image, alpha, (1, 2, 3)),
    "photo": lambda image, alpha: replace_background(image, alpha, image[::-1]),
    "outline": lambda image, alpha: draw_outline(image, alpha, (255, 255, 255), 0.01),
}


def random_image(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


@pytest.mark.parametrize("effect", EFFECTS.values(), ids=EFFECTS)
@settings(max_examples=15, deadline=None)
@given(height=st.integers(1, 40), width=st.integers(1, 40), seed=st.integers(0, 99))
def test_size_stays_and_the_subject_is_untouched(effect, height, width, seed):
    image = random_image(height, width, seed)
    mask = np.random.default_rng(seed).random((height, width, 1)) < 0.5
    for alpha in (mask, feather(mask, 0.1), np.zeros_like(mask), np.ones_like(mask)):
        before = image.copy()
        result = effect(image, alpha)
        assert result.shape == image.shape and result.dtype == np.uint8
        np.testing.assert_array_equal(result[alpha[..., 0] == 1], image[alpha[..., 0] == 1])
        np.testing.assert_array_equal(image, before)


@pytest.fixture
def scene():
    """A red subject before grey ground that gets brighter to the right."""
    image = np.repeat(np.linspace(60, 180, 80).astype(np.uint8)[None, :, None], 3, axis=2)
    image = np.repeat(image, 60, axis=0)
    mask = np.zeros([60, 80, 1], np.uint8)
    mask[20:40, 30:50] = 1
    image[mask[..., 0] == 1] = (250, 10, 10)
    return image, mask


def test_grey_by_hand(scene):
    image, mask = scene
    green = np.full_like(image, (0, 200, 0))
    half = grey_background(green, mask, strength=0.5)
    # 0.587 of 200 is 117; half way from 200 to 117, and from 0 to 117.
    assert half[0, 0].tolist() == [58, 158, 58]
    np.testing.assert_array_equal(grey_background(green, mask, 0), green)


@pytest.mark.parametrize("radius", [2, 6, 20])
def test_blur_takes_nothing_of_the_subject(scene, radius):
    image, mask = scene
    result = blur_background(image, mask, radius / np.hypot(60, 80)).astype(int)
    outside = mask[..., 0] == 0
    redness = result[outside][:, 0] - result[outside][:, 1]
    assert np.abs(redness).max() <= 2  # A red glow would be 240.


def test_blur_of_a_point_is_a_disc():
    image = np.zeros([41, 41, 3], np.uint8)
    image[20, 20] = 255
    result = blur_background(image, np.zeros([41, 41, 1]), radius=5 / np.hypot(41, 41))[..., 0]
    lit = result > result.max() / 2
    y, x = np.nonzero(lit)
    assert np.hypot(y - 20, x - 20).max() <= 5.5
    assert abs(lit.sum() - np.pi * 25) < 15


def test_replaced_by_a_photo_that_covers_and_is_centred():
    image, mask = random_image(20, 40), np.zeros([20, 40, 1])
    wide = np.zeros([10, 100, 3], np.uint8)
    wide[:, 50:] = 200
    result = replace_background(image, mask, wide)
    assert result[:, :18].max() == 0 and result[:, 22:].min() == 200


def test_half_an_alpha_is_half_of_either():
    image = np.full([9, 9, 3], 100, np.uint8)
    result = replace_background(image, np.full([9, 9, 1], 0.5), (200, 200, 200))
    assert result[4, 4].tolist() == [150, 150, 150]


def test_outline_is_outside_and_as_wide_as_asked(scene):
    image, mask = scene
    result = draw_outline(image, mask, (0, 255, 0), width=3 / np.hypot(60, 80))
    line = (result == (0, 255, 0)).all(axis=-1)
    assert line[30].tolist() == [27 <= x < 30 or 50 <= x < 53 for x in range(80)]
