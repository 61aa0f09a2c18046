"""Figures show what they are given, and none is left open."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from unetlab.plotting import (
    plot_class_shares,
    plot_confusion,
    plot_history,
    show_pictures,
    show_predictions,
    show_samples,
)
from unetlab.plotting.rows import choose_colours

NAMES = ("pet", "background", "border")
IMAGES = [np.full([6, 8, 3], 100, "uint8"), np.full([5, 5, 3], 255.0)]
MASKS = [np.zeros([6, 8, 1], "uint8"), np.full([5, 5, 1], 2)]
VOID = np.array([[0, 1, 255], [1, 1, 255]], "uint8")[None, ..., None]


@pytest.fixture(autouse=True)
def none_is_left_open():
    """Count the open figures after each test."""
    yield
    assert plt.get_fignums() == []


def texts(figure):
    found = [text.get_text() for axis in figure.axes for text in axis.texts]
    return found + [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def titles(figure):
    return [axis.get_title() for axis in figure.axes]


def test_curves_have_their_validation_beside_them_and_no_learning_rate():
    history = {"loss": [2.0, 1.0], "val_loss": [2.5, 1.5], "dice": [0.1, 0.4]}
    loss, other = plot_history({**history, "learning_rate": [1, 1]}).axes
    assert [line.get_label() for line in loss.lines] == ["loss", "val_loss"]
    assert [line.get_label() for line in other.lines] == ["dice"]
    np.testing.assert_array_equal(loss.lines[1].get_ydata(), [2.5, 1.5])


def test_each_class_has_a_bar_as_long_as_its_share():
    figure = plot_class_shares([0.3, 0.6, 0.1], NAMES)
    assert [bar.get_width() for bar in figure.axes[0].patches] == [0.3, 0.6, 0.1]
    assert texts(figure) == ["30.0%", "60.0%", "10.0%"]


def test_confusion_is_in_percent_of_the_true_class_whether_pixels_or_shares():
    for confusion in ([[3, 1], [0, 0]], np.array([[0.3, 0.1], [0, 0]])):
        assert texts(plot_confusion(confusion, ["a", "b"])) == ["75.0%", "25.0%", "–", "–"]


def test_pictures_of_any_kind_stand_under_their_titles_and_are_not_changed():
    colours = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    clear = np.dstack([colours, np.full([2, 3], 7, np.uint8)])
    grey = np.array([[0.0, 99.6]])
    figure = show_pictures({"rgb": colours, "rgba": clear, "grey": grey}, columns=2)
    assert titles(figure) == ["rgb", "rgba", "grey"]
    shown = [np.asarray(axis.images[0].get_array()) for axis in figure.axes]
    np.testing.assert_array_equal(shown[0], colours)
    np.testing.assert_array_equal(shown[1], clear)
    np.testing.assert_array_equal(shown[2], [[[0, 0, 0], [100, 100, 100]]])
    assert {picture.dtype for picture in shown} == {np.dtype("uint8")}  # floats would be in 0..1


def test_titles_stand_above_and_every_class_is_in_the_legend():
    figure = show_samples(IMAGES, MASKS, NAMES, ["first", "second"])
    assert texts(figure) == list(NAMES)
    assert titles(figure) == ["first", "second", "", ""]


def test_ids_without_a_name_have_a_colour_and_an_entry_of_their_own():
    figure = show_samples(np.zeros([1, 2, 3, 3]), VOID, ["cat", "background"])
    assert texts(figure) == ["cat", "background", "no class: 255"]
    handles = figure.legends[0].get_patches()
    colours = [np.round(np.multiply(patch.get_facecolor()[:3], 255)) for patch in handles]
    painted = figure.axes[1].images[0].get_array()
    for place, number in (((0, 0), 0), ((0, 1), 1), ((0, 2), 2), ((1, 2), 2)):
        np.testing.assert_allclose(painted[place], colours[number], atol=1)


def test_each_of_many_classes_has_a_colour_of_its_own():
    mask = np.append(np.arange(21), 255).reshape(1, 2, 11)
    figure = show_samples(np.zeros([1, 2, 11, 3]), mask, [str(number) for number in range(21)])
    painted = figure.axes[1].images[0].get_array()
    assert len(np.unique(painted.reshape(-1, 3), axis=0)) == 22


def test_a_colour_means_the_same_whatever_the_ids_are():
    pets, cars = choose_colours(NAMES), choose_colours(["background", "car"])
    assert [pets[1], pets[0]] == cars


def test_wrong_pixels_are_red_and_where_the_truth_is_void_nothing_is_wrong():
    figure = show_predictions(IMAGES, MASKS, [MASKS[0], MASKS[1] - 1], NAMES)
    right, wrong = (axis.images[0].get_array() for axis in figure.axes[-2:])
    assert (right == 100).all()
    assert (wrong == (230, 30, 30)).all()
    figure = show_predictions(np.zeros([1, 2, 3, 3]), VOID, np.zeros_like(VOID), ["cat", "rest"])
    red = (figure.axes[-1].images[0].get_array() == (230, 30, 30)).all(axis=-1)
    np.testing.assert_array_equal(red, VOID[0, ..., 0] == 1)
