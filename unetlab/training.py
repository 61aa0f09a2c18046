"""Training: build the optimizer once, train for a given time, go on after a kill."""

import json
import math
import shutil
import time
from collections.abc import Sequence
from numbers import Real
from pathlib import Path

import keras
import numpy as np

from unetlab.saving import write_whole


class BuildOptimizer(keras.callbacks.Callback):
    """Make the optimizer's memory before the first step, so that TensorFlow traces it once.

    Adam keeps two numbers for each weight. Left to the first step, making them costs a second
    trace of that step, which takes seconds for a large network; the results are the same.
    `ShowPredictions`, `TimeBudget` and `ResumeTraining` do it, too.

    Example:
        >>> model = keras.Sequential([keras.Input([1]), keras.layers.Dense(1)])
        >>> model.compile("adam", "mse")
        >>> history = model.fit(
        ...     np.ones([4, 1]), np.ones([4, 1]), verbose=0, callbacks=[BuildOptimizer()])
    """

    def on_train_begin(self, logs=None):
        """Build the optimizer where nothing has built it yet; Keras calls this."""
        if not self.model.optimizer.built:
            self.model.optimizer.build(self.model.trainable_variables)

    def _set_rate(self, rate):
        if keras.backend.backend() == "jax":
            # Between the steps JAX's trainer keeps the numbers, and reads them anew after this.
            self.model.jax_state_sync()
        self.model.optimizer.learning_rate = rate


class TimeBudget(BuildOptimizer):
    """Train for so many seconds; the learning rate falls along a cosine to their end.

    For comparing networks whose epochs differ in length. The clock starts after the first step,
    which compiles; give `fit` more epochs than there will be time for. Each `fit` gets all the
    seconds anew. After it, the optimizer has the rate at the start again.

    Args:
        seconds: how long to train.
        learning_rate: the rate at the start.

    Example:
        >>> model = keras.Sequential([keras.Input([1]), keras.layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> budget = TimeBudget(seconds=0.1, learning_rate=0.01)
        >>> history = model.fit(
        ...     np.ones([4, 1]), np.ones([4, 1]), epochs=10_000, verbose=0, callbacks=[budget])
        >>> len(history.epoch) < 10_000
        True

    Source: the schedule is that of Loshchilov and Hutter, SGDR, ICLR 2017, without restarts.
    """

    def __init__(self, seconds: float, learning_rate: float):
        super().__init__()
        self.seconds, self.learning_rate, self.start = seconds, learning_rate, None

    def on_train_begin(self, logs=None):
        """Start anew, with the first rate; Keras calls this."""
        super().on_train_begin(logs)
        self.start = None
        self.model.optimizer.learning_rate = self.learning_rate

    def on_train_batch_end(self, batch, logs=None):
        """Set the rate of the next step by the clock, or stop; Keras calls this."""
        self.start = self.start or time.perf_counter()
        share = min(1.0, (time.perf_counter() - self.start) / self.seconds)
        self._set_rate(self.learning_rate * (1 + math.cos(math.pi * share)) / 2)
        if share == 1.0:  # never set back to False: another callback may have stopped
            self.model.stop_training = True

    def on_train_end(self, logs=None):
        """Go back to the first rate, or another `fit` would learn nothing; Keras calls this."""
        self.model.optimizer.learning_rate = self.learning_rate


