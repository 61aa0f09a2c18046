"""The starter: what it finds in photos it never saw, and what a user builds on it."""

import keras
import numpy as np
import pytest
import skimage.data

from chelsea import draw_chelsea_mask
from unetlab import build_unet, dice, load_starter, predict_mask, weights_of
from unetlab.drawn import draw_scene


@pytest.fixture(scope="module")
def starter():
    """Return the starter for one subject."""
    return load_starter()


def test_animals_are_found_and_what_is_none_is_left_out(starter):
    cat = predict_mask(starter, skimage.data.chelsea())
    assert dice(draw_chelsea_mask(), cat) > 0.9
    drawn = [draw_scene("pets", 160, (77, number)) for number in range(6)]
    assert np.mean([dice(mask, predict_mask(starter, image)) for image, mask in drawn]) > 0.9
    chairs = [draw_scene("chairs", 160, (77, number))[0] for number in range(6)]
    for image in (skimage.data.coffee(), skimage.data.rocket(), *chairs):
        assert predict_mask(starter, image).mean() < 0.2


def test_it_tells_the_pets_three_classes_at_other_sizes():
    model = load_starter(num_classes=3, image_size=(96, 160))
    assert model.output_shape == (None, 96, 160, 3)
    image, mask = draw_scene("pets", 160, 77)
    found = predict_mask(model, image)
    assert dice(mask, np.uint8(found == 0)) > 0.8


def test_it_is_a_plain_model_over_the_starters_encoder(starter, tmp_path):
    assert weights_of(starter) == "starter" and not starter.get_layer("encoder").trainable
    starter.save(tmp_path / "starter.keras")
    loaded = keras.saving.load_model(tmp_path / "starter.keras")
    image = np.float32(skimage.data.chelsea()[None, :160, :160])
    np.testing.assert_allclose(loaded(image), starter(image), atol=1e-4)
    other = build_unet("mobilenet_v2", 2, 128, weights="starter")
    for ours, theirs in zip(
        starter.get_layer("encoder").weights, other.get_layer("encoder").weights, strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)
