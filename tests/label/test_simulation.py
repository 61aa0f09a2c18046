"""The simulated person: hand-worked strokes, polygons and scribbles, and what never happens."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unetlab.drawn import draw_scene
from unetlab.label import (
    scribbles_to_mask,
    simulate_corrections,
    simulate_polygon,
    simulate_scribbles,
    simulated_seconds,
)


def disc(radius, centre=(32, 32), side=64):
    return cv2.circle(np.zeros([side, side], np.uint8), centre, radius, 1, -1)


def iou(mask, other):
    mask, other = mask.reshape(mask.shape[:2]), other.reshape(other.shape[:2])
    either = np.count_nonzero(mask | other)
    return np.count_nonzero(mask & other) / either if either else 1.0


@st.composite
def masks(draw):
    """Make up a mask of a few soft blobs, perhaps an empty or a full one."""
    generator = np.random.default_rng(draw(st.integers(0, 10_000)))
    soft = cv2.GaussianBlur(generator.normal(size=[40, 48]), (0, 0), draw(st.floats(1.5, 6)))
    return np.uint8(soft > np.quantile(soft, draw(st.sampled_from([0.0, 0.3, 0.7, 1.0]))))


def test_nothing_wrong_takes_no_stroke():
    corrected, strokes = simulate_corrections(disc(20), disc(20))
    assert strokes == 0
    np.testing.assert_array_equal(corrected[..., 0], disc(20))


def test_nearly_right_takes_no_stroke_and_stays():
    start = disc(20)
    start[0, 0] = 1
    corrected, strokes = simulate_corrections(disc(20), start, target_iou=0.9)
    assert strokes == 0 and corrected[0, 0, 0] == 1


def test_a_brush_nearly_as_wide_as_a_disc_paints_it_at_once():
    # The widest brush covers 0.9 of the radius, so at least 0.81 of the area.
    assert simulate_corrections(disc(20), 0 * disc(20), target_iou=0.81)[1] == 1


def test_a_bar_is_one_stroke_to_the_last_pixel():
    # 3 pixels high: a brush of radius 1.8 along its middle row covers exactly the bar.
    mask = np.zeros([64, 64], np.uint8)
    mask[30:33, 10:30] = 1
    corrected, strokes = simulate_corrections(mask, 0 * mask, target_iou=1.0)
    assert strokes == 1
    np.testing.assert_array_equal(corrected[..., 0], mask)


def test_a_stroke_reaches_a_quarter_of_the_diagonal():
    # The same bar as long as the photo, 64 of a diagonal of 90.5: from its end 22 pixels a stroke.
    mask = np.zeros([64, 64], np.uint8)
    mask[30:33] = 1
    assert simulate_corrections(mask, 0 * mask, target_iou=1.0)[1] == 3


def test_each_missing_part_and_each_part_too_much_takes_a_stroke_the_largest_first():
    mask = disc(8, (16, 16)) | disc(5, (48, 48))
    start = disc(3, (48, 10))
    order = [simulate_corrections(mask, start, 0.999, most)[0][..., 0] for most in (1, 2)]
    assert order[0][16, 16] == 1 and order[0][48, 48] == 0  # the large one first
    assert order[1][48, 48] == 1 and order[1][10, 48] == 1
    corrected, strokes = simulate_corrections(mask, start, 0.9)
    assert corrected[10, 48, 0] == 0 and strokes >= 3


def test_who_gives_up_after_so_many_strokes_is_left_with_what_there_is():
    mask = draw_scene("chairs", 96, seed=3)[1]
    assert simulate_corrections(mask, 0 * mask, 0.99, most_actions=0)[0].max() == 0
    corrected, strokes = simulate_corrections(mask, 0 * mask, 0.99, most_actions=2)
    assert strokes == 2 and 0 < iou(mask, corrected) < 0.99


@settings(max_examples=25, deadline=None)
@given(masks(), masks())
def test_a_stroke_only_ever_repairs(mask, start):
    before = start.copy()
    ious = []
    for most_actions in range(5):
        corrected, strokes = simulate_corrections(mask, start, 0.97, most_actions)
        np.testing.assert_array_equal(start, before)
        changed = corrected[..., 0] != start
        np.testing.assert_array_equal(corrected[..., 0][changed], mask[changed])
        ious.append(iou(mask, corrected))
        assert strokes <= most_actions
        assert strokes == most_actions or ious[-1] >= 0.97
        assert np.count_nonzero(changed) >= strokes  # none is for nothing
    assert ious == sorted(ious)


@settings(max_examples=6, deadline=None)
@given(masks(), masks())
def test_with_patience_any_mask_is_reached_and_always_by_the_same_strokes(mask, start):
    corrected, strokes = simulate_corrections(mask, start, 1.0, most_actions=900)
    np.testing.assert_array_equal(corrected[..., 0], mask)
    assert simulate_corrections(mask, start, 1.0, most_actions=900)[1] == strokes


def test_a_polygon_has_the_corners_that_the_shape_has():
    mask = np.zeros([40, 60], np.uint8)
    mask[10:30, 20:50] = 1
    drawn, corners = simulate_polygon(mask, target_iou=1.0)
    assert corners == 4
    np.testing.assert_array_equal(drawn[..., 0], mask)


def test_a_hole_has_corners_of_its_own_and_stays_open():
    mask = np.zeros([60, 60], np.uint8)
    mask[5:55, 5:55] = 1
    mask[20:40, 20:40] = 0
    drawn, corners = simulate_polygon(mask, target_iou=0.9)
    assert corners == 8 and drawn[30, 30, 0] == 0


def test_polygons_of_nothing_and_of_a_line_too_thin_for_one():
    assert simulate_polygon(np.zeros([8, 8], np.uint8))[1] == 0
    line = np.zeros([20, 20], np.uint8)
    line[10, 5:15] = 1
    drawn, corners = simulate_polygon(line)
    np.testing.assert_array_equal(drawn[..., 0], line)
    assert corners > 2


@settings(max_examples=25, deadline=None)
@given(masks(), st.sampled_from([0.7, 0.9, 0.97]))
def test_a_polygon_is_as_good_as_asked_and_a_better_one_has_no_fewer_corners(mask, target):
    drawn, corners = simulate_polygon(mask, target)
    assert iou(mask, drawn) >= target
    assert corners >= simulate_polygon(mask, target / 2)[1]


@settings(max_examples=25, deadline=None)
@given(masks())
def test_scribbles_never_lie(mask):
    try:
        scribbles = simulate_scribbles(mask)[0][..., 0]
    except ValueError:
        assert np.mean(mask) in (0, 1) or np.mean(mask) > 0.25  # no room around it
        return
    assert set(np.unique(scribbles)) == {0, 1, 255}
    assert mask[scribbles == 1].all() and not mask[scribbles == 0].any()


def test_two_scribbles_are_enough_for_grab_cut_where_subject_and_ground_differ():
    mask = disc(20)
    noise = np.random.default_rng(0).normal(0, 6, [64, 64, 3])
    image = np.uint8(np.clip(np.where(mask[..., None] == 1, 190, 70) + noise, 0, 255))
    scribbles, lines = simulate_scribbles(mask)
    assert lines == 2 and np.count_nonzero(scribbles == 1) < 0.3 * mask.sum()
    assert iou(mask, scribbles_to_mask(image, scribbles)) > 0.97


def test_seconds_are_the_sum_of_what_was_done():
    assert simulated_seconds() == 5
    assert simulated_seconds(strokes=2, corners=3) == 5 + 2 * 3 + 3 * 2
    assert simulated_seconds(2, 3, photo_seconds=1, stroke_seconds=10, corner_seconds=0.5) == 22.5


@pytest.mark.parametrize("name", ["chairs", "pets"])
def test_a_drawn_subject_is_done_by_strokes_and_by_corners(name):
    mask = np.uint8(draw_scene(name, 96, seed=1)[1] == 1)
    for way in (lambda: simulate_corrections(mask, 0 * mask), lambda: simulate_polygon(mask)):
        found, actions = way()
        assert iou(mask, found) >= 0.9 and 1 <= actions <= 60
