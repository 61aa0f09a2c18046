"""The live display inside a real `fit`: curves and predictions after each epoch."""

import keras
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_rgb

from unetlab.plotting import ShowPredictions
from unetlab.plotting.rows import choose_colours

IMAGES = np.random.default_rng(0).integers(0, 256, (4, 16, 16, 3)).astype("uint8")
MASKS = (IMAGES[..., :1] > 128).astype("uint8")


def fit(epochs):
    """Train; return what the model predicted after each epoch, and the history."""
    model = keras.Sequential(
        [keras.Input([16, 16, 3]), keras.layers.Rescaling(1 / 255), keras.layers.Conv2D(2, 1)]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.1), loss, run_eagerly=True)
    predicted = []
    watch = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: predicted.append(
            keras.ops.convert_to_numpy(model(IMAGES[:2])).argmax(axis=-1)
        )
    )
    callbacks = [ShowPredictions(IMAGES[:2], MASKS[:2], ["dark", "light"]), watch]
    examples = {"x": IMAGES, "y": MASKS, "validation_data": (IMAGES, MASKS)}
    history = model.fit(**examples, epochs=epochs, verbose=0, callbacks=callbacks)
    return predicted, history.history


def curves_of(figure):
    return {
        line.get_label(): line.get_ydata().tolist()
        for axis in figure.subfigs[0].axes
        for line in axis.lines
    }


def painted(ids):
    """Return class ids in the colours of the figures, uint8 [..., 3]."""
    return np.uint8(
        255 * np.array([to_rgb(colour) for colour in choose_colours(["dark", "light"])])
    )[ids]


def test_every_epoch_is_shown_with_the_curves_so_far_and_its_predictions(shown):
    predicted, history = fit(epochs=3)
    assert set(history) == {"loss", "val_loss"}
    assert len(shown) == 3
    for epoch, figure in enumerate(shown, start=1):
        assert curves_of(figure) == {name: values[:epoch] for name, values in history.items()}
        expected = [*IMAGES[:2], *painted(MASKS[:2, ..., 0]), *painted(predicted[epoch - 1])]
        for axis, should_be in zip(figure.subfigs[1].axes, expected, strict=True):
            np.testing.assert_array_equal(axis.images[0].get_array(), should_be)
    assert (predicted[0] != predicted[2]).any()
    assert plt.get_fignums() == []


def test_a_model_that_has_become_nan_ends_no_training(shown):
    model = keras.Sequential([keras.Input([16, 16, 3]), keras.layers.Conv2D(2, 1)])
    model.set_weights([np.full_like(weight, np.nan) for weight in model.get_weights()])
    callback = ShowPredictions(IMAGES[:2], MASKS[:2], ["dark", "light"])
    callback.set_model(model)
    callback.on_epoch_end(0, {"loss": np.nan})
    picture = shown[0].subfigs[1].axes[-1].images[0].get_array()
    assert (picture == painted(0)).all()
