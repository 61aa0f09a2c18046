"""Charts show what they are given, and none is left open."""

import matplotlib.pyplot as plt
import numpy as np

from unetlab.plotting import plot_class_shares, plot_confusion, plot_history


def texts(figure):
    return [text.get_text() for axis in figure.axes for text in axis.texts]


def test_curves_have_their_validation_beside_them_and_no_learning_rate():
    history = {"loss": [2.0, 1.0], "val_loss": [2.5, 1.5], "dice": [0.1, 0.4]}
    loss, other = plot_history({**history, "learning_rate": [1, 1]}).axes
    assert [line.get_label() for line in loss.lines] == ["loss", "val_loss"]
    assert [line.get_label() for line in other.lines] == ["dice"]
    np.testing.assert_array_equal(loss.lines[1].get_ydata(), [2.5, 1.5])
    assert plt.get_fignums() == []


def test_each_class_has_a_bar_as_long_as_its_share():
    figure = plot_class_shares([0.3, 0.6, 0.1], ("pet", "background", "border"))
    assert [bar.get_width() for bar in figure.axes[0].patches] == [0.3, 0.6, 0.1]
    assert texts(figure) == ["30.0%", "60.0%", "10.0%"]
    assert plt.get_fignums() == []


def test_confusion_is_in_percent_of_the_true_class_whether_pixels_or_shares():
    expected = ["75.0%", "25.0%", "–", "–"]
    for confusion in ([[3, 1], [0, 0]], np.array([[0.3, 0.1], [0, 0]])):
        assert texts(plot_confusion(confusion, ["a", "b"])) == expected
    assert plt.get_fignums() == []
