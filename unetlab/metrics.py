"""Metrics: what was taken for what, and Dice and IoU from it, streamed through `fit`."""

import keras
import numpy as np
from keras import ops

from unetlab.checks import check_logits, read_batch


def class_ids(logits) -> np.ndarray:
    """Turn logits into class ids.

    Args:
        logits: float [..., C]. With one logit per pixel, positive means class 1, the subject.

    Returns:
        Class ids int32 [..., 1].

    Raises:
        ValueError: they are no logits, such as class ids, or hold NaN.

    Example:
        >>> class_ids(np.array([[-3.0, 2.0, 1.0]])).tolist()
        [[1]]
    """
    logits = check_logits(ops.convert_to_numpy(logits))
    ids = logits > 0 if logits.shape[-1] == 1 else logits.argmax(axis=-1, keepdims=True)
    return ids.astype(np.int32)


def confusion_matrices(mask, logits, ignore_class=None, sample_weight=None):
    """Count, for each image, how many pixels of each class were taken for each class.

    Returns [B, C, C] of `count_dtype()`; row: true class, column: predicted class. An image whose
    logits are NaN somewhere, or whose mask holds an id outside the classes, is NaN all over. The
    rest as in `unetlab.DiceLoss`.
    """
    dtype = count_dtype()
    true, logits, _, weight = read_batch(mask, logits, ignore_class, sample_weight, dtype)
    weight = _without_nan(logits, weight)
    batch, num_classes = ops.shape(true)[0], max(2, logits.shape[-1])
    predicted = logits[..., 0] > 0 if logits.shape[-1] == 1 else ops.argmax(logits, axis=-1)
    # One number for each image, true and predicted class: adding up by it needs no one-hots.
    cells = ops.expand_dims(ops.arange(batch), 1) * num_classes + true
    cells = cells * num_classes + ops.cast(predicted, "int32")
    counts = ops.segment_sum(ops.ravel(weight), ops.ravel(cells), batch * num_classes**2)
    counts = ops.reshape(counts, (batch, num_classes, num_classes))
    # One pixel that is NaN is one too many, whatever class is asked for.
    unknown = ops.isnan(ops.sum(weight, axis=1))
    return ops.where(unknown[:, None, None], float("nan"), counts)


def _without_nan(logits, weight):
    # NaN is larger than nothing, so that it would count as background.
    return ops.where(ops.any(ops.isnan(logits), axis=-1), float("nan"), weight)


def count_dtype() -> str:
    """Return the dtype that counts a whole data set's pixels: float64 where the backend has it.

    Float32 counts one by one no further than 2 to the power of 24, a thousand images of 128x128.
    """
    if keras.backend.backend() == "jax":
        import jax

        return "float64" if jax.config.jax_enable_x64 else "float32"
    if keras.backend.backend() == "torch":
        import torch

        return "float32" if torch.backends.mps.is_available() else "float64"
    return "float64"


def dice_per_class(confusion):
    """Dice of each class: twice the pixels in common over the pixels in mask plus prediction.

    Args:
        confusion: float [..., C, C]; row: true class, column: predicted class.

    Returns:
        float [..., C], an array for an array; NaN for a class that neither mask nor prediction
        holds.

    Example:
        >>> dice_per_class(np.array([[1.0, 1.0], [0.0, 2.0]])).round(3).tolist()
        [0.667, 0.8]

    Source: Dice, Measures of the Amount of Ecologic Association Between Species, 1945, page 298.
    """
    hits, pixels = _hits_and_pixels(confusion)
    return _like(confusion, _ratio(2 * hits, pixels))


def iou_per_class(confusion):
    """Intersection over union of each class: the pixels in common over the pixels in either.

    Args and what is returned as in `dice_per_class`.

    Example:
        >>> iou_per_class(np.array([[1.0, 1.0], [0.0, 2.0]])).round(3).tolist()
        [0.5, 0.667]

    Source: Everingham et al., The PASCAL Visual Object Classes Challenge, 2015, section 4.1.
    """
    hits, pixels = _hits_and_pixels(confusion)
    return _like(confusion, _ratio(hits, pixels - hits))


