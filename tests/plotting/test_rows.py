"""Rows of images and masks show what they are given, and none is left open."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from saved_figures import check_saved

from unetlab import plotting

NAMES = ("pet", "background", "border")


IMAGES = [np.full([6, 8, 3], 100, "uint8"), np.full([5, 5, 3], 255.0)]


MASKS = [np.zeros([6, 8, 1], "uint8"), np.full([5, 5, 1], 2)]


FIGURES = {
    "samples": lambda: plotting.show_samples(IMAGES, MASKS, NAMES, ["first", "second"]),
    "predictions": lambda: plotting.show_predictions(
        IMAGES, MASKS, [MASKS[0], MASKS[1] - 1], NAMES
    ),
}


@pytest.mark.parametrize("name", FIGURES)
def test_figure_can_be_saved_and_is_closed(name):
    check_saved(FIGURES[name]())


def texts(figure):
    found = [text.get_text() for axis in figure.axes for text in axis.texts]
    return found + [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def test_every_class_is_in_the_legend():
    assert texts(FIGURES["samples"]()) == list(NAMES)


def test_titles_stand_above_their_images():
    assert [axis.get_title() for axis in FIGURES["samples"]().axes[:2]] == ["first", "second"]


VOID = np.array([[0, 1, 255], [1, 1, 255]], "uint8")[None, ..., None]


def test_ids_without_a_name_have_a_colour_and_an_entry_of_their_own():
    figure = plotting.show_samples(np.zeros([1, 2, 3, 3]), VOID, ["cat", "background"])
    assert texts(figure) == ["cat", "background", "no class: 255"]
    handles = figure.legends[0].get_patches()
    colours = [np.round(np.multiply(patch.get_facecolor()[:3], 255)) for patch in handles]
    painted = figure.axes[1].images[0].get_array()
    assert len({tuple(colour) for colour in colours}) == 3
    for place, number in (((0, 0), 0), ((0, 1), 1), ((0, 2), 2), ((1, 2), 2)):
        np.testing.assert_allclose(painted[place], colours[number], atol=1)


def test_many_ids_without_a_name_are_a_range():
    mask = np.arange(6).reshape(1, 2, 3)
    figure = plotting.show_samples(np.zeros([1, 2, 3, 3]), mask, ["only"])
    assert texts(figure) == ["only", "no class: 1 to 5"]


def test_each_of_many_classes_has_a_colour_of_its_own():
    names = [str(i) for i in range(21)]
    mask = np.append(np.arange(21), 255).reshape(1, 2, 11)
    figure = plotting.show_samples(np.zeros([1, 2, 11, 3]), mask, names)
    painted = figure.axes[1].images[0].get_array()
    assert len(np.unique(painted.reshape(-1, 3), axis=0)) == 22
    assert texts(figure) == [*names, "no class: 255"]


def test_where_the_truth_is_void_nothing_is_wrong():
    predicted = np.zeros_like(VOID)
    figure = plotting.show_predictions(np.zeros([1, 2, 3, 3]), VOID, predicted, ["cat", "rest"])
    red = (figure.axes[-1].images[0].get_array() == (230, 30, 30)).all(axis=-1)
    np.testing.assert_array_equal(red, VOID[0, ..., 0] == 1)


def test_bool_masks_and_masks_without_their_last_axis_are_painted_alike():
    image, mask = np.zeros([1, 2, 3, 3]), VOID == 1
    painted = [
        plotting.show_samples(image, part, ["a", "b"]).axes[1].images[0].get_array()
        for part in (mask, mask[..., 0], mask.astype(int))
    ]
    assert len(np.unique(painted[0].reshape(-1, 3), axis=0)) == 2
    np.testing.assert_array_equal(painted[0], painted[1])
    np.testing.assert_array_equal(painted[0], painted[2])


SAMPLE = {
    "images": np.zeros([2, 2, 3, 3]),
    "masks": np.zeros([2, 2, 3, 1], int),
    "class_names": ["a", "b"],
}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"images": SAMPLE["images"][:1]}, "there are 1 images, but 2 masks"),
        ({"images": SAMPLE["images"][0]}, r"images is one image \(2, 3, 3\)"),
        ({"images": [], "masks": []}, "there are no images"),
        ({"images": np.zeros([2, 2, 3, 1])}, r"the image is float64 \(2, 3, 1\)"),
        ({"masks": np.zeros([2, 2, 3, 1])}, r"the mask is float64 \(2, 3, 1\)"),
        ({"masks": np.zeros([2, 2, 3, 2], int)}, r"the mask is int64 \(2, 3, 2\)"),
        ({"masks": np.zeros([2, 3, 2, 1], int)}, r"the mask is int64 \(3, 2, 1\)"),
        ({"class_names": []}, r"class_names is \[\]"),
        ({"class_names": "cat"}, "class_names is 'cat'"),
        ({"titles": ["one"]}, "there are 2 images, but 1 titles"),
    ],
)
def test_what_does_not_fit_together_is_refused(changed, message):
    arguments = {**SAMPLE, **changed}
    with pytest.raises(ValueError, match=message):
        plotting.show_samples(**arguments)
    arguments["predicted_masks"] = SAMPLE["masks"][: len(arguments["masks"])]
    with pytest.raises(ValueError, match=message):
        plotting.show_predictions(**arguments)
    assert plt.get_fignums() == []


def test_predicted_masks_are_as_many_as_images():
    with pytest.raises(ValueError, match="there are 2 images, but 1 predicted_masks"):
        plotting.show_predictions(**SAMPLE, predicted_masks=SAMPLE["masks"][:1])


def test_wrong_pixels_are_red():
    wrong_right, wrong_left = FIGURES["predictions"]().axes[-1], FIGURES["predictions"]().axes[-2]
    assert (wrong_left.images[0].get_array() == 100).all()
    assert (wrong_right.images[0].get_array() == (230, 30, 30)).all()
