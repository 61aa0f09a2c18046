"""The simulated person: hand-worked strokes, polygons and scribbles, and what never happens."""

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from unetlab.label import (
    simulate_corrections,
    simulate_polygon,
    simulate_scribbles,
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


def test_a_bar_is_one_stroke_and_a_stroke_reaches_a_quarter_of_the_diagonal():
    # 3 pixels high: a brush of radius 1.8 along its middle row covers exactly the bar.
    mask = np.zeros([64, 64], np.uint8)
    mask[30:33, 10:30] = 1
    corrected, strokes = simulate_corrections(mask, 0 * mask, target_iou=1.0)
    assert strokes == 1
    np.testing.assert_array_equal(corrected[..., 0], mask)
    # As long as the photo, 64 of a diagonal of 90.5: from its end 22 pixels a stroke.
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
        assert strokes == most_actions or ious[-1] >= 0.97
        assert np.count_nonzero(changed) >= strokes  # none is for nothing
    assert ious == sorted(ious)


def test_a_polygon_has_the_corners_of_its_shape_and_a_hole_has_its_own():
    mask = np.zeros([60, 60], np.uint8)
    mask[5:55, 5:55] = 1
    drawn, corners = simulate_polygon(mask, target_iou=1.0)
    assert corners == 4
    np.testing.assert_array_equal(drawn[..., 0], mask)
    mask[20:40, 20:40] = 0
    drawn, corners = simulate_polygon(mask, target_iou=0.9)
    assert corners == 8 and drawn[30, 30, 0] == 0


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