class ResumeTraining(BuildOptimizer):
    """Keep a training after each epoch, so that `fit`, called again after a kill, goes on there.

    `keras.callbacks.BackupAndRestore` writes over its only copy: killed while it does, it leaves
    weights that cannot be opened. Here each epoch is kept in a folder of its own, which gets its
    name once it is whole. What `fit` returns has the history of all epochs, those before the kill
    among them. When the training ends, the folder goes.

    Give it last: what comes after it may be cut off from the epoch that is kept. The order of the
    batches begins anew, as in a first epoch.

    Args:
        folder: where to keep it; of this training alone.
        callbacks: those of the same `fit` that go on as well: `EarlyStopping`, `ModelCheckpoint`
            and `ReduceLROnPlateau` would forget what was best.

    Raises:
        ValueError: when training begins, the folder holds another model's.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for epochs in (2, 3):  # the second `fit` finds nothing left to go on with
        ...         model = keras.Sequential([keras.Input([1]), keras.layers.Dense(1)])
        ...         model.compile("sgd", "mse")
        ...         history = model.fit(
        ...             np.ones([4, 1]), np.ones([4, 1]), epochs=epochs, verbose=0,
        ...             callbacks=[ResumeTraining(f"{folder}/line")])
        ...         history.epoch, Path(folder, "line").exists()
        ([0, 1], False)
        ([0, 1, 2], False)
    """

    def __init__(
        self, folder: str | Path, callbacks: Sequence[keras.callbacks.Callback] = ()
    ) -> None:
        super().__init__()
        self.folder, self.callbacks = Path(folder), list(callbacks)
        self.history, self.epochs, self._at_first = {}, [], []

    def on_train_begin(self, logs=None):
        """Go on with what was kept; Keras calls this."""
        super().on_train_begin(logs)  # builds the optimizer, whose numbers are kept, too
        self.history, self.epochs = {}, []
        self._at_first = [_numbers_of(callback) for callback in self.callbacks]
        for kept in self._kept()[-1:]:
            try:
                self._read(kept)
            except ValueError as error:
                raise ValueError(
                    f"{self.folder} holds another training, expected one of this model and these "
                    "callbacks: delete it to begin anew."
                ) from error
            # As Keras's own backup does, since no public way leads there.
            self.model._initial_epoch = self.epochs[-1] + 1

    def on_epoch_end(self, epoch, logs=None):
        """Keep the epoch; Keras calls this."""
        self.epochs.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(float(value))
        before = self._kept()
        with write_whole(self.folder / f"epoch_{epoch + 1:06}") as beside:
            beside.mkdir(parents=True)
            self._write(beside)
        for folder in before:
            shutil.rmtree(folder)

    def on_train_end(self, logs=None):
        """Hand over the whole history and let go of what was kept; Keras calls this."""
        self.model.history.history, self.model.history.epoch = self.history, self.epochs
        for folder in self._kept():
            # Renamed first: half removed, it would pass for an epoch.
            shutil.rmtree(folder.replace(self.folder / ".done"))
        shutil.rmtree(self.folder, ignore_errors=True)

    def _kept(self) -> list[Path]:
        return sorted(self.folder.glob("epoch_*"))

    def _variables(self) -> list:
        return [*self.model.variables, *self.model.optimizer.variables]

    def _write(self, folder: Path) -> None:
        # By NumPy, as HDF5 ends the process where the disk is full.
        np.savez(folder / "weights.npz", *map(keras.ops.convert_to_numpy, self._variables()))
        # What training changed, not what a callback was made with.
        numbers = [
            dict(_numbers_of(callback).items() - at_first.items())
            for callback, at_first in zip(self.callbacks, self._at_first, strict=True)
        ]
        state = {"history": self.history, "epochs": self.epochs, "callbacks": numbers}
        (folder / "state.json").write_text(json.dumps(state, default=float))
        for number, callback in enumerate(self.callbacks):
            if weights := getattr(callback, "best_weights", None):
                np.savez(folder / f"{number}.npz", *weights)

    def _read(self, folder: Path) -> None:
        state = json.loads((folder / "state.json").read_text())
        pairs = list(zip(self.callbacks, state["callbacks"], strict=True))
        for variable, value in zip(self._variables(), _load(folder / "weights.npz"), strict=True):
            variable.assign(value)
        for number, (callback, numbers) in enumerate(pairs):
            vars(callback).update(numbers)
            if (path := folder / f"{number}.npz").exists():
                callback.best_weights = _load(path)
        self.history, self.epochs = state["history"], state["epochs"]


def _load(path: Path) -> list[np.ndarray]:
    with np.load(path) as arrays:
        return [arrays[name] for name in arrays.files]


def _numbers_of(callback: keras.callbacks.Callback) -> dict:
    return {
        name: value
        for name, value in vars(callback).items()
        if isinstance(value, Real) and not isinstance(value, bool)
    }


def quickest_policy() -> str:
    """Name the Keras dtype policy in which the processor convolves the fastest.

    A whole training step gains less, and may gain nothing: its other layers are no faster. Weights
    stay float32 under either policy, and so do this package's logits and losses.

    Returns:
        "mixed_bfloat16" for processors that say they multiply tiles of bfloat16, else "float32".
        Without tiles (avx512_bf16 alone, for instance) the convolutions gain less than the other
        layers lose.

    Example:
        >>> quickest_policy() in ("float32", "mixed_bfloat16")
        True

    Source: Intel's Architecture Instruction Set Extensions, chapter 3 (AMX); the flag's name is
    Linux's.
    """
    processor = Path("/proc/cpuinfo")  # Linux's; elsewhere there is none
    flags = processor.read_text(encoding="utf-8").split() if processor.exists() else []
    return "mixed_bfloat16" if "amx_bf16" in flags else "float32"
