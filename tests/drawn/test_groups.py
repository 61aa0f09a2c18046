"""Scenes of several kinds: every class where it is drawn, and a folder that load_folder reads."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unetlab.data import load_folder
from unetlab.drawn import draw_scene, load_shapes, save_scenes, scenes
from unetlab.drawn.paint import render
from unetlab.drawn.plans import plan_scene
from unetlab.drawn.scenes import KINDS

GROUPS = st.lists(st.sampled_from(KINDS), min_size=2, max_size=len(KINDS), unique=True)


@settings(max_examples=12, deadline=None)
@given(
    kinds=GROUPS,
    height=st.integers(48, 100),
    width=st.integers(48, 100),
    seed=st.integers(0, 10_000),
)
def test_each_class_occurs_in_any_group_of_any_size(kinds, height, width, seed):
    image, mask = draw_scene(kinds, (height, width), seed)
    assert (image.shape, mask.shape) == ((height, width, 3), (height, width, 1))
    assert np.unique(mask).tolist() == list(range(len(kinds) + 1))


@settings(max_examples=8, deadline=None)
@given(kinds=GROUPS, seed=st.integers(0, 1000))
def test_a_seed_is_the_same_group_at_every_size(kinds, seed):
    image, mask = draw_scene(kinds, 128, seed)
    np.testing.assert_array_equal(image, draw_scene(kinds, 128, seed)[0])
    assert np.abs(image - draw_scene(kinds, 128, seed + 1)[0].astype(float)).mean() > 5
    large = draw_scene(kinds, 256, seed)[1]
    shrunk = cv2.resize(large, (128, 128), interpolation=cv2.INTER_NEAREST)
    assert (shrunk == mask[..., 0]).mean() > 0.95


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


def test_no_class_is_all_but_hidden_by_another():
    for seed in range(12):
        mask = draw_scene(("chairs", "stools", "cats", "dogs", "cars"), 128, seed)[1]
        shares = np.bincount(mask.ravel(), minlength=6) / mask.size
        assert shares[1:].min() > 0.008
        assert shares[0] > 0.4


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


@pytest.mark.parametrize("kinds", [("chairs", "cats"), ("chairs", "stools", "cats", "cars")])
def test_a_folder_of_scenes_comes_back_as_it_was_drawn(kinds, tmp_path, capsys):
    names = save_scenes(tmp_path, kinds, 5, (48, 64), seed=4)
    assert names == ("background", *kinds)
    data = load_folder(tmp_path / "photos", tmp_path / "masks", class_names=names)
    assert "left out" not in capsys.readouterr().out
    assert data.class_names == names
    for part in ("train", "test"):
        for image, mask, name in data.with_names(part).as_numpy_iterator():
            drawn, true = draw_scene(kinds, (48, 64), (4, int(name[-4:])))
            np.testing.assert_array_equal(mask, true)
            assert np.abs(image.astype(int) - drawn).mean() < 4


def test_a_data_set_of_groups_draws_what_draw_scene_draws():
    for number, (image, mask) in enumerate(load_shapes(("cats", "cars"), 2, 48, seed=5)):
        np.testing.assert_array_equal(image, draw_scene(("cats", "cars"), 48, (5, number))[0])
        np.testing.assert_array_equal(mask, draw_scene(("cats", "cars"), 48, (5, number))[1])


@pytest.mark.parametrize(
    ("kinds", "message"),
    [
        (("cats", "boats"), r"kind is \('cats', 'boats'\), expected one of pets, cars"),
        ((), r"kind is \(\), expected one of"),
        (("cats", "cats"), r"kind is \('cats', 'cats'\), expected each name once"),
        (3, "kind is 3, expected one of"),
    ],
)
def test_groups_that_cannot_be_drawn_are_named(kinds, message, tmp_path):
    for call in (lambda: draw_scene(kinds), lambda: save_scenes(tmp_path, kinds, 2)):
        with pytest.raises(ValueError, match=message):
            call()
    assert not any(tmp_path.iterdir())
