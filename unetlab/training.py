"""Training: watch the predictions get better, train for a given time, in the quickest numbers.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

import math
import time
from pathlib import Path

import keras
import numpy as np
from IPython.display import clear_output, display

from unetlab.arguments import check_count, check_path, is_number
from unetlab.metrics import class_ids
from unetlab.plotting import read_rows, show_progress


class BuildOptimizer(keras.callbacks.Callback):
    """Make the optimizer's memory before the first step, so that TensorFlow traces it once.

    Adam keeps two numbers for each weight. Left to the first step, making them costs a second
    trace of that step, which takes seconds for a large network; the results are the same.
    `ShowPredictions` and `TimeBudget` do it, too.

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


class ShowPredictions(BuildOptimizer):
    """After each epoch, replace the cell's output by the curves so far and a few predictions.

    Args:
        images: uint8 or float [B, H, W, 3], 0..255: the images to watch.
        masks: integer [B, H, W, 1], class ids from 0.
        class_names: the meaning of each class id.
        every: show each that many epochs, and after the last, also where training stops early.

    Raises:
        ValueError: `every` is no whole number from 1 on, or as in `show_samples`.

    Example:
        >>> image, mask = np.zeros([1, 32, 32, 3]), np.zeros([1, 32, 32, 1], int)
        >>> callback = ShowPredictions(image, mask, ["a", "b"])
        >>> callback.history
        {}
    """

    def __init__(self, images, masks, class_names, every: int = 1):
        super().__init__()
        check_count("every", every)
        # Said now, not after the first epoch.
        rows = read_rows(images, class_names, (), mask=masks)
        sizes = sorted({image.shape for image in rows["image"]})
        if len(sizes) > 1:
            raise ValueError(
                f"the images are of the sizes {sizes}, expected one, which the model reads: take "
                "them from a batch."
            )
        self.images, self.masks = np.stack(rows["image"]), np.stack(rows["mask"])
        self.class_names = class_names
        self.every = every
        self.history = {}
        self.is_shown = True  # there is nothing to show before the first epoch

    def on_epoch_end(self, epoch, logs=None):
        """Keep the epoch's values, and show the state after it where it is its turn."""
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
        self.is_shown = (epoch + 1) % self.every == 0
        if self.is_shown:
            self._show()

    def on_train_end(self, logs=None):
        """Show the last state, unless its epoch did; Keras calls this."""
        if not self.is_shown:
            self._show()
        self.is_shown = True

    def _show(self):
        # Called directly: for a few images, compiling `predict` takes longer than they do.
        logits = self.model(self.images, training=False)
        predicted_masks = keras.ops.convert_to_numpy(class_ids(logits))
        figure = show_progress(
            self.history, self.images, self.masks, predicted_masks, self.class_names
        )
        # Waiting for the new picture before the old one goes keeps the page from jumping.
        clear_output(wait=True)
        display(figure)


class TimeBudget(BuildOptimizer):
    """Train for so many seconds; the learning rate falls along a cosine to their end, or stays.

    For comparing networks whose epochs differ in length. The clock starts after the first step,
    which compiles; give `fit` more epochs than there will be time for. Each `fit` gets all the
    seconds anew. After it, the optimizer has the rate again that it had before.

    Args:
        seconds: how long to train.
        learning_rate: the rate at the start; None for the optimizer's own, all the time, which
            may be a schedule.

    Raises:
        ValueError: the seconds or the rate are not more than 0; or, when training begins, there is
            a rate to set and the optimizer follows a schedule.

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

    def __init__(self, seconds: float, learning_rate: float | None):
        super().__init__()
        if not is_number(seconds) or not 0 < seconds < math.inf:
            raise ValueError(
                f"seconds is {seconds!r}, expected more than 0: training would never begin or end."
            )
        usable = is_number(learning_rate) and 0 < learning_rate < math.inf
        if learning_rate is not None and not usable:
            raise ValueError(
                f"learning_rate is {learning_rate!r}, expected more than 0, or None for the "
                "optimizer's own."
            )
        self.seconds, self.learning_rate = seconds, learning_rate
        self.start = self.rate_before = None

    def on_train_begin(self, logs=None):
        """Start anew, with the first rate; Keras calls this."""
        super().on_train_begin(logs)
        self.start = None
        if self.learning_rate is None:
            return
        optimizer = self.model.optimizer
        self.rate_before = float(keras.ops.convert_to_numpy(optimizer.learning_rate))
        try:
            optimizer.learning_rate = self.learning_rate
        except TypeError as error:
            raise ValueError(
                "the optimizer's learning rate follows a schedule, which TimeBudget cannot set; "
                "compile with a number, or pass learning_rate=None to keep the schedule."
            ) from error

    def on_train_batch_end(self, batch, logs=None):
        """Set the rate of the next step by the clock, or stop; Keras calls this."""
        self.start = self.start or time.perf_counter()
        share = min(1.0, (time.perf_counter() - self.start) / self.seconds)
        if self.learning_rate is not None:
            self._set_rate(self.learning_rate * (1 + math.cos(math.pi * share)) / 2)
        if share == 1.0:  # never set back to False: another callback may have stopped
            self.model.stop_training = True

    def on_train_end(self, logs=None):
        """Give the optimizer its own rate back; Keras calls this."""
        if self.learning_rate is not None:
            self.model.optimizer.learning_rate = self.rate_before


# Tiles of bfloat16 are multiplied in hardware. Without them (avx512_bf16 alone, for instance) the
# convolutions gain less than the other layers lose.
FAST_FLAG = "amx_bf16"


def quickest_policy(processor_file: str | Path = "/proc/cpuinfo") -> str:
    """Name the Keras dtype policy in which the processor convolves the fastest.

    A whole training step gains less, and may gain nothing: its other layers are no faster.

    Weights stay float32 under either policy, and so do this package's logits and losses.

    Args:
        processor_file: where Linux describes the processor; other systems have no such file, and
            get float32.

    Returns:
        "mixed_bfloat16" for processors that say they multiply tiles of bfloat16, else "float32".

    Example:
        >>> quickest_policy("/no/such/file")
        'float32'

    Source: Intel's Architecture Instruction Set Extensions, chapter 3 (AMX); the flag's name is
    Linux's.
    """
    file = check_path("processor_file", processor_file)
    try:
        description = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "float32"
    flags = [line for line in description.splitlines() if line.startswith("flags")]
    return "mixed_bfloat16" if flags and FAST_FLAG in flags[0].split() else "float32"
