"""Scribbles and strokes: a mask from a few lines, and a mask that they correct."""

import numpy as np
import pytest
import skimage.data

from chelsea import draw_chelsea_mask
from unetlab.photo import NOT_SAID, correct_mask, scribbles_to_mask


def iou(mask, predicted_mask):
    """Score class 1."""
    mask, predicted_mask = mask == 1, predicted_mask == 1
    return (mask & predicted_mask).sum() / (mask | predicted_mask).sum()


def test_chelsea_is_cut_out_from_a_few_lines_which_are_kept_to_the_pixel():
    image, truth = skimage.data.chelsea(), draw_chelsea_mask()
    scribbles = np.full(truth.shape, NOT_SAID, np.uint8)
    scribbles[150:156, 100:300] = scribbles[60:200, 196:204] = scribbles[250:256, 30:250] = 1
    scribbles[5:110, 5:10] = scribbles[30:280, 400:406] = 0
    mask = scribbles_to_mask(image, scribbles)
    said = scribbles != NOT_SAID
    assert iou(truth, mask) > 0.95
    assert (mask[said] == scribbles[said]).all()
    assert np.array_equal(mask, scribbles_to_mask(image, scribbles))


def test_scribbles_correct_a_mask_and_leave_the_rest_of_it_alone():
    image, truth = skimage.data.chelsea(), draw_chelsea_mask()
    proposal = truth.copy()
    proposal[200:, :150], proposal[:90, 380:430], proposal[150:160, 20:30] = 0, 1, 1
    scribbles = np.full(truth.shape, NOT_SAID, np.uint8)
    scribbles[230:260, 60:66] = 1  # this too
    more = scribbles_to_mask(image, scribbles, proposal)
    scribbles[20:70, 400:406] = 0  # and not this
    mask = scribbles_to_mask(image, scribbles, more)
    scores = [
        iou(truth, one) for one in (proposal, more, mask, scribbles_to_mask(image, scribbles))
    ]
    assert scores[0] + 0.1 < scores[1] < scores[2] and scores[3] < 0.8
    assert (mask[150:160, 20:30] == proposal[150:160, 20:30]).all()  # Nothing was said of this.


@pytest.fixture(params=[1, 4])
def squares(request):
    """A photo of four grey squares on white, 200 by 300 pixels and four times as large."""
    mask = np.zeros([200, 300, 1], np.uint8)
    mask[20:60, 30:90] = mask[20:60, 210:270] = mask[140:180, 30:90] = mask[140:180, 210:270] = 1
    mask = mask.repeat(request.param, 0).repeat(request.param, 1)
    return np.where(mask, 90, 255).astype(np.uint8).repeat(3, 2), mask


def test_a_stroke_adds_or_takes_away_what_it_lies_on_and_nothing_else(squares):
    image, mask = squares
    height, width = mask.shape[0] // 2, mask.shape[1] // 2
    upper_left, lower_left, lower_right = mask.copy(), mask.copy(), mask.copy()
    upper_left[height:], upper_left[:, width:] = 0, 0
    lower_left[:height], lower_left[:, width:] = 0, 0
    lower_right[:height], lower_right[:, :width] = 0, 0
    start = upper_left + lower_right
    too, not_this = (True, [(0.15, 0.8), (0.25, 0.8)]), (False, [(0.75, 0.75), (0.85, 0.85)])
    more = correct_mask(image, start, [too])
    np.testing.assert_array_equal(more, start + lower_left)
    np.testing.assert_array_equal(correct_mask(image, more, [too, not_this]), more - lower_right)
    np.testing.assert_array_equal(start, upper_left + lower_right)


def test_a_point_on_an_empty_mask_is_a_beginning(squares):
    image, mask = squares
    found = correct_mask(image, 0 * mask, [(True, [(0.2, 0.2)])])
    assert found.any() and not (found > mask).any()


def test_an_earlier_stroke_still_holds(squares):
    image, mask = squares
    first = (False, [(0.12, 0.2), (0.15, 0.2)])
    after = correct_mask(image, correct_mask(image, mask, [first]), [first, (True, [(0.2, 0.2)])])
    assert not after[int(0.2 * len(mask)), int(0.14 * mask.shape[1])]
