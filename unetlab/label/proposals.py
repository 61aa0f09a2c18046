"""Propose: what the network thinks of a photo, for a person to correct."""

import cv2
import keras
import numpy as np

from unetlab.prediction import predict_logits

# A model of open size reads no more than this, in pixels of the longer side.
LONGEST_SIDE = 1024
OPEN_SIZE = (128, 128)


def propose(model: keras.Model, image) -> np.ndarray:
    """Propose the mask of a photo, at the photo's own size.

    Args:
        model: from image [B, h, w, 3] in 0..255 to logits [B, h, w, C]: one logit for a subject
            against the rest, or one for each class.
        image: uint8 or float [H, W, 3], 0..255, of any size.

    Returns:
        mask: uint8 [H, W, 1], class ids from 0.

    Raises:
        ValueError: the image has another shape, or its values are not in 0..255.

    Example:
        >>> model = keras.Sequential([keras.Input([32, 32, 3]), keras.layers.Conv2D(3, 1)])
        >>> propose(model, np.zeros([50, 70, 3], np.uint8)).shape
        (50, 70, 1)
    """
    height, width = image.shape[:2]
    logits = predict_logits(model, shrink(image, model_size(model, image)))
    # Channel by channel, so that a large photo never needs all its logits at once.
    enlarge = lambda channel: cv2.resize(channel, (width, height))  # noqa: E731
    if logits.shape[-1] == 1:
        return (enlarge(logits[..., 0]) > 0).astype(np.uint8)[..., None]
    best, mask = enlarge(logits[..., 0]), np.zeros([height, width], np.uint8)
    for class_id in range(1, logits.shape[-1]):
        channel = enlarge(logits[..., class_id])
        mask[channel > best] = class_id
        np.maximum(best, channel, out=best)
    return mask[..., None]


def shrink(image, image_size: tuple[int, int]) -> np.ndarray:
    """Bring a photo to a model's size: the mean of the pixels where it shrinks."""
    height, width = image_size
    grows = height * width > image.shape[0] * image.shape[1]
    if image.dtype.kind == "f":
        image = image.astype(np.float32)
    return cv2.resize(
        image, (width, height), interpolation=cv2.INTER_LINEAR if grows else cv2.INTER_AREA
    )


def model_size(model: keras.Model, image, fixed: bool = False) -> tuple[int, int]:
    """Say at what size a model is shown a photo: its own, or for an open one at most 1024 a side.

    `fixed` photos all have one size, to be shown together.
    """
    size = model.input_shape[1:3]
    if None not in size:
        return size
    if fixed:
        return OPEN_SIZE
    share = min(1.0, LONGEST_SIDE / max(image.shape[:2]))
    return max(1, round(image.shape[0] * share)), max(1, round(image.shape[1] * share))
