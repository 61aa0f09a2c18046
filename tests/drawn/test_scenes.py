"""The drawn sample: exact masks, repeatable scenes, and nothing that one threshold would solve."""

import cv2
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from drawn_folders import save_scenes
from unetlab.data import load_folder
from unetlab.drawn import draw_examples, draw_scene, load_shapes, scenes, trimap
from unetlab.drawn.paint import render
from unetlab.drawn.pets import draw_coat
from unetlab.drawn.plans import plan_scene
from unetlab.drawn.scenes import KINDS

GROUPS = st.lists(st.sampled_from(KINDS), min_size=1, max_size=len(KINDS), unique=True)
SIDES = st.integers(48, 100)


@settings(max_examples=16, deadline=None)
@given(kinds=GROUPS, height=SIDES, width=SIDES, seed=st.integers(0, 10_000))
def test_any_size_and_seed_gives_an_image_and_a_mask_of_every_class(kinds, height, width, seed):
    image, mask = draw_scene(kinds, (height, width), seed)
    assert (image.shape, image.dtype) == ((height, width, 3), np.uint8)
    assert (mask.shape, mask.dtype) == ((height, width, 1), np.uint8)
    assert np.unique(mask).tolist() == list(range(len(kinds) + 1))
    assert image.std() > 2


@settings(max_examples=12, deadline=None)
@given(kinds=GROUPS, seed=st.integers(0, 1000))
def test_a_seed_is_the_same_scene_at_every_size(kinds, seed):
    image, mask = draw_scene(kinds, 128, seed)
    np.testing.assert_array_equal(image, draw_scene(kinds, 128, seed)[0])
    assert np.abs(image - draw_scene(kinds, 128, seed + 1)[0].astype(float)).mean() > 5
    large = draw_scene(kinds, 256, seed)[1]
    shrunk = cv2.resize(large, (128, 128), interpolation=cv2.INTER_NEAREST)
    assert (shrunk == mask[..., 0]).mean() > 0.95


@pytest.mark.parametrize("kind", KINDS)
def test_subjects_take_a_sensible_share(kind):
    shares = [draw_scene(kind, 64, seed)[1].mean() for seed in range(40)]
    assert min(shares) > 0.03 and max(shares) < 0.85
    assert 0.1 < np.mean(shares) < 0.6
    assert np.std(shares) > 0.02


def test_no_class_is_all_but_hidden_by_another():
    for seed in range(12):
        mask = draw_scene(("chairs", "stools", "cats", "dogs", "cars"), 128, seed)[1]
        shares = np.bincount(mask.ravel(), minlength=6) / mask.size
        assert shares[1:].min() > 0.008
        assert shares[0] > 0.4


def test_an_id_lies_on_the_thing_that_bears_its_name():
    # Told by shape: alone in a row, a stool is high and narrow, a car long and low.
    for seed in range(8):
        mask = draw_scene(("stools", "cars"), 96, seed)[1][..., 0]
        (stool_height, stool_width), (car_height, car_width) = (
            [np.ptp(part) for part in np.nonzero(mask == number)] for number in (1, 2)
        )
        assert stool_height > stool_width
        assert car_width > car_height
        assert stool_height > car_height


@pytest.mark.parametrize("seed", range(4))
def test_what_is_painted_later_hides_what_is_behind_it(monkeypatch, seed):
    plans = []

    def plan_on_one_spot(kinds, drawings, random_generator):
        scene = plan_scene(kinds, drawings, random_generator)
        scene.places = [scene.places[0]._replace(number=place.number) for place in scene.places]
        plans.append((scene, drawings))
        return scene

    monkeypatch.setattr(scenes, "plan_scene", plan_on_one_spot)
    mask = draw_scene(("cars", "chairs", "cats"), 96, seed)[1][..., 0]
    ((scene, drawings),) = plans
    behind, *_, front = (
        render(drawings[place.number], (96, 96), place.placement, scene.light)[1] > 0.5
        for place in scene.places
    )
    assert (front & behind).sum() > 50
    np.testing.assert_array_equal(mask[front], scene.places[-1].number + 1)


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


def test_border_is_as_thin_as_that_of_the_real_pets():
    shares = [(trimap(draw_scene("pets", 128, seed)[1]) == 2).mean() for seed in range(20)]
    assert 0.05 < np.mean(shares) < 0.2


def test_data_sets_draw_what_draw_scene_draws():
    for number, (image, mask) in zip(
        (4, 0), draw_examples("cats", ["drawn4", "drawn0000_07"], 32), strict=True
    ):
        np.testing.assert_array_equal(image, draw_scene("cats", 32, number)[0])
        np.testing.assert_array_equal(mask, draw_scene("cats", 32, number)[1])
    for kinds in ("pets", ("cats", "cars")):
        for number, (image, mask) in enumerate(load_shapes(kinds, 3, 48, seed=5)):
            drawn, true = draw_scene(kinds, 48, (5, number))
            np.testing.assert_array_equal(image, drawn)
            np.testing.assert_array_equal(mask, trimap(true) if kinds == "pets" else true)
    endless = load_shapes("pets", count=10**9, image_size=32)  # Drawn when it is asked for.
    assert endless.cardinality() == 10**9
    assert endless.element_spec[0] == tf.TensorSpec([32, 32, 3], tf.uint8)


@pytest.mark.parametrize("kinds", ["cats", ("chairs", "stools", "cats", "cars")])
def test_a_folder_of_scenes_comes_back_as_it_was_drawn(kinds, tmp_path, capsys):
    names = save_scenes(tmp_path, kinds, 5, (48, 64), seed=4)
    data = load_folder(tmp_path / "photos", tmp_path / "masks", class_names=names)
    assert "left out" not in capsys.readouterr().out.lower()
    for image, mask, name in data.with_names("train").as_numpy_iterator():
        drawn, true = draw_scene(kinds, (48, 64), (4, int(name[-4:])))
        np.testing.assert_array_equal(mask, true)
        assert np.abs(image.astype(int) - drawn).mean() < 4


@pytest.mark.parametrize("kind", ["boats", ("cats", "boats"), (), ("cats", "cats")])
def test_kinds_that_cannot_be_drawn_are_named(kind):
    for call in (draw_scene, load_shapes):
        with pytest.raises(ValueError, match="expected one of pets, cars"):
            call(kind)
