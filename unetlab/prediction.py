"""Prediction: an image of any size in, a mask of the same size out; whole, framed or by tiles."""

import itertools
from collections.abc import Callable

import cv2
import keras
import numpy as np
import tensorflow as tf
from scipy.special import expit, softmax

from unetlab.checks import check_gives_logits, check_image, check_logits, check_thresholds
from unetlab.metrics import class_ids, confusion_matrices


def predict_logits(model: keras.Model, image) -> np.ndarray:
    """Predict logits at the image's own size.

    For a model of a fixed size the image is shrunk to it, and the logits are enlarged: enlarging
    the mask itself would turn its edges into stairs. A model of open size reads the image as it is,
    mirrored outwards to a multiple of 32, so that five halvings divide it.

    Args:
        model: from image [B, h, w, 3] in 0..255 to logits [B, h, w, C].
        image: uint8 or float [H, W, 3], 0..255, of any size.

    Returns:
        logits: float32 [H, W, C].

    Raises:
        ValueError: the image is none in 0..255, or the logits are NaN or, of a model of open size,
            no whole part of the image.

    Example:
        >>> model = keras.Sequential([keras.Input([32, 32, 3]), keras.layers.Conv2D(3, 1)])
        >>> predict_logits(model, np.zeros([50, 70, 3], np.uint8)).shape
        (50, 70, 3)
    """
    image = check_image(image)
    height, width = image.shape[:2]
    size = model.input_shape[1:3]
    if None in size:
        size = [-(-side // 32) * 32 for side in (height, width)]
        shown, crop = _grow(image.astype(np.float32), size), size
    else:
        shown, crop = tf.image.resize(image, size, antialias=True), (height, width)
    return _predict_shown(model, shown, crop)[:height, :width].numpy()


def _predict_shown(model: keras.Model, shown, size):
    check_gives_logits(model)
    # Calling the model itself would run layer by layer: three to eight times slower, measured with
    # MobileNetV2 at 512 and 96 pixels. This compiles in a second, once.
    logits = check_logits(model.predict_on_batch(np.asarray(shown)[None]))
    if None in model.input_shape[1:3] and np.mod(size, logits.shape[1:3]).any():
        raise ValueError(
            f"the logits are {logits.shape} for an image of {tuple(size)} pixels, expected a whole "
            "part of it, or the mask would not lie on the photo: build the model for a fixed size "
            "that its strides divide, with padding in its convolutions."
        )
    return tf.image.resize(logits, size)[0]


def predict_framed(model: keras.Model, image, margin: float = 0.0) -> np.ndarray:
    """Predict as `predict_logits`, but shrink the image in its own proportions into the frame.

    The rest of the frame mirrors it. In a margin, a share of the longer side, its outermost pixels
    are drawn outwards instead: where a photo ends, a network has learned to expect background, and
    finds a subject that the edge cuts in part.
    """
    frame = model.input_shape[1:3]
    image = check_image(image)
    sides = image.shape[:2]
    wide = [side + 2 * margin * max(sides) for side in sides]
    scale = min(outer / side for outer, side in zip(frame, wide, strict=True))
    inner = [max(1, round(side * scale)) for side in sides]
    top, left = ((outer - side) // 2 for outer, side in zip(frame, inner, strict=True))
    below, right = frame[0] - inner[0] - top, frame[1] - inner[1] - left
    small = tf.image.resize(image, inner, antialias=True).numpy()
    fill = cv2.BORDER_REPLICATE if margin else cv2.BORDER_REFLECT
    framed = cv2.copyMakeBorder(small, top, below, left, right, fill)
    logits = _predict_shown(model, framed, frame)
    inside = logits[top : top + inner[0], left : left + inner[1]]
    return tf.image.resize(inside, sides).numpy()


def predict_mask(model: keras.Model, image, threshold: float = 0.5) -> np.ndarray:
    """Predict the mask of one image, at the image's own size.

    Args:
        model: as in `predict_logits`.
        image: as in `predict_logits`; of a file, what `load_image` returns.
        threshold: for a model of one logit per pixel, the probability above which a pixel is
            subject; more than 0 and less than 1.

    Returns:
        predicted_mask: uint8 [H, W, 1], class ids from 0; uint16 for more than 256 classes. Pillow
            takes predicted_mask[..., 0]; `write_masks` makes pictures to look at.

    Raises:
        ValueError: as in `predict_logits`; or the threshold is no probability.

    Example:
        >>> model = keras.Sequential([keras.Input([32, 32, 3]), keras.layers.Conv2D(1, 1)])
        >>> predict_mask(model, np.zeros([50, 70, 3], np.uint8)).shape
        (50, 70, 1)
    """
    logits = predict_logits(model, image)
    if threshold != 0.5:
        if logits.shape[-1] > 1:
            raise ValueError(
                f"threshold is {threshold} and the model knows {logits.shape[-1]} classes: the "
                "likeliest wins, so leave threshold out."
            )
        (limit,) = check_thresholds([threshold])
        logits = logits - np.log(limit / (1 - limit))
    return class_ids(logits).astype(np.uint8 if logits.shape[-1] <= 256 else np.uint16)


def to_probability(logits) -> np.ndarray:
    """Turn logits into probabilities: the sigmoid of one logit a pixel, the softmax of several.

    Args:
        logits: float [H, W, C] or [B, H, W, C].

    Returns:
        float32 of the same shape, 0..1: with one logit a pixel the subject's probability, else
        each class's.

    Raises:
        ValueError: the logits have another shape, such as [H, W], are class ids, or hold NaN.

    Example:
        >>> [to_probability(np.zeros([1, 1, count])).tolist() for count in (1, 4)]
        [[[[0.5]]], [[[0.25, 0.25, 0.25, 0.25]]]]
    """
    logits = check_logits(logits).astype(np.float32)
    if logits.ndim not in (3, 4):
        raise ValueError(
            f"the logits are {logits.shape}, expected [H, W, C] or [B, H, W, C]: add the axis of "
            "the classes with logits[..., None]."
        )
    return expit(logits) if logits.shape[-1] == 1 else softmax(logits, axis=-1)


def confusion_by_image(
    model: keras.Model, batches: tf.data.Dataset, *, ignore_class: int | None = None
) -> np.ndarray:
    """Predict every batch once and count, image by image, what was taken for what.

    The sum over the images is the confusion matrix of the data set; each one alone says how well
    its image went.

    Args:
        model: from image [B, H, W, 3] to logits [B, H, W, C].
        batches: (image, mask) or (image, mask, sample_weight); weights are not used.
        ignore_class: an id of the masks whose pixels are not counted, or None.

    Returns:
        float64 [N, C, C] for C classes; row: true class, column: predicted class.

    Raises:
        ValueError: an image is not in 0..255, or a mask holds an id outside the model's classes.

    Example:
        >>> from unetlab.drawn.scenes import load_shapes
        >>> model = keras.Sequential([keras.Input([32, 32, 3]), keras.layers.Conv2D(1, 1)])
        >>> confusion_by_image(model, load_shapes("cars", 3, 32).batch(2)).shape
        (3, 2, 2)
    """
    check_gives_logits(model)
    matrices = []
    for image, mask, *_ in batches:
        # JAX's and PyTorch's `predict_on_batch` take no tensors of tf.data.
        image, mask = np.asarray(image), np.asarray(mask)
        check_image(image.reshape(-1, *image.shape[2:]))  # one above the other
        logits = check_logits(model.predict_on_batch(image))
        confusion = confusion_matrices(mask, logits, ignore_class)
        matrices.append(keras.ops.convert_to_numpy(confusion))
    return np.concatenate(matrices).astype(np.float64)


def predict_tiles(model: keras.Model, image, overlap: float = 0.25) -> np.ndarray:
    """Predict logits for a photo of any size, tile by tile at the photo's own resolution.

    Each tile is as large as the model's input. Where tiles overlap, their logits are averaged with
    weights that fall towards a tile's border, where the model sees the least around a pixel, so
    that no seam shows. A model that was trained on whole, shrunken photos sees parts at an unusual
    size here: train it on parts, or shrink the photo part of the way first.

    Args:
        model: from image [B, h, w, 3] in 0..255 to logits [B, h, w, C], with a fixed size.
        image: uint8 or float [H, W, 3], 0..255; a photo smaller than a tile is mirrored outwards.
        overlap: the least share of a tile's side that it shares with the next one, 0..0.9.

    Returns:
        logits: float32 [H, W, C].

    Raises:
        ValueError: as in `predict_logits`; or the overlap is no share.

    Example:
        >>> model = keras.Sequential([keras.Input([32, 32, 3]), keras.layers.Conv2D(1, 1)])
        >>> predict_tiles(model, np.zeros([50, 70, 3], np.uint8)).shape
        (50, 70, 1)

    Source: the overlap-tile strategy of Ronneberger et al., U-Net, 2015, figure 2, with weights.
    """
    if not 0 <= overlap <= 0.9:
        raise ValueError(f"overlap is {overlap}, expected a share of a tile in 0..0.9: try 0.25.")
    check_gives_logits(model)
    image = check_image(image)
    height, width = image.shape[:2]
    size = model.input_shape[1:3]
    image = _grow(image, size)
    starts = (_starts(*sides, overlap) for sides in zip(image.shape, size, strict=False))
    places = [np.s_[y : y + size[0], x : x + size[1]] for y, x in itertools.product(*starts)]
    window = _window(size)
    total = np.zeros([*image.shape[:2], model.output_shape[-1]], np.float32)
    weights = np.zeros([*image.shape[:2], 1], np.float32)
    for first in range(0, len(places), 8):
        some = places[first : first + 8]
        tiles = np.stack([image[place] for place in some], dtype=np.float32)
        logits = np.asarray(model.predict_on_batch(tiles), np.float32)
        for place, tile in zip(some, logits, strict=True):
            total[place] += tile * window
            weights[place] += window
    return check_logits(total / weights)[:height, :width]


def average_mirrored(predict: Callable, image) -> np.ndarray:
    """Predict a photo and its mirror image, and average the two: twice the work, steadier edges.

    Args:
        predict: from an image [H, W, 3] to logits [H, W, C], such as `predict_logits` or
            `predict_tiles` with its model.
        image: uint8 or float [H, W, 3], 0..255.

    Returns:
        logits: float32 [H, W, C].

    Raises:
        ValueError: `predict` gives class ids, which have no average, or a batch.

    Example:
        >>> image = np.array([[[1.0] * 3, [5.0] * 3]])
        >>> average_mirrored(lambda image: image[..., :1], image).tolist()
        [[[1.0], [5.0]]]

    Source: Krizhevsky et al., ImageNet Classification with Deep Convolutional Neural Networks,
    2012, section 4.1, average over reflections at test time.
    """
    image = np.asarray(image)
    logits, mirrored = (np.asarray(predict(part)) for part in (image, image[:, ::-1]))
    if logits.dtype.kind not in "fV" or logits.ndim != 3:
        raise ValueError(
            f"predict gives {logits.dtype} {logits.shape}, expected logits, float [H, W, C]: class "
            "ids have no average; pass functools.partial(predict_logits, model)."
        )
    return (logits + mirrored[:, ::-1]) / 2


def _starts(side: int, tile: int, overlap: float) -> np.ndarray:
    # Spread evenly, so that the last tile ends with the photo and none is nearly empty.
    count = 1 + int(np.ceil((side - tile) / (tile * (1 - overlap))))
    return np.linspace(0, side - tile, count).round().astype(int)


def _window(size: tuple[int, int]) -> np.ndarray:
    rows, columns = (np.minimum(np.arange(1, n + 1), np.arange(n, 0, -1)) / n for n in size)
    return np.outer(rows, columns)[..., None].astype(np.float32)


def _grow(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    below, right = (max(0, wanted - side) for wanted, side in zip(size, image.shape, strict=False))
    return cv2.copyMakeBorder(image, 0, below, 0, right, cv2.BORDER_REFLECT)
