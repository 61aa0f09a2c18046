"""Metrics: mean IoU and Dice from integer masks and logits, just as a learner has them.

Everything is read off one confusion matrix that grows batch by batch, so a streamed result equals
the result of the whole set at once.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

import keras
from keras import ops

from unetlab.losses import check_mask


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

    Taught in: notebooks/01_pets_segmentation.ipynb
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

    Taught in: notebooks/01_pets_segmentation.ipynb
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
    true = ops.one_hot(mask, num_classes, dtype="float32") * ops.expand_dims(weight, -1)
    predicted = ops.one_hot(predicted_mask, num_classes, dtype="float32")
    return ops.matmul(ops.transpose(true, (0, 2, 1)), predicted)


def dice_per_class(confusion):
    """Dice of each class: twice the pixels in common over the pixels in mask plus prediction.

    Args:
        confusion: float [..., C, C]; row: true class, column: predicted class.

    Returns:
        float [..., C]; NaN for a class that neither mask nor prediction holds.

    Example:
        >>> import numpy as np
        >>> np.asarray(dice_per_class(np.array([[1.0, 1.0], [0.0, 2.0]]))).round(3).tolist()
        [0.667, 0.8]

    Source: Dice, Measures of the Amount of Ecologic Association Between Species, 1945, page 298.

    Taught in: notebooks/01_pets_segmentation.ipynb
    """
    hits, pixels = _hits_and_pixels(confusion)
    return _ratio(2 * hits, pixels)


def iou_per_class(confusion):
    """Intersection over union of each class: the pixels in common over the pixels in either.

    Args:
        confusion: float [..., C, C]; row: true class, column: predicted class.

    Returns:
        float [..., C]; NaN for a class that neither mask nor prediction holds.

    Example:
        >>> import numpy as np
        >>> np.asarray(iou_per_class(np.array([[1.0, 1.0], [0.0, 2.0]]))).round(3).tolist()
        [0.5, 0.667]

    Source: Everingham et al., The PASCAL Visual Object Classes Challenge, 2015, section 4.1.

    Taught in: notebooks/01_pets_segmentation.ipynb
    """
    hits, pixels = _hits_and_pixels(confusion)
    return _ratio(hits, pixels - hits)


def _hits_and_pixels(confusion):
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

    Taught in: notebooks/01_pets_segmentation.ipynb
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
        self.sum = self.add_weight(shape=shape, initializer="zeros", dtype="float64", name="sum")
        self.images = self.add_weight(shape=(), initializer="zeros", dtype="float64", name="images")

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Add a batch: mask integer [B, H, W, 1], logits float [B, H, W, C], weights or None."""
        mask, logits = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
        check_mask(mask, logits)
        confusion = confusion_matrices(
            mask, class_ids(logits), self.num_classes, sample_weight, self.ignore_class
        )
        added = self._score(confusion) if self.per_image else confusion
        self.sum.assign_add(ops.cast(ops.sum(added, axis=0), "float64"))
        self.images.assign_add(ops.cast(ops.shape(confusion)[0], "float64"))

    def result(self):
        """Return the score of everything added since the last reset, a scalar."""
        score = self.sum / ops.maximum(self.images, 1) if self.per_image else self._score(self.sum)
        return ops.cast(score, self.dtype)

    def _score(self, confusion):
        scores, pixels = self.per_class(confusion), _hits_and_pixels(confusion)[1]
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

    Taught in: notebooks/01_pets_segmentation.ipynb
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

    Taught in: notebooks/01_pets_segmentation.ipynb
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
