"""Photos and their masks from files, as tensors, at the scale that is needed.

Taught in: notebooks/02_carvana_masking.ipynb
"""

import os

import numpy as np
import tensorflow as tf
from PIL import Image

from unetlab.image_size import height_and_width

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

    Taught in: notebooks/02_carvana_masking.ipynb
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
