"""The drawn sample: exact masks and repeatable scenes."""

import cv2
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from unetlab.drawn import draw_examples, draw_scene, load_shapes, trimap
from unetlab.drawn.scenes import DRAWINGS

KINDS = st.sampled_from([*DRAWINGS])
SIDES = st.integers(48, 100)


@settings(max_examples=16, deadline=None)
@given(kind=KINDS, height=SIDES, width=SIDES, seed=st.integers(0, 10_000))
def test_any_size_and_seed_gives_an_image_and_a_mask_of_both_classes(kind, height, width, seed):
    image, mask = draw_scene(kind, (height, width), seed)
    assert (image.shape, image.dtype) == ((height, width, 3), np.uint8)
    assert (mask.shape, mask.dtype) == ((height, width, 1), np.uint8)
    assert np.unique(mask).tolist() == [0, 1]
    assert image.std() > 2


@settings(max_examples=5, deadline=None)
@given(kind=KINDS, seed=st.integers(0, 1000))
def test_a_seed_is_the_same_scene_at_every_size(kind, seed):
    image, mask = draw_scene(kind, 128, seed)
    np.testing.assert_array_equal(image, draw_scene(kind, 128, seed)[0])
    assert np.abs(image - draw_scene(kind, 128, seed + 1)[0].astype(float)).mean() > 5
    large = draw_scene(kind, 256, seed)[1]
    shrunk = cv2.resize(large, (128, 128), interpolation=cv2.INTER_NEAREST)
    assert (shrunk == mask[..., 0]).mean() > 0.95


@pytest.mark.slow
@pytest.mark.parametrize("kind", DRAWINGS)
def test_subjects_take_a_sensible_share(kind):
    shares = [draw_scene(kind, 64, seed)[1].mean() for seed in range(40)]
    assert min(shares) > 0.03 and max(shares) < 0.85
    assert 0.1 < np.mean(shares) < 0.6
    assert np.std(shares) > 0.02


def test_trimap_by_hand():
    mask = np.zeros([9, 9, 1], np.uint8)
    mask[3:6, 3:6] = 1
    expected = np.ones([9, 9], int)
    expected[2:7, 2:7] = 2
    # A disk of radius 1 is a cross: it does not reach the corners, and leaves one pixel of pet.
    expected[[2, 2, 6, 6], [2, 6, 2, 6]] = 1
    expected[4, 4] = 0
    assert trimap(mask, border=0.01)[..., 0].tolist() == expected.tolist()


def test_data_sets_draw_what_draw_scene_draws():
    for number, (image, mask) in zip(
        (4, 0), draw_examples("cats", ["drawn4", "drawn0000_07"], 32), strict=True
    ):
        np.testing.assert_array_equal(image, draw_scene("cats", 32, number)[0])
        np.testing.assert_array_equal(mask, draw_scene("cats", 32, number)[1])
    for kind in ("pets", "cars"):
        for number, (image, mask) in enumerate(load_shapes(kind, 3, 48, seed=5)):
            drawn, true = draw_scene(kind, 48, (5, number))
            np.testing.assert_array_equal(image, drawn)
            np.testing.assert_array_equal(mask, trimap(true) if kind == "pets" else true)
    endless = load_shapes("pets", count=10**9, image_size=32)  # Drawn when it is asked for.
    assert endless.cardinality() == 10**9
    assert endless.element_spec[0] == tf.TensorSpec([32, 32, 3], tf.uint8)
