"""The optimizer that is built once and the time budget, inside a real `fit`."""

from itertools import pairwise

import keras
import numpy as np
import pytest

from unetlab.plotting import ShowPredictions
from unetlab.training import BuildOptimizer, TimeBudget

ONES = np.ones([8, 1])


@pytest.mark.parametrize(
    "build",
    [
        BuildOptimizer,
        lambda: ShowPredictions(
            np.full([1, 1, 1, 3], 99.0), np.ones([1, 1, 1, 1], int), ["a", "b"]
        ),
        lambda: TimeBudget(1e-9, 0.001),
    ],
    ids=["itself", "ShowPredictions", "TimeBudget"],
)
def test_the_step_is_traced_once_and_learns_the_same(shown, build):
    traces = []

    def loss(truth, predicted):
        traces.append(1)
        return keras.losses.mean_squared_error(truth, predicted)

    def train(callbacks):
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input([1, 1, 3]), keras.layers.Conv2D(2, 1)])
        model.compile("adam", loss)
        ones = np.ones([4, 1, 1, 3]), np.ones([4, 1, 1, 2])
        traces.clear()
        history = model.fit(*ones, epochs=1, verbose=0, callbacks=callbacks)
        return history.history["loss"], len(traces), model.get_weights()

    plain, built = train([]), train([build()])
    assert built[0] == plain[0]
    # The other backends' second call is the step, or what finds out the shapes before it.
    assert (plain[1], built[1]) == ((2, 1) if keras.backend.backend() == "tensorflow" else (2, 2))
    for one, other in zip(plain[2], built[2], strict=True):
        np.testing.assert_array_equal(one, other)


def small_model(rate=0.025):
    model = keras.Sequential([keras.Input([1]), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(rate), "mse")
    return model


def test_a_time_budget_stops_in_time_with_a_falling_rate():
    rates = []

    class Watch(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            rates.append(float(self.model.optimizer.learning_rate))

    habits = [TimeBudget(seconds=0.3, learning_rate=0.1), Watch()]
    history = small_model().fit(ONES, ONES, batch_size=1, epochs=10**6, verbose=0, callbacks=habits)
    assert len(history.epoch) < 10**6
    assert rates[0] == pytest.approx(0.1) and rates[1] > 0.09 and rates[-1] < rates[1]
    assert all(before >= after for before, after in pairwise(rates[1:]))


@pytest.mark.parametrize("budget_first", [True, False])
def test_a_time_budget_lets_others_stop(budget_first):
    # A minute: whoever overrules the other one trains for that long.
    habits = [TimeBudget(60, 0.1), keras.callbacks.TerminateOnNaN()]
    nan = ONES * np.nan
    history = small_model().fit(
        nan, ONES, epochs=50, verbose=0, callbacks=habits if budget_first else habits[::-1]
    )
    assert len(history.epoch) == 1


def test_a_time_budget_starts_anew_in_each_fit_and_gives_the_rate_back():
    model, budget = small_model(), TimeBudget(0.5, 0.1)
    # One step an epoch: a fit ends with an epoch, and a starved machine makes few steps.
    settings = {"epochs": 10**6, "batch_size": 8, "verbose": 0, "callbacks": [budget]}
    steps = []
    for _ in range(2):
        before = int(model.optimizer.iterations)
        model.fit(ONES, ONES, **settings)
        steps.append(int(model.optimizer.iterations) - before)
        assert float(model.optimizer.learning_rate) == pytest.approx(0.1)
    assert min(steps) > 1  # more than one epoch, the second time too
