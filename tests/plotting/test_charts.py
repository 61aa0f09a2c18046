"""Charts show what they are given, and none is left open."""

import keras
import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from saved_figures import check_saved

from unetlab import plotting

NAMES = ("pet", "background", "border")


HISTORY = {"loss": [2.0, 1.0], "val_loss": [2.5, 1.5], "dice": [0.1, 0.4], "learning_rate": [1, 1]}


FIGURES = {
    "history": lambda: plotting.plot_history(HISTORY),
    "shares": lambda: plotting.plot_class_shares([0.3, 0.6, 0.1], NAMES),
    "confusion": lambda: plotting.plot_confusion(
        np.array([[3, 1, 0], [0, 4, 0], [0, 0, 0]]), NAMES
    ),
}


@pytest.mark.parametrize("name", FIGURES)
def test_figure_can_be_saved_and_is_closed(name):
    check_saved(FIGURES[name]())


def texts(figure):
    return [text.get_text() for axis in figure.axes for text in axis.texts]


def test_confusion_is_in_shares_of_the_true_class():
    assert texts(FIGURES["confusion"]())[:3] == ["75.0%", "25.0%", "0.0%"]


def shown_percentages(confusion):
    names = [str(i) for i in range(len(confusion))]
    cells = texts(plotting.plot_confusion(confusion, names))
    return np.reshape(cells, np.shape(confusion)).tolist()


def test_rows_of_shares_and_of_single_pixels_add_up_to_100_percent():
    # Divided by no less than 1, these rows would have shown 20% and 50% in all.
    assert shown_percentages([[0.1, 0.1], [0.25, 0.25]]) == [["50.0%", "50.0%"]] * 2
    assert shown_percentages([[1, 0], [0.2, 0.8]]) == [["100.0%", "0.0%"], ["20.0%", "80.0%"]]


def test_a_class_without_true_pixels_has_no_percentages():
    assert shown_percentages([[0, 0], [1, 3]]) == [["–", "–"], ["25.0%", "75.0%"]]


@settings(max_examples=15, deadline=None)
@given(arrays(float, (3, 3), elements=st.integers(0, 30)))
def test_rounding_neither_adds_nor_takes(confusion):
    confusion += np.eye(3)
    for row, exact in zip(shown_percentages(confusion), confusion, strict=True):
        tenths = [round(10 * float(text[:-1])) for text in row]
        assert sum(tenths) == 1000
        assert np.abs(tenths - 1000 * exact / exact.sum()).max() < 1


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: plotting.plot_confusion(np.eye(3), ["a", "b"]), r"the confusion is \(3, 3\)"),
        (lambda: plotting.plot_confusion(np.ones([5, 2, 2]), ["a", "b"]), "add up the matrices"),
        (lambda: plotting.plot_confusion([[1, np.nan], [0, 1]], ["a", "b"]), "from nan to nan"),
        (lambda: plotting.plot_confusion([[1, -1], [0, 1]], ["a", "b"]), "from -1 to 1"),
        (lambda: plotting.plot_class_shares([0.5], ["a", "b"]), "for 2 class names"),
        (lambda: plotting.plot_class_shares([50, 50], ["a", "b"]), "divide counts by their sum"),
        (lambda: plotting.plot_history({}), r"history is \{\}"),
        (lambda: plotting.plot_history(keras.callbacks.History()), r"pass fit\(...\).history"),
    ],
)
def test_what_cannot_be_drawn_is_refused(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()
    assert plt.get_fignums() == []


def test_curves_have_their_validation_beside_them_and_no_learning_rate():
    loss, other = FIGURES["history"]().axes
    assert [line.get_label() for line in loss.lines] == ["loss", "val_loss"]
    assert [line.get_label() for line in other.lines] == ["dice"]
    np.testing.assert_array_equal(loss.lines[1].get_ydata(), [2.5, 1.5])
