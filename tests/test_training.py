"""The live display and the time budget, inside a real `fit`."""

from itertools import pairwise

import keras
import numpy as np
import pytest
from IPython.utils.capture import capture_output

from unetlab.losses import DiceCrossEntropy
from unetlab.training import ShowPredictions, TimeBudget, quickest_policy
from unetlab.unet import build_unet


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


def test_a_time_budget_stops_in_time_with_a_falling_rate():
    rates = []

    class Watch(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            rates.append(float(self.model.optimizer.learning_rate))

    model = keras.Sequential([keras.Input([1]), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    ones = np.ones([8, 1])
    budget = TimeBudget(seconds=0.3, learning_rate=0.1)
    history = model.fit(
        ones, ones, batch_size=1, epochs=10**6, verbose=0, callbacks=[budget, Watch()]
    )
    assert len(history.epoch) < 10**6
    assert rates[1] > 0.09 and rates[-1] < rates[1]
    assert all(before >= after for before, after in pairwise(rates[1:]))


def test_without_a_rate_the_optimizers_own_stays():
    model = keras.Sequential([keras.Input([1]), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.025), "mse")
    ones = np.ones([8, 1])
    budget = TimeBudget(seconds=0.3, learning_rate=None)
    history = model.fit(ones, ones, epochs=10**6, verbose=0, callbacks=[budget])
    assert len(history.epoch) < 10**6
    assert float(model.optimizer.learning_rate) == pytest.approx(0.025)


@pytest.mark.parametrize("seconds", [0, -3.5])
def test_a_budget_of_nothing_is_refused_since_it_would_never_end(seconds):
    with pytest.raises(ValueError, match=f"seconds is {seconds}, expected more than 0"):
        TimeBudget(seconds, 0.1)


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        ("processor : 0\nflags\t\t: fpu avx512f amx_bf16 amx_tile\n", "mixed_bfloat16"),
        ("processor : 0\nflags\t\t: fpu avx512f avx512_bf16\n", "float32"),
        ("processor : 0\nmodel name : amx_bf16\n", "float32"),
        ("", "float32"),
    ],
)
def test_policy_follows_the_flags(tmp_path, text, policy):
    (tmp_path / "cpuinfo").write_text(text)
    assert quickest_policy(tmp_path / "cpuinfo") == policy


def test_every_machine_gets_a_policy_that_trains():
    policy = quickest_policy()
    assert policy in ("float32", "mixed_bfloat16")
    keras.config.set_dtype_policy(policy)
    try:
        model = build_unet("mobilenet_v2", 2, 32, weights=None, decoder="resize")
    finally:
        keras.config.set_dtype_policy("float32")
    assert model.output.dtype == "float32"
    assert {weight.dtype for weight in model.weights} <= {"float32", "uint32"}
    model.compile("sgd", DiceCrossEntropy())
    history = model.fit(np.zeros([2, 32, 32, 3]), np.ones([2, 32, 32, 1], "uint8"), verbose=0)
    assert np.isfinite(history.history["loss"][0])
