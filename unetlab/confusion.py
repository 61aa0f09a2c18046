"""Confusion: what was taken for what, image by image, and Dice and IoU of each class from it.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

import math

import keras
import numpy as np
from keras import ops

from unetlab.batch_checks import (
    assert_in_graph_or_now,
    check_ignored,
    check_sample_weight,
    read_ids,
    read_tensor,
    refuse_ids,
)
from unetlab.checks import check_logits, count_logits, read_array


def class_ids(logits):
    """Turn logits into class ids.

    Args:
        logits: float [..., C]. With one logit a pixel, positive means class 1, the subject.

    Returns:
        Class ids int32 [..., 1]: an array for an array, else a tensor.

    Raises:
        ValueError: they are no logits, such as class ids, or hold NaN. In a graph of TensorFlow,
            NaN raises `InvalidArgumentError`.

    Example:
        >>> import numpy as np
        >>> np.asarray(class_ids(np.array([[-3.0, 2.0, 1.0]]))).tolist()
        [[1]]
    """
    if isinstance(logits, np.ndarray) and logits.dtype.kind in "fV":
        check_logits(logits)
        return _like(logits, largest_logit(read_tensor(logits, "logits")))
    logits = read_tensor(logits, "logits")
    ids = largest_logit(logits)
    # NaN is larger than nothing, so that it would be the background.
    assert_in_graph_or_now(
        ops.logical_not(ops.any(ops.isnan(logits))),
        "the logits hold NaN, and go from",
        lambda: (ops.min(logits), ops.max(logits)),
        "expected numbers: look at the model's weights, and train again with a smaller learning "
        "rate if they are NaN.",
    )
    return ids


def largest_logit(logits):
    """Turn logits into class ids without a look for NaN, for who has looked or wants none.

    Args:
        logits: a tensor, float [..., C].

    Returns:
        Class ids int32 [..., 1], as from `class_ids`.

    Raises:
        ValueError: they are no logits.

    Example:
        >>> tuple(largest_logit(keras.ops.convert_to_tensor([[-3.0, 2.0, 1.0]])).shape)
        (1, 1)
    """
    dtype = keras.backend.standardize_dtype(logits.dtype)
    if "float" not in dtype or not len(logits.shape) or logits.shape[-1] == 0:
        raise ValueError(
            f"the logits are {dtype} {tuple(logits.shape)}, expected float [..., C], one or more a "
            "pixel: pass what the model gives, not class ids."
        )
    if logits.shape[-1] == 1:
        return ops.cast(logits > 0, "int32")
    return ops.expand_dims(ops.cast(ops.argmax(logits, axis=-1), "int32"), -1)


def confusion_matrices(
    mask, predicted_mask, num_classes: int, sample_weight=None, ignore_class=None
):
    """Count, for each image, how many pixels of each class were taken for each class.

    Args:
        mask: bool or integer [B, ...], class ids from 0: the truth.
        predicted_mask: bool or integer, of as many values for each image: the prediction.
        num_classes: number of classes, C, the background among them.
        sample_weight: a weight for each image, [B] or [B, 1], or for each pixel, of the mask's
            shape, or None for 1 everywhere.
        ignore_class: an id of the truth whose pixels are not counted, or None.

    Returns:
        float [B, C, C] of `count_dtype()`; row: true class, column: predicted class.

    Raises:
        ValueError: an id of either mask is none of the classes, or shapes do not fit. In a graph of
            TensorFlow, an id raises `InvalidArgumentError`; compilers that take no such check (XLA,
            JAX) make the image's matrix NaN.

    Example:
        >>> import numpy as np
        >>> mask, predicted_mask = np.array([[0, 0, 1, 1]]), np.array([[0, 1, 1, 1]])
        >>> np.asarray(confusion_matrices(mask, predicted_mask, num_classes=2))[0].tolist()
        [[1.0, 1.0], [0.0, 2.0]]
    """
    mask = read_tensor(mask, "mask")
    predicted_mask = read_tensor(predicted_mask, "predicted mask")
    count_logits(num_classes)  # refuses fewer than two
    ignore_class = check_ignored(ignore_class)
    _check_same_pixels(mask, predicted_mask)
    true, predicted = read_ids(mask, "mask"), read_ids(predicted_mask, "predicted mask")
    batch, dtype = ops.shape(mask)[0], count_dtype()
    weight = ops.ones_like(true, dtype=dtype)
    if sample_weight is not None:
        weight = weight * check_sample_weight(sample_weight, mask, dtype)
    if ignore_class is not None:
        ignored = true == ignore_class
        true, weight = ops.where(ignored, 0, true), ops.where(ignored, 0, weight)
    # What lies outside the classes is counted as well, as -1 or C: looking for it would take as
    # long as adding up.
    rows, columns = (ops.cast(ops.clip(ids, -1, num_classes), "int32") for ids in (true, predicted))
    if sample_weight is not None or ignore_class is not None:
        outside = (rows < 0) | (rows == num_classes) | (columns < 0) | (columns == num_classes)
        weight = ops.where(outside, 1, weight)  # it shows whatever it weighs
    # One number for each image, true and predicted class: adding up by it needs no one-hots.
    side = num_classes + 2
    first = ops.expand_dims(ops.arange(batch), 1) * side + 1
    cells = (first + rows) * side + 1 + columns
    counts = ops.segment_sum(ops.reshape(weight, [-1]), ops.reshape(cells, [-1]), batch * side**2)
    counts = ops.reshape(counts, (batch, side, side))
    known = _are_known(counts), _are_known(ops.swapaxes(counts, 1, 2))
    refuse_ids(known[0], true, num_classes, ignore_class, "mask")
    refuse_ids(known[1], predicted, num_classes, None, "predicted mask")
    known = ops.reshape(known[0] & known[1], (batch, 1, 1))
    return ops.where(known, counts[:, 1:-1, 1:-1], float("nan"))


def _are_known(counts):
    return ops.sum(counts[:, 0] + counts[:, -1], axis=1) == 0


def _check_same_pixels(mask, predicted_mask) -> None:
    shapes = [tuple(part.shape) for part in (mask, predicted_mask)]
    if any(None in shape for shape in shapes):
        return
    images_and_pixels = {(shape[:1], math.prod(shape[1:])) for shape in shapes}
    if len(images_and_pixels) > 1:
        raise ValueError(
            f"the mask is {shapes[0]} and the predicted mask {shapes[1]}, expected as many ids for "
            "as many images: predict at the mask's own size, and turn logits into ids with "
            "class_ids."
        )


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
        float [..., C], an array for an array; NaN for a class that neither mask nor prediction
        holds.

    Example:
        >>> import numpy as np
        >>> np.asarray(dice_per_class(np.array([[1.0, 1.0], [0.0, 2.0]])), float).round(3).tolist()
        [0.667, 0.8]

    Source: Dice, Measures of the Amount of Ecologic Association Between Species, 1945, page 298.
    """
    hits, pixels = count_hits_and_pixels(confusion)
    return _like(confusion, ratio(2 * hits, pixels))


