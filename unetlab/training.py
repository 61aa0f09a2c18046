"""Training: watch the predictions get better, epoch by epoch.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

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
        predicted_masks = np.asarray(class_ids(self.model(self.images, training=False)))
        figure = show_progress(
            self.history, self.images, self.masks, predicted_masks, self.class_names
        )
        # Waiting for the new picture before the old one goes keeps the page from jumping.
        clear_output(wait=True)
        display(figure)
