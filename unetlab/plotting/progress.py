"""Progress: the curves so far beside the predictions of now, after each epoch."""

from collections.abc import Mapping

import keras
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import clear_output, display
from matplotlib.figure import Figure

from unetlab.metrics import class_ids
from unetlab.plotting.charts import draw_curves
from unetlab.plotting.rows import draw_rows, read_rows
from unetlab.training import BuildOptimizer


class ShowPredictions(BuildOptimizer):
    """After each epoch, replace the cell's output by the curves so far and a few predictions.

    Args:
        images: uint8 or float [B, H, W, 3], 0..255: the images to watch; three look best.
        masks: integer [B, H, W, 1], class ids from 0.
        class_names: the meaning of each class id.

    Raises:
        ValueError: as in `show_samples`.

    Example:
        >>> image, mask = np.zeros([1, 32, 32, 3]), np.zeros([1, 32, 32, 1], int)
        >>> callback = ShowPredictions(image, mask, ["a", "b"])
        >>> callback.history
        {}
    """

    def __init__(self, images, masks, class_names):
        super().__init__()
        self.rows = read_rows(images, mask=masks)  # What does not fit is said before the training.
        self.class_names = class_names
        self.history = {}

    def on_epoch_end(self, epoch, logs=None):
        """Keep the epoch's values, and show the state after it."""
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
        # Called directly: for a few images, compiling `predict` takes longer than they do.
        logits = self.model(np.stack(self.rows["image"]), training=False)
        # What is NaN is shown as the background: no picture is to end a training.
        predicted_masks = class_ids(np.nan_to_num(keras.ops.convert_to_numpy(logits)))
        figure = _show_progress(self.history, self.rows, predicted_masks, self.class_names)
        # Waiting for the new picture before the old one goes keeps the page from jumping.
        clear_output(wait=True)
        display(figure)


def _show_progress(history: Mapping, rows, predicted_masks, class_names) -> Figure:
    rows = {**rows, "predicted_mask": list(np.squeeze(predicted_masks, axis=-1))}
    figure = plt.figure(figsize=(12, 5), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(2, 3))
    draw_curves(left.subplots(2, 1, sharex=True), history)
    draw_rows(right.subplots(3, len(rows["image"]), squeeze=False), rows, class_names)
    plt.close(figure)
    return figure
