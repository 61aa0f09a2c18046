"""The confusion matrix: what was taken for what, and the scores that are read off it.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

import keras
from keras import ops


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

    Taught in: notebooks/01_pets_segmentation.ipynb
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

    Taught in: notebooks/01_pets_segmentation.ipynb
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

    Taught in: notebooks/01_pets_segmentation.ipynb
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

    Taught in: notebooks/01_pets_segmentation.ipynb
    """
    confusion = ops.convert_to_tensor(confusion)
    hits = ops.diagonal(confusion, axis1=-2, axis2=-1)
    return hits, ops.sum(confusion, axis=-1) + ops.sum(confusion, axis=-2)


def _ratio(part, whole):
    absent = whole == 0
    return ops.where(absent, float("nan"), part / ops.where(absent, 1, whole))
