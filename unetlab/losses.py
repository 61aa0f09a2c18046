"""Losses: Dice, and Dice with cross-entropy, from integer masks and logits.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

import keras
from keras import ops

from unetlab.arguments import is_number
from unetlab.batch_checks import (
    check_ids,
    check_ignored,
    check_mask,
    check_sample_weight,
    read_tensor,
)


@keras.saving.register_keras_serializable("unetlab")
class DiceLoss(keras.losses.Loss):
    """One minus the soft Dice of each image, averaged over classes and images.

    For each image and class `1 - (2 * sum(p * t) + smooth) / (sum(p) + sum(t) + smooth)`, where t
    is 1 on the pixels of the class and p is its predicted probability. Each image counts alike,
    whatever else is in its batch. A class that an image does not hold costs `1 - smooth / (sum(p) +
    smooth)`: nothing if it is not predicted either.

    With one logit a pixel there is one class to score, the subject (class 1); with more, the mean
    is over all of them but the ignored one. An image of ignored pixels only is left out.

    Args:
        smooth: added above and below the fraction bar, in pixels, at least 0.
        ignore_class: an id whose pixels count for nothing, inside or outside the classes, or None.
        name: the loss's name in Keras.
        **kwargs: `reduction` and `dtype` as in `keras.losses.Loss`.

    `fit` hands over mask bool or integer [B, H, W, 1] or [B, H, W], ids from 0, and logits float
    [B, H, W, C]; `sample_weight` may hold a weight for each image, [B] or [B, 1], or for each
    pixel, [B, H, W] or [B, H, W, 1]: an image weighs what its pixels weigh on average.

    Raises:
        ValueError: an argument is out of range, or what the loss is called with does not fit. An id
            outside the classes raises an `InvalidArgumentError` from TensorFlow's compiled `fit`;
            compilers that take no such check (XLA, JAX) make the loss NaN.

    Example:
        >>> import numpy as np
        >>> mask = np.array([[[[1], [0]]]])
        >>> logits = np.array([[[[9.0], [-9.0]]]])
        >>> round(float(DiceLoss(smooth=0.0)(mask, logits)), 3)
        0.0

    Source: Milletari et al., V-Net, 2016, section 3, with the sums unsquared.
    """

    def __init__(self, smooth=1.0, ignore_class=None, name="dice_loss", **kwargs):
        super().__init__(name=name, **kwargs)
        if not is_number(smooth) or not 0 <= smooth < float("inf"):
            raise ValueError(f"smooth is {smooth!r}, expected a number of pixels >= 0: try 1.0.")
        self.smooth = float(smooth)
        self.ignore_class = check_ignored(ignore_class)

    def __call__(self, y_true, y_pred, sample_weight=None):
        """Compute the loss of a batch; Keras calls this."""
        mask, logits = read_tensor(y_true, "mask"), read_tensor(y_pred, "logits")
        num_classes = check_mask(mask, logits)
        if logits.shape[-1] == 1 and self.ignore_class == 1:
            raise ValueError(
                "ignore_class is 1, the only class that one logit a pixel scores: build the model "
                "for three classes, or ignore another id."
            )
        known = check_ids(mask, num_classes, self.ignore_class)
        # A row of pixels for each image, [B, P].
        batch = ops.shape(logits)[0]
        row = ops.cast(ops.reshape(mask, (batch, -1)), "int32")
        parts = {"mask": ops.clip(row, 0, num_classes - 1), "known": known}
        if self.ignore_class is not None:
            parts["counted"] = ops.cast(row != self.ignore_class, self.dtype)
            parts["pixels"] = ops.sum(parts["counted"], axis=1)
        if sample_weight is not None:
            sample_weight = check_sample_weight(sample_weight, mask, self.dtype)
            parts, sample_weight = _weigh(parts, sample_weight)
        # As parts of y_true they reach `call`; Keras itself weighs whole images only.
        return super().__call__(
            parts, ops.reshape(logits, (batch, -1, logits.shape[-1])), sample_weight
        )

    def call(self, y_true, y_pred):
        """Return the loss of each image, float [B]."""
        truth, probability, _ = _by_class(y_true["mask"], y_pred)
        return _refuse(self._dice(truth, probability, y_true), y_true)

    def _dice(self, truth, probability, parts):
        in_common, total = truth * probability, truth + probability
        if "counted" in parts:
            counted = ops.expand_dims(parts["counted"], -1)
            in_common, total = counted * in_common, counted * total
        in_common, total = ops.sum(in_common, axis=1), ops.sum(total, axis=1)
        # The epsilon decides 0 / 0 where smooth is 0: nothing there and nothing found is no error.
        smooth = self.smooth + keras.config.epsilon()
        dice = (2 * in_common + smooth) / (total + smooth)
        if dice.shape[-1] > 1:  # As the metrics do; one logit scores one class alone.
            scored = [i for i in range(dice.shape[-1]) if i != self.ignore_class]
            dice = ops.take(dice, scored, axis=-1)
        loss = 1 - ops.mean(dice, axis=-1)
        if "pixels" in parts:
            present = ops.cast(parts["pixels"] > 0, loss.dtype)
            loss = loss * ops.divide_no_nan(present, ops.mean(present))
        return loss

    def get_config(self):
        """Return what `keras.saving` needs to build the loss again."""
        own = {"smooth": self.smooth, "ignore_class": self.ignore_class}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable("unetlab")
class DiceCrossEntropy(DiceLoss):
    """Cross-entropy plus the Dice loss: the one is steady, the other minds small classes.

    Cross-entropy gives every pixel a gradient from the first step on; Dice looks at each class as a
    whole, so that a thin border weighs as much as a wide background. Both are averaged over images.

    Args:
        smooth: as in `DiceLoss`.
        ignore_class: as in `DiceLoss`.
        name: the loss's name in Keras.
        **kwargs: `reduction` and `dtype` as in `keras.losses.Loss`.

    Example:
        >>> import numpy as np
        >>> loss = DiceCrossEntropy()
        >>> mask, logits = np.zeros([1, 4, 4, 1], int), np.zeros([1, 4, 4, 1])
        >>> round(float(loss(mask, logits)), 3)  # log 2 + 8 / 9
        1.582

    Source: Isensee et al., nnU-Net, Nature Methods 2021, Methods, "Training".
    """

    def __init__(self, smooth=1.0, ignore_class=None, name="dice_cross_entropy", **kwargs):
        super().__init__(smooth, ignore_class, name, **kwargs)

    def call(self, y_true, y_pred):
        """Return the loss of each image, float [B]."""
        truth, probability, entropy = _by_class(y_true["mask"], y_pred)
        if "counted" in y_true:
            entropy = y_true["counted"] * entropy
        if "pixels" in y_true:  # Their mean, as Keras has it, is over the whole batch.
            entropy = ops.divide_no_nan(ops.sum(entropy, axis=1), ops.mean(y_true["pixels"]))
        else:
            entropy = ops.mean(entropy, axis=1)
        return _refuse(entropy + self._dice(truth, probability, y_true), y_true)


def _by_class(mask, logits):
    """Return truth and probability, [B, P, C] or one channel for two classes, and entropy."""
    if logits.shape[-1] == 1:
        truth = ops.cast(ops.expand_dims(mask, -1), logits.dtype)
        entropy = ops.binary_crossentropy(truth, logits, from_logits=True)[..., 0]
        return truth, ops.sigmoid(logits), entropy
    truth = ops.one_hot(mask, logits.shape[-1], dtype=logits.dtype)
    # One softmax for both: it takes as long as everything else here.
    log_probability = ops.log_softmax(logits, axis=-1)
    return truth, ops.exp(log_probability), -ops.sum(truth * log_probability, axis=-1)


def _weigh(parts, weight):
    """Return the parts with each pixel's weight in its image, and the weight of each image, [B]."""
    if weight.shape[1] == 1:
        return parts, weight[:, 0]
    counted = weight * parts.get("counted", 1.0)
    pixels = parts.get("pixels", ops.cast(ops.shape(weight)[1], weight.dtype))
    of_image = ops.divide_no_nan(ops.sum(counted, axis=1), pixels)
    relative = ops.divide_no_nan(counted, ops.expand_dims(of_image, -1))
    return {**parts, "counted": relative}, of_image


def _refuse(loss, parts):
    # What `check_ids` could not raise: no number is better than a wrong one.
    return ops.where(parts["known"] > 0, loss, float("nan"))
