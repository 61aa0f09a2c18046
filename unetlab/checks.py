"""Checks: every contract on an argument, in one place, and without TensorFlow."""

from operator import index

import numpy as np


def height_and_width(image_size: int | tuple[int, int], smallest: int = 1) -> tuple[int, int]:
    """Read an image size.

    Args:
        image_size: height and width in pixels, or one number for both.
        smallest: fewest pixels that a side may have.

    Returns:
        Height and width in pixels.

    Raises:
        ValueError: it is neither, or a side is too small.

    Example:
        >>> height_and_width(128), height_and_width((96, 128))
        ((128, 128), (96, 128))
    """
    try:
        height, width = image_size if isinstance(image_size, (tuple, list)) else (image_size,) * 2
        height, width = index(height), index(width)
    except (TypeError, ValueError):
        height = width = 0
    if min(height, width) < smallest:
        raise ValueError(
            f"image_size is {image_size!r}, expected a whole number >= {smallest} or (height, "
            "width): give pixels."
        )
    return height, width


def count_logits(num_classes: int) -> int:
    """Return how many logits a pixel has: one for two classes, else one for each class.

    Args:
        num_classes: number of classes, the background among them.

    Returns:
        The number of logits.

    Raises:
        ValueError: fewer than two classes.

    Example:
        >>> count_logits(2), count_logits(3)
        (1, 3)
    """
    if num_classes < 2:
        raise ValueError(
            f"num_classes is {num_classes}, but the background is a class too; use 2 for one "
            "subject."
        )
    return 1 if num_classes == 2 else num_classes


def check_examples(examples) -> None:
    """Raise a `ValueError` unless the elements are (image [H, W, 3], integer mask [H, W, 1]).

    Args:
        examples: a `tf.data.Dataset` of single, unbatched examples.

    Raises:
        ValueError: says what the elements are and what they should be.

    Example:
        >>> import tensorflow as tf
        >>> check_examples(tf.data.Dataset.from_tensors(
        ...     (tf.zeros([4, 4, 3], tf.uint8), tf.zeros([4, 4, 1]))))
        Traceback (most recent call last):
        ...
        ValueError: the mask is float32 (4, 4, 1), but class ids must be integer [H, W, 1]; cast ...
    """
    spec = examples.element_spec
    if not isinstance(spec, tuple) or len(spec) != 2:
        raise ValueError(
            f"the examples are {spec}, but (image, mask) pairs are needed; map them so."
        )
    for name, part, channels in (("image", spec[0], 3), ("mask", spec[1], 1)):
        found = f"the {name} is {part.dtype.name} {part.shape}"
        if part.shape.rank not in (3, None) or (
            part.shape.rank and part.shape[-1] not in (channels, None)
        ):
            raise ValueError(
                f"{found}, but it must be [H, W, {channels}]; "
                + (
                    "decode it with channels=3."
                    if channels == 3
                    else "turn its colours into class ids."
                )
            )
    if not spec[1].dtype.is_integer:
        raise ValueError(
            f"{found}, but class ids must be integer [H, W, 1]; cast a mask of ids with "
            "tf.cast(mask, tf.uint8), or threshold a mask of greys first."
        )


def check_mask(mask, logits) -> None:
    """Raise a `ValueError` unless the mask holds one integer class id for each pixel of the logits.

    Args:
        mask: the truth as `fit` hands it over.
        logits: float [B, H, W, C].

    Raises:
        ValueError: says what the mask is and what it should be.

    Example:
        >>> import numpy as np
        >>> check_mask(np.zeros([2, 4, 4, 3], int), np.zeros([2, 4, 4, 3]))
        Traceback (most recent call last):
        ...
        ValueError: the mask is int64 (2, 4, 4, 3) and the logits are (2, 4, 4, 3), but ...
    """
    import keras

    dtype, shape = keras.backend.standardize_dtype(mask.dtype), tuple(mask.shape)
    expected = tuple(logits.shape[:-1])
    one_hot = len(shape) == 4 and shape[-1] not in (1, None)
    fits = all(None in (a, b) or a == b for a, b in zip(shape, expected, strict=False))
    whole = "int" in dtype or _builds_across_replicas()
    if not whole or one_hot or not fits or len(shape) not in (3, 4):
        raise ValueError(
            f"the mask is {dtype} {shape} and the logits are {tuple(logits.shape)}, but class ids "
            "must be integer [B, H, W, 1] or [B, H, W] of the logits' batch, height and width; "
            "turn one-hot or colour masks into ids, and cast ids kept as float."
        )


def _builds_across_replicas() -> bool:
    # Under tf.distribute, Keras builds losses and metrics on the mean of the replicas' batches,
    # which turns ids into floats. That is a rehearsal: no number of it is ever used.
    import keras

    if keras.backend.backend() != "tensorflow":
        return False
    import tensorflow as tf

    return tf.distribute.has_strategy() and tf.distribute.in_cross_replica_context()


def check_image(image) -> np.ndarray:
    """Return the image as an array, or raise if it is not [H, W, 3] in 0..255.

    Args:
        image: anything that NumPy can read.

    Returns:
        The image as a NumPy array of its own dtype.

    Raises:
        ValueError: says what was found and what to do.

    Example:
        >>> check_image(np.zeros([4, 4]))
        Traceback (most recent call last):
        ...
        ValueError: the image is float64 (4, 4), but it must be [H, W, 3]; turn grey into RGB, ...
    """
    image = np.asarray(image)
    if image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise ValueError(
            f"the image is {image.dtype} {image.shape}, but it must be [H, W, 3]; turn grey into "
            "RGB, drop an alpha channel, and pass one image, not a batch."
        )
    if image.dtype.kind == "f" and 0 < image.max() <= 1:
        raise ValueError(
            f"the image's largest value is {image.max():.3g}, but values must be in 0..255; "
            "multiply an image in 0..1 by 255."
        )
    return image


def check_alpha(alpha, image) -> np.ndarray:
    """Return a mask or an alpha as float32 [H, W], or raise if it does not fit the image.

    Args:
        alpha: bool or integer (0 and 1) or float (0..1), [H, W, 1] or [H, W].
        image: the image that it belongs to.

    Returns:
        float32 [H, W].

    Raises:
        ValueError: says what was found and what to do.

    Example:
        >>> check_alpha(np.ones([2, 3, 1], np.uint8), np.zeros([2, 3, 3])).shape
        (2, 3)
    """
    alpha = np.asarray(alpha)
    flat = alpha[..., 0] if alpha.ndim == 3 and alpha.shape[2] == 1 else alpha
    if flat.shape != image.shape[:2]:
        raise ValueError(
            f"the mask is {alpha.shape} and the image {image.shape}, expected [H, W, 1] of the same"
            " height and width: predict at the photo's own size."
        )
    flat = flat.astype(np.float32)
    if flat.size and (flat.min() < 0 or flat.max() > 1):
        raise ValueError(
            f"the mask's values go from {flat.min():g} to {flat.max():g}, expected 0..1: pass "
            "mask == class_id, or divide a mask in 0..255 by 255."
        )
    return flat
