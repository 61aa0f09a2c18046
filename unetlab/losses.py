"""Losses: Dice, and Dice with cross-entropy, from integer masks and logits."""

import keras
from keras import ops

from unetlab.checks import read_batch


@keras.saving.register_keras_serializable("unetlab")
class DiceLoss(keras.losses.Loss):
    """One minus the soft Dice of each image, averaged over classes and images.

    For each image and class `1 - (2 * sum(p * t) + smooth) / (sum(p) + sum(t) + smooth)`, where t
    is 1 on the pixels of the class and p is its predicted probability. Each image counts alike,
    whatever else is in its batch. A class that an image does not hold costs `1 - smooth / (sum(p) +
    smooth)`: nothing if it is not predicted either.

    With one logit per pixel there is one class to score, the subject (class 1); with more, the mean
    is over all of them but the ignored one. An image of ignored pixels only is left out.

    Args:
        smooth: added above and below the fraction bar, in pixels.
        ignore_class: an id whose pixels count for nothing, inside or outside the classes, or None.
        **kwargs: `name`, `reduction` and `dtype` as in `keras.losses.Loss`.

    `fit` hands over mask integer [B, H, W, 1] or [B, H, W], ids from 0, and logits float
    [B, H, W, C]; `sample_weight` may hold a weight for each image, [B], or for each pixel,
    [B, H, W]: an image weighs what its pixels weigh on average.

    Raises:
        ValueError: mask and logits do not fit, or a mask holds an id outside the classes. In a
            compiled `fit` of TensorFlow this is an `InvalidArgumentError`; where the compiler takes
            no such check (XLA, JAX, PyTorch) the loss is NaN.

    Example:
        >>> import numpy as np
        >>> mask = np.array([[[[1], [0]]]])
        >>> logits = np.array([[[[9.0], [-9.0]]]])
        >>> round(float(DiceLoss(smooth=0.0)(mask, logits)), 3)
        0.0

    Source: Milletari et al., V-Net, 2016, section 3, with the sums unsquared.
    """

    def __init__(self, smooth=1.0, ignore_class=None, **kwargs):
        super().__init__(**kwargs)
        self.smooth, self.ignore_class = smooth, ignore_class

    def __call__(self, y_true, y_pred, sample_weight=None):
        """Compute the loss of a batch; Keras calls this."""
        ids, logits, counted, weight = read_batch(y_true, y_pred, self.ignore_class, sample_weight)
        # As parts of y_true they reach `call`; Keras itself weighs whole images only.
        return super().__call__({"ids": ids, "counted": counted, "weight": weight}, logits)

    def call(self, y_true, y_pred):
        """Return the loss of each image, float [B]."""
        truth, probability, _ = _by_class(y_true["ids"], y_pred)
        return self._dice(truth, probability, y_true["counted"], y_true["weight"])

    def _dice(self, truth, probability, counted, weight):
        pixels = ops.sum(counted, axis=1)
        of_image = ops.divide_no_nan(ops.sum(weight, axis=1), pixels)
        relative = ops.divide_no_nan(weight, of_image[:, None])[:, None]
        in_common = ops.sum(relative * truth * probability, axis=2)
        total = ops.sum(relative * (truth + probability), axis=2)
        # The epsilon decides 0 / 0 where smooth is 0: nothing there and nothing found is no error.
        smooth = self.smooth + keras.config.epsilon()
        dice = (2 * in_common + smooth) / (total + smooth)
        if dice.shape[-1] > 1:  # as the metrics do; one logit scores one class alone
            scored = [i for i in range(dice.shape[-1]) if i != self.ignore_class]
            dice = ops.take(dice, scored, axis=-1)
        # An image of void alone is left out of the mean over the batch. NaN is not 0: it stays.
        present = ops.mean(ops.cast(pixels != 0, dice.dtype))
        return of_image * ops.divide_no_nan(1 - ops.mean(dice, axis=-1), present)

    def get_config(self):
        """Return what `keras.saving` needs to build the loss again."""
        own = {"smooth": self.smooth, "ignore_class": self.ignore_class}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable("unetlab")
class DiceCrossEntropy(DiceLoss):
    """Cross-entropy plus the Dice loss: the one is steady, the other minds small classes.

    Cross-entropy gives every pixel a gradient from the first step on; Dice looks at each class as a
    whole, so that a thin border weighs as much as a wide background. The cross-entropy is the mean
    over the batch's pixels that are not ignored.

    Args as in `DiceLoss`.

    Example:
        >>> import numpy as np
        >>> loss = DiceCrossEntropy()
        >>> mask, logits = np.zeros([1, 4, 4, 1], int), np.zeros([1, 4, 4, 1])
        >>> round(float(loss(mask, logits)), 3)  # log 2 + 8 / 9
        1.582

    Source: Isensee et al., nnU-Net, Nature Methods 2021, Methods, "Training".
    """

    def call(self, y_true, y_pred):
        """Return the loss of each image, float [B]."""
        counted, weight = y_true["counted"], y_true["weight"]
        truth, probability, entropy = _by_class(y_true["ids"], y_pred)
        pixels = ops.mean(ops.sum(counted, axis=1))
        entropy = ops.divide_no_nan(ops.sum(weight * entropy, axis=1), pixels)
        return entropy + self._dice(truth, probability, counted, weight)


def _by_class(ids, logits):
    """Return truth and probability, [B, C, P] or one channel for two classes, and entropy."""
    # Along many pixels a processor goes several times as fast as along three classes.
    logits = ops.swapaxes(logits, 1, 2)
    if logits.shape[1] == 1:
        truth = ops.cast(ops.expand_dims(ids, 1), logits.dtype)
        entropy = ops.binary_crossentropy(truth, logits, from_logits=True)[:, 0]
        return truth, ops.sigmoid(logits), entropy
    truth = ops.one_hot(ids, logits.shape[1], axis=1, dtype=logits.dtype)
    # Keras's own log_softmax would turn the axes back.
    log_probability = logits - ops.logsumexp(logits, axis=1, keepdims=True)
    return truth, ops.exp(log_probability), -ops.sum(truth * log_probability, axis=1)
