"""Metrics: Dice and mean IoU over a data set, streamed through `fit` and `evaluate`.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

from collections.abc import Sequence

import keras
import numpy as np
from keras import ops

from unetlab.arguments import check_flag, is_number
from unetlab.batch_checks import (
    check_ids,
    check_ignored,
    check_mask,
    check_sample_weight,
    read_tensor,
)
from unetlab.checks import count_logits
from unetlab.confusion import (
    confusion_matrices,
    count_dtype,
    count_hits_and_pixels,
    dice_per_class,
    iou_per_class,
    largest_logit,
    ratio,
)


class ConfusionMetric(keras.metrics.Metric):
    """What `Dice` and `MeanIoU` share: the confusion matrix, and the rules for what is absent.

    A class that neither mask nor prediction holds has nothing right or wrong about it and is left
    out of the mean. Where no class is left, nothing was there and nothing was found: 1. Where no
    pixel was counted (nothing added, all ignored, or all weights 0) there is no score: NaN.

    Args:
        num_classes: number of classes, the background among them, as many as the model knows.
        class_id: the one class to score, or None for the mean over all but the ignored one.
        ignore_class: an id whose pixels are not counted, inside or outside the classes, or None.
        per_image: False counts the pixels of the whole data set together, so that large subjects
            weigh more; True scores each image on its own and averages these scores. There an image
            weighs what its pixels weigh on average, and one without a counted pixel is left out.
        name: the metric's name in logs and in `history`.
        **kwargs: `dtype` as in `keras.metrics.Metric`.

    `fit` hands over mask bool or integer [B, H, W, 1] or [B, H, W], ids from 0, and logits float
    [B, H, W, C]; `sample_weight` may hold a weight for each image, [B] or [B, 1], or for each
    pixel, [B, H, W] or [B, H, W, 1].

    Raises:
        ValueError: the arguments contradict each other, or what is added does not fit. What becomes
            of an id outside the classes inside `fit`: see `confusion_matrices`.
    """

    def __init__(
        self, num_classes, class_id=None, ignore_class=None, per_image=False, name=None, **kwargs
    ):
        super().__init__(name=name, **kwargs)
        count_logits(num_classes)  # refuses fewer than two
        self.num_classes = int(num_classes)
        self.ignore_class = check_ignored(ignore_class, num_classes, class_id)
        self.class_id = None if class_id is None else int(class_id)
        self.per_image = check_flag("per_image", per_image)
        shape = () if per_image else (self.num_classes, self.num_classes)
        # Data sets hold more pixels than float32 can count one by one.
        count = {"initializer": "zeros", "dtype": count_dtype()}
        self.sum = self.add_weight(shape=shape, name="sum", **count)
        self.images = self.add_weight(shape=(), name="images", **count) if per_image else None

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Add a batch: mask integer [B, H, W, 1], logits float [B, H, W, C], weights or None."""
        mask, logits = read_tensor(y_true, "mask"), read_tensor(y_pred, "logits")
        check_mask(mask, logits, self.num_classes)
        confusion = confusion_matrices(
            mask, largest_logit(logits), self.num_classes, sample_weight, self.ignore_class
        )
        # NaN is larger than nothing, so that it would count as background.
        broken = ops.any(ops.isnan(logits), axis=(1, 2, 3))
        confusion = ops.where(ops.reshape(broken, (-1, 1, 1)), float("nan"), confusion)
        if not self.per_image:
            self.sum.assign_add(ops.sum(confusion, axis=0))
            return
        weight = self._weigh_images(mask, confusion)
        scores = ops.where(weight == 0, 0, self._score(confusion))
        self.sum.assign_add(ops.sum(weight * scores))
        self.images.assign_add(ops.sum(weight))

    def _weigh_images(self, mask, confusion):
        counted = ops.reshape(mask, (ops.shape(mask)[0], -1))
        if self.ignore_class is None:
            counted = ops.ones_like(counted, dtype=confusion.dtype)
        else:
            counted = ops.cast(counted, "int32") != self.ignore_class
        pixels = ops.sum(ops.cast(counted, confusion.dtype), axis=1)
        return ops.sum(confusion, axis=(1, 2)) / ops.maximum(pixels, 1)

    def result(self):
        """Return the score of everything added since the last reset, a scalar."""
        if self.per_image:
            score = ratio(ops.convert_to_tensor(self.sum), ops.convert_to_tensor(self.images))
        else:
            score = self._score(ops.convert_to_tensor(self.sum))
        return ops.cast(score, self.dtype)

    def _score(self, confusion):
        scores, pixels = self.per_class(confusion), count_hits_and_pixels(confusion)[1]
        scored = range(self.num_classes) if self.class_id is None else [self.class_id]
        scored = [i in scored and i != self.ignore_class for i in range(self.num_classes)]
        return _mean_of_present(scores, ops.logical_and(pixels != 0, scored), pixels)

    def get_config(self):
        """Return what `keras.saving` needs to build the metric again."""
        own = ("num_classes", "class_id", "ignore_class", "per_image")
        return {**super().get_config(), **{name: getattr(self, name) for name in own}}


