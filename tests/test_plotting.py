"""Figures show what they are given, and none is left open."""

import io

import keras
import matplotlib.pyplot as plt
import numpy as np
import pytest

from unetlab import plotting
from unetlab.plotting import plot_unet
from unetlab.unet import build_plain_unet, build_unet

NAMES = ("pet", "background", "border")
IMAGES = [np.full([6, 8, 3], 100, "uint8"), np.full([5, 5, 3], 300.0)]
MASKS = [np.zeros([6, 8, 1], "uint8"), np.full([5, 5, 1], 2)]
HISTORY = {"loss": [2.0, 1.0], "val_loss": [2.5, 1.5], "dice": [0.1, 0.4], "learning_rate": [1, 1]}

FIGURES = {
    "samples": lambda: plotting.show_samples(IMAGES, MASKS, NAMES, ["first", "second"]),
    "predictions": lambda: plotting.show_predictions(
        IMAGES, MASKS, [MASKS[0], MASKS[1] - 1], NAMES
    ),
    "progress": lambda: plotting.show_progress(HISTORY, IMAGES, MASKS, MASKS, NAMES),
    "history": lambda: plotting.plot_history(HISTORY),
    "shares": lambda: plotting.plot_class_shares([0.3, 0.6, 0.1], NAMES),
    "confusion": lambda: plotting.plot_confusion(
        np.array([[3, 1, 0], [0, 4, 0], [0, 0, 0]]), NAMES
    ),
}


@pytest.mark.parametrize("name", FIGURES)
def test_figure_can_be_saved_and_is_closed(name):
    figure = FIGURES[name]()
    assert plt.get_fignums() == []
    file = io.BytesIO()
    figure.savefig(file, format="png")
    picture = plt.imread(io.BytesIO(file.getvalue()))
    assert picture.std() > 0.02


def texts(figure):
    found = [text.get_text() for axis in figure.axes for text in axis.texts]
    return found + [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def test_every_class_is_in_the_legend():
    assert texts(FIGURES["samples"]()) == list(NAMES)


def test_titles_stand_above_their_images():
    assert [axis.get_title() for axis in FIGURES["samples"]().axes[:2]] == ["first", "second"]


def test_confusion_is_in_shares_of_the_true_class():
    assert texts(FIGURES["confusion"]())[:3] == ["75.0%", "25.0%", "0.0%"]


def test_wrong_pixels_are_red():
    wrong_right, wrong_left = FIGURES["predictions"]().axes[-1], FIGURES["predictions"]().axes[-2]
    assert (wrong_left.images[0].get_array() == 100).all()
    assert (wrong_right.images[0].get_array() == (230, 30, 30)).all()


def test_curves_have_their_validation_beside_them_and_no_learning_rate():
    loss, other = FIGURES["history"]().axes
    assert [line.get_label() for line in loss.lines] == ["loss", "val_loss"]
    assert [line.get_label() for line in other.lines] == ["dice"]
    np.testing.assert_array_equal(loss.lines[1].get_ydata(), [2.5, 1.5])


def boxes_of(figure):
    return [text.get_text() for text in figure.axes[0].texts if "×" in text.get_text()]


def test_every_tap_and_step_has_its_box():
    figure = plot_unet(build_unet("mobilenet_v2", image_size=64, weights=None, decoder="resize"))
    encoder = ["64 × 64 × 3", "32 × 32 × 96", "16 × 16 × 144", "8 × 8 × 192", "4 × 4 × 576"]
    decoder = ["4 × 4 × 192", "8 × 8 × 128", "16 × 16 × 64", "32 × 32 × 48", "64 × 64 × 3"]
    assert boxes_of(figure) == [*encoder, "2 × 2 × 320", *decoder]


def test_an_encoder_without_fine_taps_can_be_drawn():
    image = keras.Input([None, None, 3])
    coarse = keras.layers.Conv2D(8, 3, strides=8, padding="same")(image)
    model = build_unet(keras.Model(image, coarse), image_size=(32, 64))
    assert boxes_of(plot_unet(model))[:2] == ["32 × 64 × 3", "4 × 8 × 8"]


def test_a_model_without_encoder_is_refused():
    with pytest.raises(ValueError, match='no layer named "encoder"; pass one made by build_unet'):
        plot_unet(build_plain_unet(image_size=32, filters=(4, 8)))
