"""Training: build the optimizer once, train for a given time, in the quickest numbers.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

import math
import time
from pathlib import Path

import keras

from unetlab.arguments import check_path, is_number


class BuildOptimizer(keras.callbacks.Callback):
    """Make the optimizer's memory before the first step, so that TensorFlow traces it once.

    Adam keeps two numbers for each weight. Left to the first step, making them costs a second
    trace of that step, which takes seconds for a large network; the results are the same.
    `ShowPredictions` and `TimeBudget` do it, too.

    Example:
        >>> import numpy as np
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
        >>> import numpy as np
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