@keras.saving.register_keras_serializable("unetlab")
class Dice(ConfusionMetric):
    """Dice over a data set, streamed: `Dice(num_classes=2, class_id=1)` is that of the subject.

    Args as in `ConfusionMetric`.

    Example:
        >>> import numpy as np
        >>> metric = Dice(num_classes=2, class_id=1)
        >>> metric.update_state(np.array([[[[1], [0]]]]), np.array([[[[2.0], [1.0]]]]))
        >>> round(float(metric.result()), 3)
        0.667

    Source: see `dice_per_class`.
    """

    def __init__(
        self, num_classes, class_id=None, ignore_class=None, per_image=False, name="dice", **kwargs
    ):
        super().__init__(num_classes, class_id, ignore_class, per_image, name, **kwargs)

    def per_class(self, confusion):
        """Return the Dice of each class."""
        return dice_per_class(confusion)


@keras.saving.register_keras_serializable("unetlab")
class MeanIoU(ConfusionMetric):
    """Mean intersection over union, streamed; with `class_id`, the IoU of that class.

    `keras.metrics.MeanIoU` drops labels outside the classes in silence, turns fractional sample
    weights into 0 and scores a class that nobody has seen as 0; this one does not.

    Args as in `ConfusionMetric`.

    Example:
        >>> import numpy as np
        >>> metric = MeanIoU(num_classes=2)
        >>> metric.update_state(np.array([[[[1], [0]]]]), np.array([[[[2.0], [1.0]]]]))
        >>> float(metric.result())
        0.25

    Source: see `iou_per_class`.
    """

    def __init__(
        self,
        num_classes,
        class_id=None,
        ignore_class=None,
        per_image=False,
        name="mean_iou",
        **kwargs,
    ):
        super().__init__(num_classes, class_id, ignore_class, per_image, name, **kwargs)

    def per_class(self, confusion):
        """Return the IoU of each class."""
        return iou_per_class(confusion)


THRESHOLDS = tuple(np.arange(10, 20) / 20)  # 0.5, 0.55, ... 0.95


