"""The network as a diagram: a box for every tap and every step."""

import keras

from unetlab.plotting import plot_unet
from unetlab.unet import build_unet


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
