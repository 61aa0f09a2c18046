"""Training: watch the predictions get better, epoch by epoch; train for a given time.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

import math
import time

import keras
import numpy as np
from IPython.display import clear_output, display

from unetlab.confusion import class_ids
from unetlab.plotting import show_progress


class ShowPredictions(keras.callbacks.Callback):
    """After each epoch, replace the cell's output by the curves so far and a few predictions.

    Args:
        images: uint8 or float [B, H, W, 3], 0..255: the images to watch.
        masks: integer [B, H, W, 1], class ids from 0.
        class_names: the meaning of each class id.
        every: show each that many epochs, and after the last.

    Example:
        >>> image, mask = np.zeros([1, 32, 32, 3]), np.zeros([1, 32, 32, 1], int)
        >>> callback = ShowPredictions(image, mask, ["a", "b"])
        >>> callback.history
        {}

    Taught in: notebooks/01_pets_segmentation.ipynb
    """

    def __init__(self, images, masks, class_names, every: int = 1):
        super().__init__()
        self.images, self.masks = np.asarray(images), np.asarray(masks)
        self.class_names = class_names
        self.every = every
        self.history = {}

    def on_epoch_end(self, epoch, logs=None):
        """Show the state after this epoch; Keras calls this."""
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
        if (epoch + 1) % self.every and epoch + 1 < self.params["epochs"]:
            return
        # Called directly: for a few images, compiling `predict` takes longer than they do.
        logits = self.model(self.images, training=False)
        predicted_masks = keras.ops.convert_to_numpy(class_ids(logits))
        figure = show_progress(
            self.history, self.images, self.masks, predicted_masks, self.class_names
        )
        # Waiting for the new picture before the old one goes keeps the page from jumping.
        clear_output(wait=True)
        display(figure)


class TimeBudget(keras.callbacks.Callback):
    """Train for so many seconds; the learning rate falls along a cosine to their end, or stays.

    For comparing networks whose epochs differ in length. The clock starts after the first step,
    which compiles; give `fit` more epochs than there will be time for.

    Args:
        seconds: how long to train.
        learning_rate: the rate at the start; None for the optimizer's own, all the time.

    Raises:
        ValueError: the seconds are not more than 0.

    Example:
        >>> model = keras.Sequential([keras.Input([1]), keras.layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> budget = TimeBudget(seconds=0.1, learning_rate=0.01)
        >>> history = model.fit(
        ...     np.ones([4, 1]), np.ones([4, 1]), epochs=10_000, verbose=0, callbacks=[budget])
        >>> len(history.epoch) < 10_000
        True

    Source: the schedule is that of Loshchilov and Hutter, SGDR, ICLR 2017, without restarts.

    Taught in: notebooks/03_chair_extraction.ipynb
    """

    def __init__(self, seconds: float, learning_rate: float | None):
        super().__init__()
        if seconds <= 0:
            raise ValueError(f"seconds is {seconds}, expected more than 0; or training never ends.")
        self.seconds, self.learning_rate, self.start = seconds, learning_rate, None

    def on_train_batch_end(self, batch, logs=None):
        """Set the rate of the next step by the clock, or stop; Keras calls this."""
        self.start = self.start or time.perf_counter()
        share = min(1.0, (time.perf_counter() - self.start) / self.seconds)
        if self.learning_rate is not None:
            rate = self.learning_rate * (1 + math.cos(math.pi * share)) / 2
            self.model.optimizer.learning_rate = rate
        self.model.stop_training = share == 1.0
