"""The live display inside a real `fit`: curves and predictions after each epoch."""

import keras
import numpy as np
import pytest
from IPython.utils.capture import capture_output
from matplotlib.colors import to_rgb
from saved_figures import check_saved

from unetlab.plotting import CLASS_COLOURS, ShowPredictions, show_progress

IMAGES = np.random.default_rng(0).integers(0, 256, (4, 16, 16, 3)).astype("uint8")


MASKS = (IMAGES[..., :1] > 128).astype("uint8")


def fit(epochs, every, *others):
    """Train; return what the model predicted after each epoch, the callback, and the history."""
    model = keras.Sequential(
        [keras.Input([16, 16, 3]), keras.layers.Rescaling(1 / 255), keras.layers.Conv2D(2, 1)]
    )
    model.compile(
        keras.optimizers.Adam(0.1), keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    predicted = []
    watch = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: predicted.append(
            keras.ops.convert_to_numpy(model(IMAGES[:2])).argmax(axis=-1)
        )
    )
    callback = ShowPredictions(IMAGES[:2], MASKS[:2], ["dark", "light"], every=every)
    history = model.fit(
        IMAGES,
        MASKS,
        validation_data=(IMAGES, MASKS),
        epochs=epochs,
        verbose=0,
        callbacks=[callback, watch, *others],
    )
    return predicted, callback, history.history


def curves_of(figure):
    return {
        line.get_label(): line.get_ydata().tolist()
        for axis in figure.subfigs[0].axes
        for line in axis.lines
    }


def painted(ids):
    """Return class ids in the colours of the figures, uint8 [..., 3]."""
    return np.uint8(255 * np.array([to_rgb(colour) for colour in CLASS_COLOURS]))[ids]


def pictures_of(figure):
    return [np.asarray(axis.images[0].get_array()) for axis in figure.subfigs[1].axes]


def test_every_epoch_is_shown_with_the_curves_so_far_and_its_predictions(shown):
    predicted, callback, history = fit(epochs=3, every=1)
    assert callback.history == history
    assert set(history) == {"loss", "val_loss"}
    assert len(shown) == 3
    for epoch, figure in enumerate(shown, start=1):
        so_far = {name: values[:epoch] for name, values in history.items()}
        assert curves_of(figure) == so_far
        expected = [*IMAGES[:2], *painted(MASKS[:2, ..., 0]), *painted(predicted[epoch - 1])]
        for picture, should_be in zip(pictures_of(figure), expected, strict=True):
            np.testing.assert_array_equal(picture, should_be)
    assert (predicted[0] != predicted[2]).any()


@pytest.mark.parametrize(
    ("epochs", "every", "lengths"), [(5, 2, [2, 4, 5]), (4, 2, [2, 4]), (2, 3, [2])]
)
def test_only_every_second_epoch_and_the_last_are_drawn(shown, epochs, every, lengths):
    fit(epochs, every)
    assert [len(curves_of(figure)["loss"]) for figure in shown] == lengths


def test_the_last_state_is_shown_where_training_stops_early(shown):
    never_better = keras.callbacks.EarlyStopping("loss", min_delta=1e9, patience=4)
    predicted, _, history = fit(100, 3, never_better)
    assert len(history["loss"]) == 5
    assert [len(curves_of(figure)["loss"]) for figure in shown] == [3, 5]
    np.testing.assert_array_equal(np.stack(pictures_of(shown[-1])[4:]), painted(predicted[-1]))


def test_a_cell_gets_the_figure():
    with capture_output() as captured:
        fit(epochs=1, every=1)
    assert "Figure(1200x500)" in captured.stdout


@pytest.mark.parametrize("every", [0, -1, 1.5])
def test_no_number_of_epochs_is_refused(every):
    with pytest.raises(ValueError, match=f"every is {every}, expected a whole number >= 1"):
        ShowPredictions(IMAGES, MASKS, ["dark", "light"], every=every)


def test_it_can_be_saved_and_is_closed():
    history = {"loss": [2.0, 1.0], "val_loss": [2.5, 1.5], "dice": [0.1, 0.4]}
    figure = show_progress(history, IMAGES, MASKS, MASKS, ["dark", "light"])
    check_saved(figure)
