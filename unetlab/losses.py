"""Losses: Dice, and Dice with cross-entropy, from integer masks and logits.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

import math

import keras
from keras import ops

from unetlab.checks import check_mask


@keras.saving.register_keras_serializable("unetlab")
class DiceLoss(keras.losses.Loss):
    """One minus the soft Dice of each image, averaged over classes and images.

    For each image and class `1 - (2 * sum(p * t) + smooth) / (sum(p) + sum(t) + smooth)`, where t
    is 1 on the pixels of the class and p is its predicted probability. Each image counts alike,
    whatever else is in its batch. A class that an image does not hold costs `1 - smooth / (sum(p) +
    smooth)`: nothing if it is not predicted either.

    With one logit a pixel there is one class to score, the subject (class 1); with more, the mean
    is over all of them.

    Args:
        smooth: added above and below the fraction bar, in pixels.
        ignore_class: a class id whose pixels count for nothing, or None.
        name: the loss's name in Keras.
        **kwargs: `reduction` and `dtype` as in `keras.losses.Loss`.

    `fit` hands over mask integer [B, H, W, 1] or [B, H, W], ids from 0, and logits float
    [B, H, W, C]; `sample_weight` may hold a weight for each image [B] or each pixel [B, H, W].

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
        self.smooth = smooth
        self.ignore_class = ignore_class

    def __call__(self, y_true, y_pred, sample_weight=None):
        """Compute the loss of a batch; Keras calls this."""
        mask, logits = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
        check_mask(mask, logits)
        mask = ops.reshape(ops.cast(mask, "int32"), ops.shape(logits)[:-1])
        weight = []  # of each pixel, where they differ
        if self.ignore_class is not None:
            weight.append(ops.cast(mask != self.ignore_class, self.dtype))
            mask = ops.where(mask == self.ignore_class, 0, mask)
        if sample_weight is not None and len(sample_weight.shape) > 1:
            weight.append(ops.reshape(ops.cast(sample_weight, self.dtype), ops.shape(mask)))
            sample_weight = None
        # Keras weighs whole images only; as a part of y_true the weights reach the pixels.
        y_true = (mask, math.prod(weight)) if weight else (mask,)
        return super().__call__(y_true, logits, sample_weight)

    def call(self, y_true, y_pred):
        """Return the loss of each image, float [B]."""
        mask, *weight = y_true
        truth, probability, _ = _by_class(mask, y_pred)
        return self._dice(truth, probability, *weight)

    def _dice(self, truth, probability, weight=None):
        in_common, total = truth * probability, truth + probability
        if weight is not None:
            weight = ops.expand_dims(weight, -1)
            in_common, total = weight * in_common, weight * total
        in_common, total = ops.sum(in_common, axis=(1, 2)), ops.sum(total, axis=(1, 2))
        # The epsilon decides 0 / 0 where smooth is 0: nothing there and nothing found is no error.
        smooth = self.smooth + keras.config.epsilon()
        return 1 - ops.mean((2 * in_common + smooth) / (total + smooth), axis=-1)

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
        mask, *weight = y_true
        truth, probability, entropy = _by_class(mask, y_pred)
        weighed = weight[0] * entropy if weight else entropy
        return ops.mean(weighed, axis=(1, 2)) + self._dice(truth, probability, *weight)


def _by_class(mask, logits):
    """Return truth and probability, [B, H, W, C] or one channel for two classes, and entropy."""
    if logits.shape[-1] == 1:
        truth = ops.cast(ops.expand_dims(mask, -1), logits.dtype)
        entropy = ops.binary_crossentropy(truth, logits, from_logits=True)[..., 0]
        return truth, ops.sigmoid(logits), entropy
    truth = ops.one_hot(mask, logits.shape[-1], dtype=logits.dtype)
    # One softmax for both: it takes as long as everything else here.
    log_probability = ops.log_softmax(logits, axis=-1)
    return truth, ops.exp(log_probability), -ops.sum(truth * log_probability, axis=-1)
