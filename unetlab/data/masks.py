"""Mask files: from colours or greys, as people save them, to class ids."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np
import tensorflow as tf
from PIL import Image, ImageOps

from unetlab.checks import height_and_width

Colour = tuple[int, int, int]
GLANCE = 64  # Pixels of the longer side; enough to see which colours a mask has.


def load_mask(
    path: str | Path, colours: Sequence[Colour] | None = None, threshold: int = 127
) -> np.ndarray:
    """Read a mask file of any format, upright, as class ids.

    Transparency is ignored: what counts is the colour that a pixel has underneath.

    Args:
        path: the file.
        colours: one colour (red, green, blue), 0..255, for each class; a pixel takes the class of
            the nearest one, as a mask saved as JPEG holds other colours too. None for a grey mask.
        threshold: of a grey mask, values above it are class 1, the subject.

    Returns:
        mask: uint8 [H, W, 1], class ids from 0.

    Raises:
        ValueError: the file is no image, empty or cut short.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Image.new("RGB", (2, 1), (250, 3, 0)).save(f"{folder}/mask.png")
        ...     load_mask(f"{folder}/mask.png", [(0, 0, 255), (255, 0, 0)]).ravel().tolist()
        [1, 1]
    """
    values = _read(path, keep_grey=colours is None)
    if colours is None:
        # Channel by channel, be it one or three: NumPy is ten times slower along an axis of three.
        brightest = np.maximum.reduce(cv2.split(values))
        return (brightest > threshold).astype(np.uint8)[..., None]
    # |value - colour|² less |value|², which is the same for all colours; whole numbers below 2**24,
    # which float32 holds exactly.
    colours = np.asarray(colours, np.float32)
    weights = np.column_stack([-2 * colours, (colours**2).sum(axis=1)])
    distances = cv2.split(cv2.transform(values.astype(np.float32), weights))
    return np.argmin(distances, axis=0).astype(np.uint8)[..., None]


def find_mask_coding(paths: Iterable[str | Path]) -> tuple[list[Colour] | None, int]:
    """Find out how masks of one background and one subject are coded.

    Colour-coded are masks with two strong colours; the background's is the one that more of the
    pictures' borders have. Others are grey: the subject is brighter than half, or, where no mask
    holds more than 0 and 1, the subject is 1.

    Args:
        paths: mask files; a few dozen of a set will do.

    Returns:
        The colours for `load_mask`, or None for grey, and the threshold.

    Raises:
        ValueError: as in `load_mask`.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Image.new("L", (4, 4), 255).save(f"{folder}/mask.png")
        ...     find_mask_coding([f"{folder}/mask.png"])
        (None, 127)
    """
    glances = [_read(path, longest=GLANCE) for path in paths]
    pixels = np.concatenate([glance.reshape(-1, 3) for glance in glances])
    strong = pixels.max(axis=1).astype(int) - pixels.min(axis=1) > 64
    if strong.mean() < 0.005:
        return None, 0 if pixels.max() <= 1 else 127
    commonest = _two_commonest(pixels)
    borders = np.concatenate(
        [np.concatenate([part[0], part[-1], part[:, 0], part[:, -1]]) for part in glances]
    )
    first_is_nearer = _distance(borders, commonest[0]) < _distance(borders, commonest[1])
    return (commonest if first_is_nearer.mean() >= 0.5 else commonest[::-1]), 127


def _two_commonest(pixels: np.ndarray) -> list[Colour]:
    # Neighbouring colours are counted together, so that a JPEG's noise does not split one in many.
    _, inverse, counts = np.unique(pixels // 64, axis=0, return_inverse=True, return_counts=True)
    order = np.argsort(counts)[::-1][:2]
    if len(order) < 2:
        raise ValueError(
            f"the masks hold one colour only, {tuple(pixels[0].tolist())}, expected one for the "
            "background and one for the subject: see whether these are the masks."
        )
    medians = [np.median(pixels[inverse.ravel() == i], axis=0) for i in order]
    return [tuple(int(value) for value in median) for median in medians]


def _distance(pixels: np.ndarray, colour: Colour) -> np.ndarray:
    return ((pixels.astype(np.int32) - colour) ** 2).sum(axis=1)


def _read(path: str | Path, keep_grey: bool = False, longest: int | None = None) -> np.ndarray:
    try:
        with Image.open(path) as image:
            image = ImageOps.exif_transpose(image)
            if image.mode.startswith(("I", "F")):
                # 16 bits: the upper eight, unless the file holds small class ids.
                grey = np.asarray(image).astype(np.int64)
                grey = grey // 256 if grey.max() > 255 else grey
                image = Image.fromarray(grey.clip(0, 255).astype(np.uint8))
            # Drops the alpha channel and keeps the colours.
            image = image.convert("L" if keep_grey and image.mode in ("1", "L", "LA") else "RGB")
            if longest and max(image.size) > longest:
                shrink = longest / max(image.size)
                size = [max(1, round(side * shrink)) for side in image.size]
                image = image.resize(size, Image.Resampling.NEAREST)
            return np.asarray(image)
    except Exception as error:  # Pillow's decoders raise many kinds.
        raise ValueError(
            f"{path} cannot be read as a mask ({error}); save it again from its source, or take it "
            "out of the folder."
        ) from error


RATIOS = (1, 2, 4, 8)  # The scales at which a JPEG can be decoded, each faster than the last.


def decode_pair(image_path, mask_path, image_size: int | tuple[int, int] | None = None):
    """Decode a JPEG photo and its mask, shrunk together where a smaller size will do.

    Args:
        image_path: path of the JPEG, a string (a scalar tensor inside `tf.data`).
        mask_path: path of the mask, a GIF of the photo's size: bright pixels are the subject.
        image_size: the size wanted later, in pixels: photo and mask come out at 1/1, 1/2, 1/4 or
            1/8 of their size, whichever is the smallest that leaves at least this; None for 1/1.

    Returns:
        Image uint8 [H, W, 3] in 0..255 and mask uint8 [H, W, 1] of 0 and 1.

    Raises:
        tf.errors.OpError: while iterating: a file is missing or cannot be decoded.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     photo, mask = f"{folder}/a.jpg", f"{folder}/a_mask.gif"
        ...     Image.new("RGB", (80, 60)).save(photo)
        ...     Image.new("1", (80, 60), 1).save(mask)
        ...     [part.shape.as_list() for part in decode_pair(photo, mask, image_size=16)]
        [[30, 40, 3], [30, 40, 1]]
    """
    data = tf.io.read_file(image_path)
    step = tf.constant(0)
    if image_size is not None:
        step = _largest_step(tf.io.extract_jpeg_shape(data)[:2], height_and_width(image_size))
    # The op's ratio is fixed when the graph is built, so there is an op for each.
    image = tf.switch_case(
        step, [lambda ratio=ratio: tf.io.decode_jpeg(data, 3, ratio=ratio) for ratio in RATIOS]
    )
    # TensorFlow's own decoder turns a GIF into RGB frames, in three times the time of Pillow's.
    mask = tf.numpy_function(_decode_mask, [mask_path, tf.gather(RATIOS, step)], tf.uint8)
    return tf.ensure_shape(image, [None, None, 3]), tf.ensure_shape(mask, [None, None, 1])


def _largest_step(full_size, wanted):
    fits = tf.reduce_all(full_size >= tf.constant(RATIOS)[:, None] * tf.constant(wanted), axis=1)
    return tf.maximum(tf.reduce_sum(tf.cast(fits, tf.int32)) - 1, 0)


def _decode_mask(path, ratio) -> np.ndarray:
    # Outside tf.data, TensorFlow hands a string over as an array of one.
    with Image.open(os.fsdecode(np.asarray(path).item())) as mask:
        width, height = mask.size
        size = -(-width // ratio), -(-height // ratio)
        # A pixel of a JPEG at 1/ratio stands for ratio x ratio pixels: the mask takes their centre.
        # Pillow picks them before NumPy copies, as copying all takes as long as decoding.
        small = mask.transform(size, Image.Transform.AFFINE, (ratio, 0, 0, 0, ratio, 0))
        bright = np.asarray(small.convert("L")) > 127
    # Where the last pixel stands for fewer, its centre may lie outside: it takes after the next.
    if (size[0] - 1) * ratio + ratio // 2 >= width:
        bright[:, -1] = bright[:, -2]
    if (size[1] - 1) * ratio + ratio // 2 >= height:
        bright[-1] = bright[-2]
    return bright.astype(np.uint8)[..., None]
