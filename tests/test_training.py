"""The optimizer that is built once and the time budget, inside a real `fit`."""

from itertools import pairwise

import keras
import numpy as np
import pytest

from unetlab.losses import DiceCrossEntropy
from unetlab.plotting import ShowPredictions
from unetlab.training import BuildOptimizer, TimeBudget, quickest_policy
from unetlab.unet import build_unet


@pytest.mark.parametrize(
    "build",
    [
        BuildOptimizer,
        lambda: ShowPredictions(
            np.full([1, 1, 1, 3], 99.0), np.ones([1, 1, 1, 1], int), ["a", "b"]
        ),
        lambda: TimeBudget(1e-9, None),
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


def small_model(rate=0.025):
    model = keras.Sequential([keras.Input([1]), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(rate), "mse")
    return model


ONES = np.ones([8, 1])


@pytest.mark.parametrize("budget_first", [True, False])
def test_a_time_budget_lets_others_stop(budget_first):
    model = small_model()
    # A minute: whoever overrules the other one trains for that long.
    habits = [TimeBudget(60, 0.1), keras.callbacks.TerminateOnNaN()]
    nan = ONES * np.nan
    history = model.fit(
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
        assert float(model.optimizer.learning_rate) == pytest.approx(0.025)
    assert min(steps) > 1  # more than one epoch, the second time too


def test_the_first_step_has_the_budgets_rate():
    model = small_model(rate=0.025)
    model.set_weights([np.zeros([1, 1]), np.zeros(1)])
    model.fit(ONES, ONES, batch_size=8, epochs=1, verbose=0, callbacks=[TimeBudget(60, 0.1)])
    # The gradient of (0 - 1)^2 is -2 for the kernel and for the bias.
    np.testing.assert_allclose(model.get_weights()[1], [0.2], rtol=1e-6)


def test_beside_a_schedule_a_rate_is_refused_and_none_keeps_the_schedule():
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 1, 0.5)
    model = small_model(schedule)
    with pytest.raises(ValueError, match=r"follows a schedule, .* pass learning_rate=None"):
        model.fit(ONES, ONES, verbose=0, callbacks=[TimeBudget(60, 0.1)])
    model.fit(ONES, ONES, batch_size=4, verbose=0, callbacks=[TimeBudget(60, None)])
    assert float(model.optimizer.learning_rate) == pytest.approx(0.1 * 0.5**2)


@pytest.mark.parametrize("seconds", [0, -3.5, float("nan"), float("inf")])
def test_a_budget_of_nothing_is_refused_since_it_would_never_end(seconds):
    with pytest.raises(ValueError, match=f"seconds is {seconds}, expected more than 0"):
        TimeBudget(seconds, 0.1)


@pytest.mark.parametrize("rate", [0, -0.1, float("nan")])
def test_a_rate_that_learns_nothing_is_refused(rate):
    with pytest.raises(ValueError, match=f"learning_rate is {rate}, expected more than 0"):
        TimeBudget(1, rate)


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
