"""Mean IoU averaged over thresholds: the cat article's score, streamed.

Taught in: notebooks/04_photoshop.ipynb
"""

from collections.abc import Sequence

import keras
import numpy as np
from keras import ops

from unetlab.confusion import count_dtype, count_hits_and_pixels, iou_per_class
from unetlab.losses import check_mask

THRESHOLDS = tuple(np.arange(10, 20) / 20)  # 0.5, 0.55, ... 0.95


@keras.saving.register_keras_serializable("unetlab")
class MeanIoUOverThresholds(keras.metrics.Metric):
    """Mean IoU of background and subject, at each threshold on the probability, then averaged.

    It asks for certainty: a pixel of the subject with a probability of 0.6 is right at three of the
    ten thresholds. All pixels of the data set are counted together. A class that neither masks nor
    predictions hold at a threshold is left out of that threshold's mean, as in `MeanIoU`.

    Args:
        thresholds: probabilities, each more than 0 and less than 1: a pixel is subject where its
            probability is larger.
        name: the metric's name in logs and in `history`.
        **kwargs: `dtype` as in `keras.metrics.Metric`.

    `fit` hands over mask integer [B, H, W, 1] or [B, H, W] with ids 0 and 1, and logits float
    [B, H, W, 1]; a `sample_weight` [B] or [B, H, W] weighs images or pixels.

    Raises:
        ValueError: a threshold is out of range, or the logits are not one a pixel.

    Example:
        >>> metric = MeanIoUOverThresholds(thresholds=[0.5, 0.9])
        >>> metric.update_state(np.array([[[[1], [0]]]]), np.array([[[[1.0], [-1.0]]]]))
        >>> float(metric.result())  # 1 at 0.5; at 0.9, IoU 0 and 1/2
        0.625

    Source: the metric of Kaggle's 2018 Data Science Bowl kernels that the article uses, which was
    built on `tf.metrics.mean_iou`; that one added up the thresholds' running means.

    Taught in: notebooks/04_photoshop.ipynb
    """

    def __init__(
        self, thresholds: Sequence[float] = THRESHOLDS, name="mean_iou_over_thresholds", **kwargs
    ):
        super().__init__(name=name, **kwargs)
        self.thresholds = [float(threshold) for threshold in thresholds]
        if not self.thresholds or not all(0 < threshold < 1 for threshold in self.thresholds):
            raise ValueError(
                f"thresholds is {thresholds!r}, expected probabilities between 0 and 1: try "
                "[0.5, 0.75]."
            )
        count = len(self.thresholds)
        # For each threshold: pixels by truth (row) and by prediction (column).
        self.confusion = self.add_weight(
            shape=(count, 2, 2), initializer="zeros", dtype=count_dtype(), name="confusion"
        )

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Add a batch: mask integer [B, H, W, 1], logits float [B, H, W, 1], weights or None."""
        mask, logits = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
        check_mask(mask, logits)
        if logits.shape[-1] != 1:
            raise ValueError(
                f"the logits are {tuple(logits.shape)}, expected one a pixel, [B, H, W, 1]: build "
                "the model for two classes."
            )
        dtype = self.confusion.dtype
        truth = ops.cast(ops.reshape(mask, ops.shape(logits)[:-1]), dtype)
        weight = ops.ones_like(truth)
        if sample_weight is not None:
            sample_weight = ops.cast(sample_weight, dtype)
            spread = (-1, *[1] * (3 - len(sample_weight.shape)))
            shape = ops.shape(sample_weight)
            weight = weight * ops.reshape(sample_weight, shape if len(shape) == 3 else spread)
        limits = ops.convert_to_tensor([np.log(t / (1 - t)) for t in self.thresholds], logits.dtype)
        found = ops.cast(logits > limits, dtype)  # One column for each threshold.
        hits = ops.einsum("bhw,bhwt->t", weight * truth, found)
        false_hits = ops.einsum("bhw,bhwt->t", weight * (1 - truth), found)
        subject, background = ops.sum(weight * truth), ops.sum(weight * (1 - truth))
        rows = [[background - false_hits, false_hits], [subject - hits, hits]]
        added = ops.stack([ops.stack(row, axis=-1) for row in rows], axis=-2)
        self.confusion.assign_add(added)

    def result(self):
        """Return the score of everything added since the last reset, a scalar."""
        iou = iou_per_class(self.confusion)
        _, pixels = count_hits_and_pixels(self.confusion)
        present = ops.cast(pixels != 0, iou.dtype)
        count = ops.sum(present, axis=-1)
        total = ops.sum(ops.where(present != 0, iou, 0), axis=-1)
        means = ops.where(count == 0, 1, total / ops.maximum(count, 1))
        return ops.cast(ops.mean(means), self.dtype)

    def get_config(self):
        """Return what `keras.saving` needs to build the metric again."""
        return {**super().get_config(), "thresholds": self.thresholds}