def iou_per_class(confusion):
    """Intersection over union of each class: the pixels in common over the pixels in either.

    Args:
        confusion: float [..., C, C]; row: true class, column: predicted class.

    Returns:
        float [..., C], an array for an array; NaN for a class that neither mask nor prediction
        holds.

    Example:
        >>> import numpy as np
        >>> np.asarray(iou_per_class(np.array([[1.0, 1.0], [0.0, 2.0]])), float).round(3).tolist()
        [0.5, 0.667]

    Source: Everingham et al., The PASCAL Visual Object Classes Challenge, 2015, section 4.1.
    """
    hits, pixels = count_hits_and_pixels(confusion)
    return _like(confusion, ratio(hits, pixels - hits))


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
    if isinstance(confusion, (np.ndarray, list, tuple)):
        _check_counts(read_array(confusion, "confusion"))
    confusion = read_tensor(confusion, "confusion")
    shape = tuple(confusion.shape)
    if len(shape) < 2 or shape[-1] != shape[-2]:
        raise ValueError(
            f"the confusion is {shape}, expected [..., C, C], a row and a column for each class: "
            "make it with confusion_matrices."
        )
    hits = ops.diagonal(confusion, axis1=-2, axis2=-1)
    return hits, ops.sum(confusion, axis=-1) + ops.sum(confusion, axis=-2)


def _check_counts(confusion: np.ndarray) -> None:
    if confusion.dtype.kind in "iuf" and (confusion < 0).any():
        raise ValueError(
            f"the confusion holds {confusion.min():g}, expected numbers of pixels >= 0: make it "
            "with confusion_matrices."
        )


def _like(given, result):
    # A GPU's tensor is no array for NumPy, and who passes arrays goes on with NumPy.
    return ops.convert_to_numpy(result) if isinstance(given, np.ndarray) else result


def ratio(part, whole):
    """Divide, where there is something to divide by.

    Args:
        part: float [...].
        whole: float [...], of the same shape.

    Returns:
        A tensor, NaN where the whole is 0.

    Example:
        >>> import numpy as np
        >>> np.asarray(ratio(np.array([1.0, 0.0]), np.array([4.0, 0.0]))).tolist()
        [0.25, nan]
    """
    absent = whole == 0
    return ops.where(absent, float("nan"), part / ops.where(absent, 1, whole))
