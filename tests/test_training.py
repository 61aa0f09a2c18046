"""The live display, inside a real `fit`."""

import keras
import numpy as np
from IPython.utils.capture import capture_output

from unetlab.training import ShowPredictions


def fit(epochs, every):
    images = np.random.default_rng(0).integers(0, 256, (4, 16, 16, 3)).astype("uint8")
    masks = (images[..., :1] > 128).astype("uint8")
    model = keras.Sequential([keras.Input([16, 16, 3]), keras.layers.Conv2D(2, 1)])
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    callback = ShowPredictions(images[:2], masks[:2], ["dark", "light"], every=every)
    with capture_output() as captured:
        history = model.fit(
            images,
            masks,
            validation_data=(images, masks),
            epochs=epochs,
            verbose=0,
            callbacks=[callback],
        )
    return callback, history.history, captured.outputs


def test_every_epoch_is_shown_with_the_curves_so_far():
    callback, history, _ = fit(epochs=3, every=1)
    assert callback.history == history
    assert set(history) == {"loss", "val_loss"}


def test_only_every_second_epoch_and_the_last_are_drawn(monkeypatch):
    drawn = []
    monkeypatch.setattr("unetlab.training.display", drawn.append)
    fit(epochs=5, every=2)
    assert len(drawn) == 3
