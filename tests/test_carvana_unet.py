"""The Carvana article's network: its taps by name, its shapes, and that it learns."""

import keras
import numpy as np
import pytest

from unetlab.carvana_unet import CARVANA_TAPS, build_carvana_unet
from unetlab.losses import DiceCrossEntropy
from unetlab.shapes import load_shapes

SMALL = (16, 16, 8, 8, 8)


def test_taps_are_the_sums_of_the_last_two_blocks_of_a_stage():
    resnet = keras.applications.ResNet50(include_top=False, weights=None, input_shape=(224, 224, 3))
    for (last, before), side in zip(CARVANA_TAPS, (14, 28, 56), strict=True):
        for name in (last, before):
            assert isinstance(resnet.get_layer(name), keras.layers.Add)
            assert resnet.get_layer(name).output.shape[1:3] == (side, side)
        stage = last.split("_")[0]
        blocks = {layer.name.split("_")[1] for layer in resnet.layers if stage in layer.name}
        assert [last, before] == [f"{stage}_{block}_add" for block in sorted(blocks)[:-3:-1]]


def test_two_steps_repeat_pixels_and_three_learn():
    model = build_carvana_unet(image_size=(64, 96), weights=None, filters=SMALL)
    kinds = [type(layer).__name__ for layer in model.layers]
    assert model.output_shape == (None, 64, 96, 1)
    assert kinds.count("UpSampling2D") == 2
    assert kinds.count("Conv2DTranspose") == 3
    assert kinds.index("Conv2DTranspose") > kinds.index("UpSampling2D")
    assert kinds.index("BatchNormalization") < kinds.index("Conv2D")


def test_it_learns_with_the_articles_loss_and_optimizer_and_loads_back(tmp_path):
    keras.utils.set_random_seed(0)
    model = build_carvana_unet(image_size=32, weights=None, filters=SMALL)
    batches = load_shapes("cars", 8, 32).batch(4).cache()
    model.compile(keras.optimizers.RMSprop(1e-4), DiceCrossEntropy(smooth=1.0))
    losses = model.fit(batches, epochs=4, verbose=0, shuffle=False).history["loss"]
    assert losses[-1] < losses[0]
    model.save(tmp_path / "model.keras")
    images = next(iter(batches))[0]
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded(images), model(images), atol=1e-4)


def test_more_classes_give_more_logits():
    model = build_carvana_unet(num_classes=3, image_size=32, weights=None, filters=SMALL)
    assert model.output_shape[-1] == 3


@pytest.mark.parametrize(("image_size", "filters"), [(48, SMALL), (64, SMALL[1:])])
def test_bad_input(image_size, filters):
    with pytest.raises(ValueError, match="expected multiples of 32"):
        build_carvana_unet(image_size=image_size, weights=None, filters=filters)
