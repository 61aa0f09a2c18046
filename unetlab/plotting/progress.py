"""Progress: the curves so far beside the predictions of now, once or after each epoch.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

from collections.abc import Mapping

import keras
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import clear_output, display
from matplotlib.figure import Figure

from unetlab.arguments import check_count
from unetlab.batch_checks import read_tensor
from unetlab.confusion import largest_logit
from unetlab.plotting.charts import check_history, draw_curves
from unetlab.plotting.rows import draw_rows, read_rows
from unetlab.training import BuildOptimizer


def show_progress(history: Mapping, images, masks, predicted_masks, class_names) -> Figure:
    """Show the curves so far beside the predictions of now.

    Args:
        history: values by epoch, by name, as `fit` returns them in `.history`.
        images: as in `show_predictions`; three look best.
        masks: as in `show_predictions`.
        predicted_masks: as in `show_predictions`.
        class_names: the meaning of each class id.

    Returns:
        A Figure: curves on the left, images, masks and predictions on the right.

    Raises:
        ValueError: as in `show_samples` and `plot_history`.

    Example:
        >>> image, mask = np.zeros([1, 8, 8, 3]), np.zeros([1, 8, 8, 1], int)
        >>> show_progress({"loss": [2.0, 1.0]}, image, mask, mask, ["a", "b"])
        <Figure size ...>
    """
    rows = read_rows(images, class_names, (), mask=masks, predicted_mask=predicted_masks)
    check_history(history)
    figure = plt.figure(figsize=(12, 5), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(2, 3))
    draw_curves(left.subplots(2, 1, sharex=True), history)
    axes = right.subplots(3, len(rows["image"]), squeeze=False)
    draw_rows(axes, rows, class_names, ())
    plt.close(figure)
    return figure


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
        # What is NaN is shown as the background: no picture is to end a training.
        logits = self.model(self.images, training=False)
        predicted_masks = keras.ops.convert_to_numpy(largest_logit(read_tensor(logits, "logits")))
        figure = show_progress(
            self.history, self.images, self.masks, predicted_masks, self.class_names
        )
        # Waiting for the new picture before the old one goes keeps the page from jumping.
        clear_output(wait=True)
        display(figure)
