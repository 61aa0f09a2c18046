"""Metrics: mean IoU and Dice from integer masks and logits, just as a learner has them.

Everything is read off one confusion matrix that grows batch by batch, so a streamed result equals
the result of the whole set at once.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

import keras
from keras import ops

from unetlab.confusion import (
    class_ids,
    confusion_matrices,
    count_dtype,
    count_hits_and_pixels,
    dice_per_class,
    iou_per_class,
)
from unetlab.losses import check_mask


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
