"""The drawn sample: exact masks, repeatable scenes, and nothing that one threshold would solve."""

import cv2
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from unetlab.drawn import draw_examples, draw_scene, load_shapes, trimap
from unetlab.drawn.pets import draw_coat
from unetlab.drawn.scenes import KINDS


@settings(max_examples=12, deadline=None)
@given(
    kind=st.sampled_from(KINDS),
    height=st.integers(16, 90),
    width=st.integers(16, 90),
    seed=st.integers(0, 10_000),
)
def test_any_size_and_seed_gives_an_image_and_its_mask(kind, height, width, seed):
    image, mask = draw_scene(kind, (height, width), seed)
    assert (image.shape, image.dtype) == ((height, width, 3), np.uint8)
    assert (mask.shape, mask.dtype) == ((height, width, 1), np.uint8)
    assert set(np.unique(mask)) <= {0, 1}
    assert image.std() > 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_is_a_scene(kind):
    first, again, other = (draw_scene(kind, 64, seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])
    assert np.abs(first[0].astype(int) - other[0]).mean() > 10


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_is_the_same_scene_at_every_size(kind):
    overlaps = []
    for seed in range(8):
        large, small = (draw_scene(kind, size, seed)[1][..., 0] for size in (256, 128))
        shrunk = cv2.resize(large * 255, (128, 128), interpolation=cv2.INTER_AREA) >= 128
        overlaps.append((shrunk & (small == 1)).sum() / (shrunk | (small == 1)).sum())
    assert min(overlaps) > 0.9
    assert np.mean(overlaps) > 0.96


@pytest.mark.parametrize("kind", KINDS)
def test_subjects_take_a_sensible_share(kind):
    shares = [draw_scene(kind, 64, seed)[1].mean() for seed in range(40)]
    assert min(shares) > 0.03
    assert max(shares) < 0.85
    assert 0.1 < np.mean(shares) < 0.6
    assert np.std(shares) > 0.02


def test_the_ground_shows_between_the_legs_of_chairs():
    with_holes = 0
    for seed in range(20):
        ground = 1 - draw_scene("chairs", 128, seed)[1][..., 0]
        count, labels = cv2.connectedComponents(ground, connectivity=4)
        edge = {*labels[0], *labels[-1], *labels[:, 0], *labels[:, -1]}
        with_holes += len(set(range(1, count)) - edge) > 0
    assert with_holes >= 5


def test_cats_are_cats_and_pets_are_both():
    seen = {
        species: {draw_coat(np.random.default_rng(seed), species).species for seed in range(40)}
        for species in (None, "cat", "dog")
    }
    assert seen == {None: {"cat", "dog"}, "cat": {"cat"}, "dog": {"dog"}}
    # A cat's ears stand up: of the dogs among the pets, half have floppy ones.
    ears = {draw_coat(np.random.default_rng(seed), "cat").ears for seed in range(40)}
    assert ears == {"pointed"}


def test_both_ways_to_a_data_set_draw_what_draw_scene_draws():
    for number, (image, mask) in zip(
        (4, 0), draw_examples("cats", ["drawn4", "drawn0000_07"], 32), strict=True
    ):
        np.testing.assert_array_equal(image, draw_scene("cats", 32, number)[0])
        np.testing.assert_array_equal(mask, draw_scene("cats", 32, number)[1])
    for number, (image, mask) in enumerate(load_shapes("pets", 3, 32, seed=5)):
        np.testing.assert_array_equal(image, draw_scene("pets", 32, (5, number))[0])
        np.testing.assert_array_equal(mask, trimap(draw_scene("pets", 32, (5, number))[1]))


def best_threshold_score(image, mask):
    """Mean IoU of subject and ground by the image's best single grey threshold."""
    grey, truth = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), mask[..., 0] == 1
    best = 0
    for cut in range(10, 250, 8):
        for guess in (grey > cut, grey <= cut):
            subject = (guess & truth).sum() / max(1, (guess | truth).sum())
            ground = (~guess & ~truth).sum() / max(1, (~guess | ~truth).sum())
            best = max(best, (subject + ground) / 2)
    return best


@pytest.mark.parametrize("kind", KINDS)
def test_no_single_threshold_solves_the_scenes(kind):
    scores = [best_threshold_score(*draw_scene(kind, 64, seed)) for seed in range(30)]
    assert np.mean(scores) < 0.7


def test_trimap_by_hand():
    mask = np.zeros([9, 9, 1], np.uint8)
    mask[3:6, 3:6] = 1
    expected = np.ones([9, 9], int)
    expected[2:7, 2:7] = 2
    # A disk of radius 1 is a cross: it does not reach the corners, and leaves one pixel of pet.
    expected[[2, 2, 6, 6], [2, 6, 2, 6]] = 1
    expected[4, 4] = 0
    assert trimap(mask, border=0.01)[..., 0].tolist() == expected.tolist()


def test_border_straddles_the_outline():
    mask = draw_scene("pets", 128, 1)[1]
    ids = trimap(mask, border=0.02)
    assert (mask[ids == 0] == 1).all()
    assert (mask[ids == 1] == 0).all()
    assert 0.25 < mask[ids == 2].mean() < 0.75


def test_border_is_as_thin_as_that_of_the_real_pets():
    shares = [(trimap(draw_scene("pets", 128, seed)[1]) == 2).mean() for seed in range(20)]
    assert 0.05 < np.mean(shares) < 0.2


def test_data_set_is_drawn_lazily_and_alike_each_time():
    scenes = load_shapes("pets", count=10**9, image_size=32)
    assert scenes.cardinality() == 10**9
    assert scenes.element_spec[0] == tf.TensorSpec([32, 32, 3], tf.uint8)
    first, again = ([image.numpy() for image, _ in scenes.take(3)] for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_a_longer_data_set_starts_with_the_shorter_one():
    short, long = (load_shapes("cars", count, 32, seed=5) for count in (2, 4))
    for (image, mask), (long_image, long_mask) in zip(short, long, strict=False):
        np.testing.assert_array_equal(image, long_image)
        np.testing.assert_array_equal(mask, long_mask)


@pytest.mark.parametrize(
    ("kind", "ids"), [("pets", {0, 1, 2}), ("cars", {0, 1}), ("chairs", {0, 1}), ("cats", {0, 1})]
)
def test_masks_hold_the_class_ids(kind, ids):
    seen = {value for _, mask in load_shapes(kind, 5, 48) for value in np.unique(mask)}
    assert seen == ids


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: draw_scene("boats"), "kind is 'boats', expected one of pets, cars, chairs, cats"),
        (lambda: draw_scene("pets", 8), "image_size is 8, expected a whole number >= 16"),
        (lambda: draw_scene("pets", (64.5, 64)), "image_size is .* expected a whole number"),
        (lambda: draw_scene("pets", seed=-1), "seed is -1, expected a whole number >= 0"),
        (lambda: load_shapes("boats"), "kind is 'boats', expected one of"),
        (lambda: draw_examples("cars", ["drawn1"], 8), "image_size is 8, expected a whole number"),
        (lambda: load_shapes(count=0), "count is 0, expected a whole number >= 1"),
        (lambda: trimap(np.zeros([2, 4, 4, 1])), r"mask has shape \(2, 4, 4, 1\)"),
        (
            lambda: trimap(np.zeros([4, 4], int), border=3),
            r"border is 3, expected a fraction .* 0\.\.0\.5",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
