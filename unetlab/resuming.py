"""Resuming: a training that is killed goes on after its last whole epoch.

Taught in: notebooks/02_carvana_masking.ipynb
"""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from zipfile import BadZipFile

import keras
import numpy as np

from unetlab.arguments import check_path, is_number
from unetlab.saving import write_whole
from unetlab.training import BuildOptimizer

STATE, WEIGHTS, BEST_WEIGHTS = "state.json", "weights.npz", "best_weights"


class ResumeTraining(BuildOptimizer):
    """Keep a training after each epoch, so that `fit`, called again after a kill, goes on there.

    `keras.callbacks.BackupAndRestore` writes over its only copy: killed while it does, it leaves
    weights that cannot be opened, or an epoch that is trained twice; and a full disk ends Python.
    Here each epoch is kept in a folder of its own, which gets its name once it is whole. What `fit`
    returns has the history of all epochs, those before the kill among them. When the training ends,
    the folder goes.

    Give it last: what comes after it may be cut off from the epoch that is kept. The order of the
    batches begins anew, as in a first epoch.

    Args:
        folder: where to keep it; of this training alone.
        callbacks: those of the same `fit` that go on as well: `EarlyStopping`, `ModelCheckpoint`
            and `ReduceLROnPlateau` would forget what was best.

    Attributes:
        history: values by epoch, by name, so far.

    Raises:
        OSError: an epoch cannot be kept; says why. The one before is there still.
        ValueError: the folder is none, or holds another model's training.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for epochs in (2, 3):  # the second `fit` finds nothing left to go on with
        ...         model = keras.Sequential([keras.Input([1]), keras.layers.Dense(1)])
        ...         model.compile("sgd", "mse")
        ...         resume = ResumeTraining(f"{folder}/line")
        ...         history = model.fit(
        ...             np.ones([4, 1]), np.ones([4, 1]), epochs=epochs, verbose=0,
        ...             callbacks=[resume])
        ...         history.epoch, Path(folder, "line").exists()
        ([0, 1], False)
        ([0, 1, 2], False)
    """

    def __init__(
        self, folder: str | Path, callbacks: Sequence[keras.callbacks.Callback] = ()
    ) -> None:
        super().__init__()
        self.folder, self.callbacks = check_path("folder", folder), list(callbacks)
        if self.folder.is_file():
            raise ValueError(
                f"folder is {str(folder)!r}, which is a file, expected a folder of this training "
                "alone: give another name."
            )
        self.history, self.epochs, self._at_first = {}, [], []

    def on_train_begin(self, logs=None):
        """Go on with what was kept; Keras calls this."""
        super().on_train_begin(logs)  # builds the optimizer, whose numbers are kept, too
        self.history, self.epochs = {}, []
        self._at_first = [_numbers_of(callback) for callback in self.callbacks]
        if not (kept := self._kept()):
            return
        try:
            self._read(kept[-1])
        except (OSError, ValueError, KeyError, BadZipFile) as error:
            raise ValueError(
                f"{kept[-1]} does not fit this model and its callbacks, expected what the same "
                "training left: delete the folder to begin anew, or give another one."
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
        np.savez(folder / WEIGHTS, *map(keras.ops.convert_to_numpy, self._variables()))
        # What training changed, not what a callback was made with.
        numbers = [
            dict(_numbers_of(callback).items() - at_first.items())
            for callback, at_first in zip(self.callbacks, self._at_first, strict=True)
        ]
        state = {"history": self.history, "epochs": self.epochs, "callbacks": numbers}
        (folder / STATE).write_text(json.dumps(state, default=float))
        for number, callback in enumerate(self.callbacks):
            if weights := getattr(callback, BEST_WEIGHTS, None):
                np.savez(folder / f"{number}.npz", *weights)

    def _read(self, folder: Path) -> None:
        state = json.loads((folder / STATE).read_text())
        pairs = list(zip(self.callbacks, state["callbacks"], strict=True))
        for variable, value in zip(self._variables(), _load(folder / WEIGHTS), strict=True):
            variable.assign(value)
        for number, (callback, numbers) in enumerate(pairs):
            vars(callback).update(numbers)
            if (path := folder / f"{number}.npz").exists():
                setattr(callback, BEST_WEIGHTS, _load(path))
        self.history, self.epochs = state["history"], state["epochs"]


def _load(path: Path) -> list[np.ndarray]:
    with np.load(path) as arrays:
        return [arrays[name] for name in arrays.files]


def _numbers_of(callback: keras.callbacks.Callback) -> dict:
    return {name: value for name, value in vars(callback).items() if is_number(value)}