@keras.saving.register_keras_serializable("unetlab")
class MeanIoUOverThresholds(keras.metrics.Metric):
    """Mean IoU of background and subject, at each threshold on the probability, then averaged.

    It asks for certainty: a pixel of the subject with a probability of 0.6 is right at three of the
    ten thresholds. All pixels of the data set are counted together. A class that neither masks nor
    predictions hold at a threshold is left out of that threshold's mean, as in `MeanIoU`; where no
    pixel was counted, the score is NaN.

    Args:
        thresholds: probabilities, each more than 0 and less than 1: a pixel is subject where its
            probability is larger.
        name: the metric's name in logs and in `history`.
        **kwargs: `dtype` as in `keras.metrics.Metric`.

    `fit` hands over mask bool or integer [B, H, W, 1] or [B, H, W] with ids 0 and 1, and logits
    float [B, H, W, 1]; `sample_weight` is as in `MeanIoU`.

    Raises:
        ValueError: a threshold is out of range, or what is added does not fit. What becomes of an
            id outside the classes inside `fit`: see `confusion_matrices`.

    Example:
        >>> metric = MeanIoUOverThresholds(thresholds=[0.5, 0.9])
        >>> metric.update_state(np.array([[[[1], [0]]]]), np.array([[[[1.0], [-1.0]]]]))
        >>> float(metric.result())  # 1 at 0.5; at 0.9, IoU 0 and 1/2
        0.625

    Source: the metric of Kaggle's 2018 Data Science Bowl kernels that the article uses, which was
    built on `tf.metrics.mean_iou`; that one added up the thresholds' running means.
    """

    def __init__(
        self, thresholds: Sequence[float] = THRESHOLDS, name="mean_iou_over_thresholds", **kwargs
    ):
        super().__init__(name=name, **kwargs)
        several = isinstance(thresholds, (Sequence, np.ndarray)) and len(thresholds) > 0
        usable = several and all(is_number(one) and 0 < one < 1 for one in thresholds)
        if not usable or len(set(thresholds)) < len(thresholds):
            raise ValueError(
                f"thresholds is {thresholds!r}, expected probabilities between 0 and 1, each once: "
                "try [0.5, 0.75]."
            )
        self.thresholds = [float(threshold) for threshold in thresholds]
        count = len(self.thresholds)
        # For each threshold, from low to high: pixels by truth (row) and by prediction (column).
        self.confusion = self.add_weight(
            shape=(count, 2, 2), initializer="zeros", dtype=count_dtype(), name="confusion"
        )

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Add a batch: mask integer [B, H, W, 1], logits float [B, H, W, 1], weights or None."""
        mask, logits = read_tensor(y_true, "mask"), read_tensor(y_pred, "logits")
        if logits.shape[-1] != 1:
            raise ValueError(
                f"the logits are {tuple(logits.shape)}, expected one a pixel, [B, H, W, 1]: build "
                "the model for two classes."
            )
        check_mask(mask, logits)
        # NaN has no place among the thresholds.
        known = check_ids(mask, 2) & ~ops.any(ops.isnan(logits), axis=(1, 2, 3))
        truth = ops.clip(ops.cast(ops.reshape(mask, (ops.shape(logits)[0], -1)), "int32"), 0, 1)
        weight = ops.ones_like(truth, dtype=self.confusion.dtype)
        if sample_weight is not None:
            weight = weight * check_sample_weight(sample_weight, mask, weight.dtype)
        limits = [float(np.log(t / (1 - t))) for t in self.thresholds]
        # How many thresholds a pixel's probability lies above; comparing logits spares the sigmoid.
        # Quicker than searchsorted, which Keras 3.10 and 3.11 cannot run inside `fit`.
        above = sum(ops.cast(ops.ravel(logits) > limit, "int32") for limit in limits)
        bins = len(limits) + 1
        counts = ops.segment_sum(ops.ravel(weight), ops.ravel(truth) * bins + above, 2 * bins)
        counts = ops.reshape(counts, (2, bins))  # By truth, and by thresholds passed.
        found = ops.flip(ops.cumsum(ops.flip(counts, axis=1), axis=1), axis=1)
        added = ops.stack([found[:, :1] - found[:, 1:], found[:, 1:]], axis=-1)
        added = ops.where(ops.all(known), ops.transpose(added, (1, 0, 2)), float("nan"))
        self.confusion.assign_add(added)

    def result(self):
        """Return the score of everything added since the last reset, a scalar."""
        confusion = ops.convert_to_tensor(self.confusion)
        _, pixels = count_hits_and_pixels(confusion)
        means = _mean_of_present(iou_per_class(confusion), pixels != 0, pixels)
        return ops.cast(ops.mean(means), self.dtype)

    def get_config(self):
        """Return what `keras.saving` needs to build the metric again."""
        return {**super().get_config(), "thresholds": self.thresholds}


def _mean_of_present(scores, present, pixels):
    count = ops.sum(ops.cast(present, scores.dtype), axis=-1)
    total = ops.sum(ops.where(present, scores, 0), axis=-1)
    mean = ops.where(count == 0, 1, total / ops.maximum(count, 1))
    return ops.where(ops.sum(pixels, axis=-1) == 0, float("nan"), mean)
