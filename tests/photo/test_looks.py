"""From a photo to a probability, to an alpha, to a picture: what each control of a look does."""

import keras
import numpy as np
import pytest
from PIL import Image

from unetlab.photo import (
    EFFECTS,
    Look,
    make_alpha,
    make_file,
    make_picture,
    predict_probability,
)


def test_the_threshold_decides_what_is_subject():
    probability = np.linspace(0, 1, 11)[None, :, None]
    alpha = make_alpha(probability, Look(threshold=0.35, feather=0))
    assert alpha[0, :, 0].tolist() == [0] * 4 + [1] * 7
    two_parts = np.array([0.9, 0.9, 0.1, 0.9])[None, :, None]
    for one_piece, expected in ((True, [1, 1, 0, 0]), (False, [1, 1, 0, 1])):
        look = Look(feather=0, one_piece=one_piece)
        assert make_alpha(two_parts, look)[0, :, 0].tolist() == expected


@pytest.mark.parametrize("effect", [name for name in EFFECTS if name != "cut-out"])
def test_effects_look_alike_at_any_size(effect):
    pictures = []
    for scale in (1, 15):
        y, x = np.mgrid[: 60 * scale, : 80 * scale]
        disc = np.hypot(y - 30 * scale, x - 40 * scale) < 15 * scale
        image = np.where(disc[..., None], (250, 240, 230), (10, 20, 90)).astype(np.uint8)
        pictures.append(
            make_picture(image, np.float32(disc)[..., None], Look(effect, feather=0.02))
        )
        assert (pictures[-1] != image).any()
    shrunk = np.asarray(Image.fromarray(pictures[1]).resize((80, 60), Image.Resampling.BOX), int)
    assert np.abs(shrunk - pictures[0]).mean() < 6


def test_a_cut_out_is_shown_on_squares_and_saved_transparent():
    image, probability = np.full([40, 60, 3], 90, np.uint8), np.zeros([40, 60, 1])
    probability[10:30, 20:40] = 1
    shown, saved = (make(image, probability, Look("cut-out")) for make in (make_picture, make_file))
    assert set(np.unique(shown[:, :10])) == {200, 235} and shown[20, 30].tolist() == [90] * 3
    assert saved[20, 30].tolist() == [90, 90, 90, 255] and saved[0, 0, 3] == 0


def test_the_photo_is_shown_squeezed_framed_and_in_a_margin():
    # White is the subject, but for the outermost 2 of 32 pixels, where nothing is ever found.
    sure = keras.layers.Conv2D(1, 1, kernel_initializer="ones")
    crop, pad = keras.layers.Cropping2D(2), keras.layers.ZeroPadding2D(2)
    model = keras.Sequential([keras.Input([32, 32, 3]), sure, crop, pad, keras.layers.ReLU()])
    model.add(keras.layers.Rescaling(4 / 765, offset=-2.0))
    found = predict_probability(model, np.full([320, 640, 3], 255, "uint8"))[..., 0]
    # At a side only the margin shows it further in; above, the frame has room to spare, too.
    for place, logit in (
        ((160, 320), 2),
        ((160, 4), (-2 - 4 + 2) / 4),
        ((4, 320), (-2 + 4 + 2) / 4),
    ):
        assert found[place] == pytest.approx(1 / (1 + np.exp(-logit)), abs=1e-3)


@pytest.mark.parametrize("size", [32, None])
@pytest.mark.parametrize("height", [1, 600])
def test_in_a_large_photo_the_subject_is_where_it_is(size, height):
    model = keras.Sequential([keras.Input([size, size, 3]), keras.layers.Conv2D(1, 1)])
    model.set_weights([np.full([1, 1, 3, 1], 1 / 30), np.array([-12.0])])
    image = np.full([height, 960, 3], 3, "uint8")
    image[:, 200:600] = 250
    for turned in (image, image.swapaxes(0, 1)):
        found = predict_probability(model, turned)
        assert (found.shape, found.dtype) == ((*turned.shape[:2], 1), np.float32)
        along = found[..., 0] if turned is image else found[..., 0].T
        assert (along[:, 240:560] > 0.9).all()
        assert (along[:, :160] < 0.1).all() and (along[:, 640:] < 0.1).all()
