"""Rows of images and masks show what they are given, and none is left open."""

import matplotlib.pyplot as plt
import numpy as np

from unetlab.plotting import show_predictions, show_samples
from unetlab.plotting.rows import choose_colours

NAMES = ("pet", "background", "border")
IMAGES = [np.full([6, 8, 3], 100, "uint8"), np.full([5, 5, 3], 255.0)]
MASKS = [np.zeros([6, 8, 1], "uint8"), np.full([5, 5, 1], 2)]


def texts(figure):
    found = [text.get_text() for axis in figure.axes for text in axis.texts]
    return found + [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def test_titles_stand_above_and_every_class_is_in_the_legend():
    figure = show_samples(IMAGES, MASKS, NAMES, ["first", "second"])
    assert texts(figure) == list(NAMES)
    assert [axis.get_title() for axis in figure.axes] == ["first", "second", "", ""]
    assert plt.get_fignums() == []


VOID = np.array([[0, 1, 255], [1, 1, 255]], "uint8")[None, ..., None]


def test_ids_without_a_name_have_a_colour_and_an_entry_of_their_own():
    figure = show_samples(np.zeros([1, 2, 3, 3]), VOID, ["cat", "background"])
    assert texts(figure) == ["cat", "background", "no class: 255"]
    handles = figure.legends[0].get_patches()
    colours = [np.round(np.multiply(patch.get_facecolor()[:3], 255)) for patch in handles]
    painted = figure.axes[1].images[0].get_array()
    assert len({tuple(colour) for colour in colours}) == 3
    for place, number in (((0, 0), 0), ((0, 1), 1), ((0, 2), 2), ((1, 2), 2)):
        np.testing.assert_allclose(painted[place], colours[number], atol=1)


def test_each_of_many_classes_has_a_colour_of_its_own():
    names = [str(i) for i in range(21)]
    mask = np.append(np.arange(21), 255).reshape(1, 2, 11)
    figure = show_samples(np.zeros([1, 2, 11, 3]), mask, names)
    painted = figure.axes[1].images[0].get_array()
    assert len(np.unique(painted.reshape(-1, 3), axis=0)) == 22
    assert texts(figure) == [*names, "no class: 255"]


def test_where_the_truth_is_void_nothing_is_wrong():
    predicted = np.zeros_like(VOID)
    figure = show_predictions(np.zeros([1, 2, 3, 3]), VOID, predicted, ["cat", "rest"])
    red = (figure.axes[-1].images[0].get_array() == (230, 30, 30)).all(axis=-1)
    np.testing.assert_array_equal(red, VOID[0, ..., 0] == 1)


def test_wrong_pixels_are_red():
    figure = show_predictions(IMAGES, MASKS, [MASKS[0], MASKS[1] - 1], NAMES)
    right, wrong = (axis.images[0].get_array() for axis in figure.axes[-2:])
    assert (right == 100).all()
    assert (wrong == (230, 30, 30)).all()
    assert plt.get_fignums() == []


def test_a_colour_means_the_same_whatever_the_ids_are():
    pets = choose_colours(["pet", "background", "border"])
    cars = choose_colours(["background", "car"])
    assert [pets[1], pets[0]] == cars
    assert len(set(map(str, choose_colours([str(number) for number in range(21)])))) == 21
