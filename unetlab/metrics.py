"""Metrics: what was taken for what, and Dice and IoU from these counts.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

from collections.abc import Sequence

import keras
import numpy as np
from keras import ops

from unetlab.checks import check_mask


def class_ids(logits):
    """Turn logits into class ids.

    Args:
        logits: float [..., C]. With one logit a pixel, positive means class 1, the subject.

    Returns:
        Class ids int32 [..., 1].

    Example:
        >>> import numpy as np
        >>> np.asarray(class_ids(np.array([[-3.0, 2.0, 1.0]]))).tolist()
        [[1]]
    """
    if logits.shape[-1] == 1:
        return ops.cast(logits > 0, "int32")
    return ops.expand_dims(ops.cast(ops.argmax(logits, axis=-1), "int32"), -1)


def confusion_matrices(
    mask, predicted_mask, num_classes: int, sample_weight=None, ignore_class=None
):
    """Count, for each image, how many pixels of each class were taken for each class.

    Args:
        mask: integer [B, ...], class ids from 0: the truth.
        predicted_mask: integer, of as many values: the prediction.
        num_classes: number of classes, C, the background among them.
        sample_weight: a weight for each image [B] or each pixel [B, ...], or None for 1 everywhere.
        ignore_class: an id of the truth whose pixels are not counted, or None.

    Returns:
        float32 [B, C, C]; row: true class, column: predicted class. An id outside the classes makes
        its image's matrix NaN: a wrong mask is never dropped in silence.

    Example:
        >>> import numpy as np
        >>> mask, predicted_mask = np.array([[0, 0, 1, 1]]), np.array([[0, 1, 1, 1]])
        >>> np.asarray(confusion_matrices(mask, predicted_mask, num_classes=2))[0].tolist()
        [[1.0, 1.0], [0.0, 2.0]]
    """
    batch = ops.shape(mask)[0]
    mask = ops.cast(ops.reshape(mask, (batch, -1)), "int32")
    predicted_mask = ops.cast(ops.reshape(predicted_mask, (batch, -1)), "int32")
    weight = ops.ones_like(mask, dtype="float32")
    if sample_weight is not None:
        weight *= ops.reshape(ops.cast(sample_weight, "float32"), (batch, -1))
    known = (mask >= 0) & (mask < num_classes)
    weight = ops.where(known, weight, float("nan"))
    if ignore_class is not None:
        weight = ops.where(mask == ignore_class, 0.0, weight)
    # PyTorch refuses ids beyond the classes. Whatever such a pixel counts for, its weight says it.
    mask = ops.minimum(mask, num_classes - 1)
    true = ops.one_hot(mask, num_classes, dtype="float32") * ops.expand_dims(weight, -1)
    predicted = ops.one_hot(predicted_mask, num_classes, dtype="float32")
    return ops.matmul(ops.transpose(true, (0, 2, 1)), predicted)


def count_dtype() -> str:
    """Return the dtype that counts a whole data set's pixels: float64 where the backend has it.

    Float32 counts one by one no further than 2 to the power of 24, a thousand images of 128x128.

    Returns:
        "float64"; "float32" with JAX, unless `JAX_ENABLE_X64` is set, and with PyTorch on Apple's
        graphics processors. There a score of many images is right to about five digits.

    Example:
        >>> count_dtype() in ("float32", "float64")
        True

    Source: https://docs.jax.dev/en/latest/default_dtypes.html
    """
    has_float64 = True
    if keras.backend.backend() == "jax":
        import jax

        has_float64 = jax.config.jax_enable_x64
    elif keras.backend.backend() == "torch":
        import torch

        has_float64 = not torch.backends.mps.is_available()
    return "float64" if has_float64 else "float32"


def dice_per_class(confusion):
    """Dice of each class: twice the pixels in common over the pixels in mask plus prediction.

    Args:
        confusion: float [..., C, C]; row: true class, column: predicted class.

    Returns:
        float [..., C]; NaN for a class that neither mask nor prediction holds.

    Example:
        >>> import numpy as np
        >>> np.asarray(dice_per_class(np.array([[1.0, 1.0], [0.0, 2.0]])), float).round(3).tolist()
        [0.667, 0.8]

    Source: Dice, Measures of the Amount of Ecologic Association Between Species, 1945, page 298.
    """
    hits, pixels = count_hits_and_pixels(confusion)
    return _ratio(2 * hits, pixels)


def iou_per_class(confusion):
    """Intersection over union of each class: the pixels in common over the pixels in either.

    Args:
        confusion: float [..., C, C]; row: true class, column: predicted class.

    Returns:
        float [..., C]; NaN for a class that neither mask nor prediction holds.

    Example:
        >>> import numpy as np
        >>> np.asarray(iou_per_class(np.array([[1.0, 1.0], [0.0, 2.0]])), float).round(3).tolist()
        [0.5, 0.667]

    Source: Everingham et al., The PASCAL Visual Object Classes Challenge, 2015, section 4.1.
    """
    hits, pixels = count_hits_and_pixels(confusion)
    return _ratio(hits, pixels - hits)


def count_hits_and_pixels(confusion):
    """Count the pixels that mask and prediction share, and those of both together.

    Args:
        confusion: float [..., C, C]; row: true class, column: predicted class.

    Returns:
        Two arrays, float [..., C]: the pixels in common, and the mask's plus the prediction's.

    Example:
        >>> import numpy as np
        >>> hits, pixels = count_hits_and_pixels(np.array([[1.0, 1.0], [0.0, 2.0]]))
        >>> np.asarray(hits).tolist(), np.asarray(pixels).tolist()
        ([1.0, 2.0], [3.0, 5.0])
    """
    confusion = ops.convert_to_tensor(confusion)
    hits = ops.diagonal(confusion, axis1=-2, axis2=-1)
    return hits, ops.sum(confusion, axis=-1) + ops.sum(confusion, axis=-2)


def _ratio(part, whole):
    absent = whole == 0
    return ops.where(absent, float("nan"), part / ops.where(absent, 1, whole))


class ConfusionMetric(keras.metrics.Metric):
    """What `Dice` and `MeanIoU` share: the confusion matrix, and the rule for absent classes.

    The rule: a class that neither mask nor prediction holds has nothing right or wrong about it and
    is left out of the mean. Where no class is left, nothing was there and nothing was found: 1.

    Args:
        num_classes: number of classes, the background among them.
        class_id: the one class to score, or None for the mean over all classes.
        ignore_class: an id whose pixels are not counted, inside or outside the classes, or None.
        per_image: False counts the pixels of the whole data set together, so that large subjects
            weigh more; True scores each image on its own and averages these scores.
        name: the metric's name in logs and in `history`.
        **kwargs: `dtype` as in `keras.metrics.Metric`.
    """

    def __init__(
        self, num_classes, class_id=None, ignore_class=None, per_image=False, name=None, **kwargs
    ):
        super().__init__(name=name, **kwargs)
        if num_classes < 2:
            raise ValueError(
                f"num_classes is {num_classes}, but the background is a class too; use 2 for one "
                "subject."
            )
        self.num_classes = num_classes
        self.class_id = class_id
        self.ignore_class = ignore_class
        self.per_image = per_image
        shape = () if per_image else (num_classes, num_classes)
        # Data sets hold more pixels than float32 can count one by one.
        count = {"initializer": "zeros", "dtype": count_dtype()}
        self.sum = self.add_weight(shape=shape, name="sum", **count)
        self.images = self.add_weight(shape=(), name="images", **count)

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Add a batch: mask integer [B, H, W, 1], logits float [B, H, W, C], weights or None."""
        mask, logits = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
        check_mask(mask, logits)
        confusion = confusion_matrices(
            mask, class_ids(logits), self.num_classes, sample_weight, self.ignore_class
        )
        added = self._score(confusion) if self.per_image else confusion
        self.sum.assign_add(ops.cast(ops.sum(added, axis=0), self.sum.dtype))
        self.images.assign_add(ops.cast(ops.shape(confusion)[0], self.images.dtype))

    def result(self):
        """Return the score of everything added since the last reset, a scalar."""
        score = self.sum / ops.maximum(self.images, 1) if self.per_image else self._score(self.sum)
        return ops.cast(score, self.dtype)

    def _score(self, confusion):
        scores, pixels = self.per_class(confusion), count_hits_and_pixels(confusion)[1]
        scored = range(self.num_classes) if self.class_id is None else [self.class_id]
        scored = [i in scored and i != self.ignore_class for i in range(self.num_classes)]
        present = ops.logical_and(pixels != 0, scored)
        count = ops.sum(ops.cast(present, scores.dtype), axis=-1)
        total = ops.sum(ops.where(present, scores, 0), axis=-1)
        return ops.where(count == 0, 1, total / ops.maximum(count, 1))

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