def _hits_and_pixels(confusion):
    """Return the pixels that mask and prediction share, and those of both added, [..., C]."""
    confusion = ops.convert_to_tensor(confusion)
    hits = ops.diagonal(confusion, axis1=-2, axis2=-1)
    return hits, ops.sum(confusion, axis=-1) + ops.sum(confusion, axis=-2)


def _ratio(part, whole):
    return ops.where(whole == 0, float("nan"), part / ops.where(whole == 0, 1, whole))


def _like(given, result):
    # A GPU's tensor is no array for NumPy, and who passes arrays goes on with NumPy.
    return ops.convert_to_numpy(result) if isinstance(given, np.ndarray) else result


class ConfusionMetric(keras.metrics.Metric):
    """What `Dice` and `MeanIoU` share: the confusion matrix, and the rules for what is absent.

    All pixels of the data set are counted together. A class that neither mask nor prediction holds
    has nothing right or wrong about it and is left out of the mean. Where no class is left, nothing
    was there and nothing was found: 1. Where no pixel was counted (nothing added, all ignored, or
    all weights 0) there is no score: NaN.

    Args:
        num_classes: number of classes, the background among them, as many as the model knows.
        class_id: the one class to score, or None for the mean over all but the ignored one.
        ignore_class: an id whose pixels are not counted, inside or outside the classes, or None.
        name: the metric's name in logs and in `history`.
        **kwargs: `dtype` as in `keras.metrics.Metric`.

    `fit` hands over mask, logits and `sample_weight` as to `unetlab.DiceLoss`.

    Raises:
        ValueError: class_id is no class that is scored; mask and logits do not fit each other or
            num_classes; or a mask holds an id outside the classes, as in `unetlab.DiceLoss`.
    """

    _direction = "up"  # by which Keras's callbacks know that more is better

    def __init__(self, num_classes, class_id=None, ignore_class=None, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        if class_id is not None and (class_id == ignore_class or not 0 <= class_id < num_classes):
            raise ValueError(
                f"class_id is {class_id}, expected one of 0 to {num_classes - 1} that is not "
                "ignored: nothing else can be scored; None scores all."
            )
        self.num_classes, self.class_id, self.ignore_class = num_classes, class_id, ignore_class
        self.confusion = self.add_weight(
            shape=(num_classes, num_classes),
            initializer="zeros",
            dtype=count_dtype(),
            name="confusion",
        )

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Add a batch: mask integer [B, H, W, 1], logits float [B, H, W, C], weights or None."""
        if max(2, y_pred.shape[-1]) != self.num_classes:
            raise ValueError(
                f"the logits are {tuple(y_pred.shape)} and num_classes is {self.num_classes}, "
                "expected one number of classes (two for one logit): give both the same."
            )
        matrices = confusion_matrices(y_true, y_pred, self.ignore_class, sample_weight)
        self.confusion.assign_add(ops.sum(matrices, axis=0))

    def result(self):
        """Return the score of everything added since the last reset, a scalar."""
        confusion = ops.convert_to_tensor(self.confusion)
        pixels = _hits_and_pixels(confusion)[1]
        scored = range(self.num_classes) if self.class_id is None else [self.class_id]
        scored = [i in scored and i != self.ignore_class for i in range(self.num_classes)]
        present = ops.logical_and(pixels != 0, scored)
        return ops.cast(_mean_of_present(self.per_class(confusion), present, pixels), self.dtype)

    def get_config(self):
        """Return what `keras.saving` needs to build the metric again."""
        own = ("num_classes", "class_id", "ignore_class")
        return {**super().get_config(), **{name: getattr(self, name) for name in own}}


def _mean_of_present(scores, present, pixels):
    count = ops.sum(ops.cast(present, scores.dtype), axis=-1)
    total = ops.sum(ops.where(present, scores, 0), axis=-1)
    mean = ops.where(count == 0, 1, total / ops.maximum(count, 1))
    return ops.where(ops.sum(pixels, axis=-1) == 0, float("nan"), mean)


@keras.saving.register_keras_serializable("unetlab")
class Dice(ConfusionMetric):
    """Dice over a data set, streamed: `Dice(num_classes=2, class_id=1)` is that of the subject.

    Args as in `ConfusionMetric`.

    Example:
        >>> metric = Dice(num_classes=2, class_id=1)
        >>> metric.update_state(np.array([[[[1], [0]]]]), np.array([[[[2.0], [1.0]]]]))
        >>> round(float(metric.result()), 3)
        0.667

    Source: see `dice_per_class`.
    """

    def __init__(self, num_classes, class_id=None, ignore_class=None, name="dice", **kwargs):
        super().__init__(num_classes, class_id, ignore_class, name, **kwargs)

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
        >>> metric = MeanIoU(num_classes=2)
        >>> metric.update_state(np.array([[[[1], [0]]]]), np.array([[[[2.0], [1.0]]]]))
        >>> float(metric.result())
        0.25

    Source: see `iou_per_class`.
    """

    def __init__(self, num_classes, class_id=None, ignore_class=None, name="mean_iou", **kwargs):
        super().__init__(num_classes, class_id, ignore_class, name, **kwargs)

    def per_class(self, confusion):
        """Return the IoU of each class."""
        return iou_per_class(confusion)


THRESHOLDS = np.arange(10, 20) / 20  # 0.5, 0.55, ... 0.95
LIMITS = np.log(THRESHOLDS / (1 - THRESHOLDS)).tolist()  # the same, of logits


@keras.saving.register_keras_serializable("unetlab")
class MeanIoUOverThresholds(keras.metrics.Metric):
    """Mean IoU of background and subject at ten thresholds on the probability, 0.5 to 0.95.

    It asks for certainty: a pixel of the subject with a probability of 0.62 is right at three of
    them. All pixels of the data set are counted together. A class that neither masks nor
    predictions hold at a threshold is left out of that threshold's mean, as in `MeanIoU`; where no
    pixel was counted, the score is NaN.

    Args:
        name: the metric's name in logs and in `history`.
        **kwargs: `dtype` as in `keras.metrics.Metric`.

    `fit` hands over mask integer [B, H, W, 1] or [B, H, W] with ids 0 and 1, logits float
    [B, H, W, 1], and `sample_weight` as to `unetlab.DiceLoss`.

    Example:
        >>> metric = MeanIoUOverThresholds()
        >>> metric.update_state(np.array([[[[1], [0]]]]), np.array([[[[1.0], [-1.0]]]]))
        >>> float(metric.result())  # 1 at 0.5 to 0.7; at 0.75 to 0.95, IoU 0 and 1/2
        0.625

    Source: the metric of Kaggle's 2018 Data Science Bowl kernels that the article uses, which was
    built on `tf.metrics.mean_iou`; that one added up the thresholds' running means.
    """

    _direction = "up"

    def __init__(self, name="mean_iou_over_thresholds", **kwargs):
        super().__init__(name=name, **kwargs)
        # For each threshold, from low to high: pixels by truth (row) and by prediction (column).
        self.confusion = self.add_weight(
            shape=(len(LIMITS), 2, 2),
            initializer="zeros",
            dtype=count_dtype(),
            name="confusion",
        )

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Add a batch: mask integer [B, H, W, 1], logits float [B, H, W, 1], weights or None."""
        dtype = count_dtype()
        ids, logits, _, weight = read_batch(y_true, y_pred, None, sample_weight, dtype)
        weight = _without_nan(logits, weight)
        # How many thresholds a pixel's probability lies above; comparing logits spares the sigmoid.
        # Quicker than searchsorted, which Keras 3.10 and 3.11 cannot run inside `fit`.
        logits = ops.reshape(logits, ops.shape(ids))
        above = sum(ops.cast(logits > limit, "int32") for limit in LIMITS)
        bins = len(LIMITS) + 1
        counts = ops.segment_sum(ops.ravel(weight), ops.ravel(ids * bins + above), 2 * bins)
        counts = ops.reshape(counts, (2, bins))  # by truth, and by thresholds passed
        found = ops.flip(ops.cumsum(ops.flip(counts, axis=1), axis=1), axis=1)
        added = ops.stack([found[:, :1] - found[:, 1:], found[:, 1:]], axis=-1)
        self.confusion.assign_add(ops.transpose(added, (1, 0, 2)))

    def result(self):
        """Return the score of everything added since the last reset, a scalar."""
        confusion = ops.convert_to_tensor(self.confusion)
        pixels = _hits_and_pixels(confusion)[1]
        means = _mean_of_present(iou_per_class(confusion), pixels != 0, pixels)
        return ops.cast(ops.mean(means), self.dtype)
