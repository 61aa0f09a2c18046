"""A training that is killed goes on after its last whole epoch, with nothing lost or doubled."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from unetlab.training import ResumeTraining

KILLS, NAMES = 2, ("killed", "whole")  # twenty were survived, too

# TensorFlow is imported once; what is killed are forks of this process, which has used none of it.
PROGRAM = """
import json, os, random, signal, sys, time
from pathlib import Path
import keras, numpy as np
from unetlab.training import ResumeTraining

place, kills = Path(sys.argv[1]), int(sys.argv[2])
epochs = 3 * kills + 2

class Tell(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        with open(place / "told", "a") as file:
            file.write(f"{epoch} {int(self.model.optimizer.iterations)}\\n")

def train(name):
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(2000, "relu"), keras.layers.Dense(1)]
    model = keras.Sequential([keras.Input([99]), *layers])
    # Not compiled, as every process would compile anew.
    model.compile(keras.optimizers.Adam(0.001), "mse", run_eagerly=True)
    x = np.random.default_rng(0).uniform(size=(6, 99)).astype(np.float32)
    history = model.fit(x, x.mean(axis=1), batch_size=2, epochs=epochs, verbose=0, shuffle=False,
                        callbacks=[Tell(), ResumeTraining(place / f"{name}_kept")])
    found = {"epochs": history.epoch, "loss": history.history["loss"]}
    (place / f"{name}.json").write_text(json.dumps(found))
    np.savez(place / f"{name}.npz", *model.get_weights())

def fork(name):
    child = os.fork()
    if not child:
        train(name)
        os._exit(0)
    return child

def ends(child):
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

def has_ended(child):
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT)

def told():
    return (place / "told").read_text().splitlines() if (place / "told").exists() else []

def kill_at_random(moments):
    before, child = len(told()), fork("killed")
    while len(told()) <= before and not has_ended(child):
        time.sleep(0.001)
    # An epoch takes about as long, a third of it to be kept.
    time.sleep(moments.uniform(0, 0.05))
    os.kill(child, signal.SIGKILL)
    return ends(child)

moments = random.Random(0)
codes = [kill_at_random(moments) for _ in range(kills)]
last = ends(fork("killed"))
through_kills = told()
whole = ends(fork("whole"))
print(json.dumps({"codes": codes, "ends": [last, whole], "told": through_kills}))
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_kills_lose_nothing_and_double_nothing(tmp_path):
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path), str(KILLS)],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout.splitlines()[-1])
    assert found["codes"] == [-signal.SIGKILL] * KILLS and found["ends"] == [0, 0], result.stderr
    # Three steps an epoch, whichever process trained it: no epoch is trained on top of itself.
    epochs = 3 * KILLS + 2
    pairs = [tuple(map(int, line.split())) for line in found["told"]]
    assert all(steps == 3 * (epoch + 1) for epoch, steps in pairs)
    assert len(pairs) <= epochs + KILLS  # each kill cost the epoch that it hit, no more
    killed, whole = (json.loads((tmp_path / f"{name}.json").read_text()) for name in NAMES)
    assert killed["epochs"] == whole["epochs"] == list(range(epochs))
    np.testing.assert_allclose(killed["loss"], whole["loss"], rtol=1e-4)
    weights = [np.load(tmp_path / f"{name}.npz") for name in NAMES]
    for name in weights[0].files:
        np.testing.assert_allclose(weights[0][name], weights[1][name], atol=1e-5)
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]


def fit(folder, callbacks=(), units=1):
    """Train a line through some points for four epochs; return the model and its history."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input([1]), keras.layers.Dense(units)])
    model.compile(keras.optimizers.Adam(0.1), "mse", run_eagerly=True)
    x = np.linspace(0, 1, 8, dtype=np.float32)[:, None]
    own = [*callbacks, ResumeTraining(folder, callbacks)]
    history = model.fit(x, 3 * x, epochs=4, batch_size=4, verbose=0, shuffle=False, callbacks=own)
    return model, history


@pytest.mark.parametrize("step", ["weights", "state", "name", "removal"])
def test_a_stop_at_any_step_of_keeping_an_epoch_costs_that_epoch_at_most(
    tmp_path, monkeypatch, step
):
    def stop_at_third(function):
        calls = []

        def stopping(*arguments, **options):
            calls.append(1)
            if len(calls) == 3:
                if step == "weights":
                    Path(arguments[0]).write_bytes(b"half")
                raise RuntimeError("lightning")
            return function(*arguments, **options)

        return stopping

    owner, name = {
        "weights": (np, "savez"),
        "state": (ResumeTraining, "_write"),
        "name": (Path, "replace"),
        "removal": (ResumeTraining, "_kept"),
    }[step]
    expected, history = fit(tmp_path / "undisturbed")
    with monkeypatch.context() as patch, pytest.raises(RuntimeError, match="lightning"):
        patch.setattr(owner, name, stop_at_third(getattr(owner, name)))
        fit(tmp_path / "kept")
    model, found = fit(tmp_path / "kept")
    assert found.epoch == history.epoch == [0, 1, 2, 3]
    assert int(model.optimizer.iterations) == 8
    np.testing.assert_allclose(found.history["loss"], history.history["loss"], rtol=1e-5)
    for one, other in zip(model.get_weights(), expected.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5)
    assert not (tmp_path / "kept").exists()


class Storm(keras.callbacks.Callback):
    """Losses of which the second is the best, and lightning at the start of an epoch."""

    def __init__(self, struck_at):
        super().__init__()
        self.struck_at = struck_at

    def on_epoch_end(self, epoch, logs=None):
        """Give the epoch its loss."""
        logs["loss"] = [5.0, 1.0, 9.0, 4.0][epoch]

    def on_epoch_begin(self, epoch, logs=None):
        """Strike."""
        if epoch == self.struck_at:
            raise RuntimeError("lightning")


def test_what_was_best_before_the_kill_is_best_after_it(tmp_path):
    def habits(struck_at, patience):
        early = keras.callbacks.EarlyStopping("loss", patience=patience, restore_best_weights=True)
        path = tmp_path / f"best_{struck_at}.keras"
        best = keras.callbacks.ModelCheckpoint(path, "loss", save_best_only=True)
        return Storm(struck_at), early, best

    first = habits(struck_at=2, patience=9)
    with pytest.raises(RuntimeError, match="lightning"):
        fit(tmp_path / "kept", first)
    best = keras.saving.load_model(first[2].filepath).get_weights()
    _, early, checkpoint = second = habits(struck_at=None, patience=8)  # given anew, it counts
    model, history = fit(tmp_path / "kept", second)
    assert history.history["loss"] == [5.0, 1.0, 9.0, 4.0]
    assert (early.best, early.best_epoch, early.wait, early.patience) == (1.0, 1, 2, 8)
    assert not Path(checkpoint.filepath).exists()  # nothing better came
    for one, other in zip(model.get_weights(), best, strict=True):
        np.testing.assert_array_equal(one, other)


def test_another_models_training_is_refused(tmp_path):
    with pytest.raises(RuntimeError, match="lightning"):
        fit(tmp_path / "kept", [Storm(1)])
    with pytest.raises(ValueError, match=r"kept holds another training, .* delete it to begin"):
        fit(tmp_path / "kept", [Storm(1)], units=2)
    with pytest.raises(ValueError, match="kept holds another training"):
        fit(tmp_path / "kept")
