"""Checks: every contract on an argument, in one place, and without TensorFlow."""

from operator import index

import numpy as np

from unetlab.arguments import is_number, is_whole

ROUNDING = 1e-4


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
        height, width = (index(side) if is_whole(side) else 0 for side in (height, width))
    except (TypeError, ValueError):
        height = width = 0
    if min(height, width) < smallest:
        raise ValueError(
            f"image_size is {image_size!r}, expected a whole number >= {smallest} or (height, "
            "width): give pixels."
        )
    return height, width


def check_logits(logits) -> np.ndarray:
    """Return logits as they are, or raise if they hold NaN: no class would be right for these.

    Args:
        logits: float [..., C].

    Returns:
        The logits.

    Raises:
        ValueError: says what was found and what to do.

    Example:
        >>> check_logits(np.array([[np.nan]]))
        Traceback (most recent call last):
        ...
        ValueError: the logits hold NaN, expected numbers: look at the model's weights, ...
    """
    if np.isnan(logits).any():
        raise ValueError(
            "the logits hold NaN, expected numbers: look at the model's weights, and train again "
            "with a smaller learning rate if they are NaN."
        )
    return logits


def count_logits(num_classes: int) -> int:
    """Return how many logits a pixel has: one for two classes, else one for each class.

    Args:
        num_classes: number of classes, the background among them.

    Returns:
        The number of logits.

    Raises:
        ValueError: fewer than two classes, or no whole number of them.

    Example:
        >>> count_logits(2), count_logits(3)
        (1, 3)
    """
    if not is_whole(num_classes) or num_classes < 2:
        raise ValueError(
            f"num_classes is {num_classes!r}, expected a whole number >= 2, as the background is a "
            "class too; use 2 for one subject."
        )
    return 1 if num_classes == 2 else num_classes


def check_examples(examples) -> None:
    """Raise a `ValueError` unless the elements are (image [H, W, 3], integer mask [H, W, 1]).

    Images are uint8 or float: what other integers count up to is not known.

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
    spec = getattr(examples, "element_spec", None)
    if spec is None:
        raise ValueError(
            f"the examples are a {type(examples).__name__}, expected a tf.data.Dataset; "
            "tf.data.Dataset.from_tensor_slices((images, masks)) makes one of arrays."
        )
    pair = isinstance(spec, tuple) and len(spec) == 2
    if not pair or not all(hasattr(part, "dtype") for part in spec):
        raise ValueError(
            f"the examples are {spec}, but (image, mask) pairs are needed; map them so."
        )
    check_pair(*spec)


def check_pair(image, mask) -> None:
    """Raise a `ValueError` unless these are an image [H, W, 3] and an integer mask [H, W, 1].

    Args:
        image: a tensor, or what a data set says about it.
        mask: as `image`.

    Raises:
        ValueError: says what they are and what they should be.

    Example:
        >>> import tensorflow as tf
        >>> check_pair(tf.zeros([4, 4, 3], tf.uint16), tf.zeros([4, 4, 1], tf.uint8))
        Traceback (most recent call last):
        ...
        ValueError: the image is uint16 (4, 4, 3), but it must be uint8 or float, in 0..255; ...
    """
    for name, part, channels in (("image", image, 3), ("mask", mask, 1)):
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
    if image.dtype.name != "uint8" and not image.dtype.is_floating:
        raise ValueError(
            f"the image is {image.dtype.name} {image.shape}, but it must be uint8 or float, in "
            "0..255; cast it to tf.uint8, and divide one of 16 bits by 257 before."
        )
    if not mask.dtype.is_integer:
        raise ValueError(
            f"{found}, but class ids must be integer [H, W, 1]; cast a mask of ids with "
            "tf.cast(mask, tf.uint8), or threshold a mask of greys first."
        )


def check_mask(mask, logits, num_classes: int | None = None) -> int:
    """Return the number of classes, or raise unless each pixel of the logits has a true id.

    What the ids are is asked by `check_ids`.

    Args:
        mask: the truth as `fit` hands it over.
        logits: float [B, H, W, C].
        num_classes: how many classes there should be, or None for as many as the logits know: two
            for one logit a pixel, else one for each logit.

    Returns:
        The number of classes, the background among them.

    Raises:
        ValueError: says what the mask and the logits are and what they should be.

    Example:
        >>> import numpy as np
        >>> check_mask(np.zeros([2, 4, 4, 3], int), np.zeros([2, 4, 4, 3]))
        Traceback (most recent call last):
        ...
        ValueError: the mask is int64 (2, 4, 4, 3) and the logits are (2, 4, 4, 3), but ...
    """
    import keras

    dtype, shape = keras.backend.standardize_dtype(mask.dtype), tuple(mask.shape)
    pixels, logits_shape = tuple(logits.shape[:-1]), tuple(logits.shape)
    if "float" not in keras.backend.standardize_dtype(logits.dtype):
        raise ValueError(
            f"the logits are {keras.backend.standardize_dtype(logits.dtype)} {logits_shape}, "
            "expected float: pass what the model gives, not class ids."
        )
    whole = "int" in dtype or dtype == "bool" or _builds_across_replicas()
    if not whole or len(logits_shape) != 4 or not _fits(shape, (pixels, (*pixels, 1))):
        raise ValueError(
            f"the mask is {dtype} {shape} and the logits are {logits_shape}, but class ids "
            "must be integer or bool, [B, H, W, 1] or [B, H, W] of the logits' batch, height and "
            "width; turn one-hot or colour masks into ids, and cast ids kept as float."
        )
    known = max(2, logits_shape[-1])
    if num_classes not in (None, known):
        raise ValueError(
            f"the logits are {logits_shape}, but num_classes is {num_classes}: build the model for "
            f"{num_classes} classes, or pass num_classes={known}."
        )
    return known


def check_ids(ids, num_classes: int, ignore_class: int | None = None, name: str = "mask"):
    """Return which images hold no id outside the classes; raise at the first one that does.

    Where values can be read, a `ValueError` is raised; inside a graph of TensorFlow an operation
    raises when it runs. Compilers that keep no such operation (XLA, JAX) leave it to the caller to
    make NaN of the other images.

    Args:
        ids: bool or integer [B, ...].
        num_classes: number of classes, C: the ids are 0 to C - 1.
        ignore_class: an id that is allowed beside them, or None.
        name: what the message calls the ids.

    Returns:
        bool [B].

    Raises:
        ValueError: an id is neither a class nor the ignored one.

    Example:
        >>> import numpy as np
        >>> check_ids(np.array([[0, 255]]), 2)
        Traceback (most recent call last):
        ...
        ValueError: the mask holds class ids from 0 to 255, expected 0 to 1: pass mask > 127 for ...
    """
    from keras import ops

    _check_dtype_of_ids(ids, name)
    ids = _as_integer(ops.reshape(ids, (ops.shape(ids)[0], -1)))
    if ignore_class is not None:
        ids = ops.where(ids == ignore_class, 0, ids)
    lowest, highest = ops.min(ids, axis=1), ops.max(ids, axis=1)
    known = (lowest >= 0) & (highest < num_classes)
    beside = "" if ignore_class is None else f" beside the ignored {ignore_class}"
    _assert_in_graph_or_now(
        ops.all(known),
        f"the {name} holds class ids from",
        lambda: (ops.min(lowest), ops.max(highest)),
        f"expected 0 to {num_classes - 1}{beside}: pass mask > 127 for a mask of 0 and 255, name "
        "the id of void pixels as ignore_class, or build for more classes.",
    )
    return known


def _check_dtype_of_ids(ids, name: str) -> None:
    import keras

    dtype = keras.backend.standardize_dtype(ids.dtype)
    whole = "int" in dtype or dtype == "bool" or _builds_across_replicas()
    if not whole or not len(ids.shape) or 0 in tuple(ids.shape):
        raise ValueError(
            f"the {name} is {dtype} {tuple(ids.shape)}, expected class ids, integer or bool, of "
            "one image or more: turn logits into ids with class_ids."
        )


def _as_integer(ids):
    # 64 bits stay as they are: cut to 32, an id of 2 to the power of 32 would be the background.
    import keras

    wide = keras.backend.standardize_dtype(ids.dtype) in ("int64", "uint64", "uint32")
    return ids if wide else keras.ops.cast(ids, "int32")


def _assert_in_graph_or_now(holds, found: str, read_range, expected: str) -> None:
    import keras

    backend = keras.backend.backend()
    if isinstance(holds, keras.KerasTensor) or _builds_across_replicas():
        return
    if backend == "tensorflow":
        import tensorflow as tf

        if not tf.executing_eagerly():
            lowest, highest = read_range()
            tf.debugging.Assert(holds, [found, lowest, "to", highest, expected])
            return
    elif backend == "jax":
        import jax

        if isinstance(holds, jax.core.Tracer):
            return
    elif backend == "torch" and holds.device.type == "meta":
        return
    if not holds:
        lowest, highest = (keras.ops.convert_to_numpy(value).item() for value in read_range())
        raise ValueError(f"{found} {lowest} to {highest}, {expected}")


def check_ignored(ignore_class, num_classes: int | None = None, class_id=None) -> int | None:
    """Return the id to ignore, or raise if it is no whole number or the one class to be scored.

    Args:
        ignore_class: any id, inside or outside the classes, or None.
        num_classes: number of classes, or None if it is not known yet.
        class_id: the one class to score, or None for all of them.

    Returns:
        The id as an int, or None.

    Raises:
        ValueError: an id is no whole number, or class_id is no class or the ignored one.

    Example:
        >>> check_ignored(255, num_classes=2, class_id=1)
        255
    """
    if class_id is not None and (not is_whole(class_id) or not 0 <= class_id < num_classes):
        raise ValueError(
            f"class_id is {class_id!r}, expected one of 0 to {num_classes - 1}, or None for all."
        )
    if ignore_class is None:
        return None
    if not is_whole(ignore_class):
        raise ValueError(
            f"ignore_class is {ignore_class!r}, expected one whole number, such as 255, or None."
        )
    if class_id == ignore_class:
        raise ValueError(
            f"ignore_class and class_id are both {class_id!r}: pixels that are not counted cannot "
            "be scored; leave one of the two out."
        )
    return index(ignore_class)


def check_sample_weight(sample_weight, mask, dtype: str = "float32"):
    """Return a weight for each pixel or each image, or raise if it is for neither.

    Args:
        sample_weight: a list, array or tensor: [B] or [B, 1] weighs images, [B, H, W] or
            [B, H, W, 1] weighs pixels.
        mask: the mask of these pixels, [B, H, W, 1] or [B, H, W].
        dtype: the dtype of the result.

    Returns:
        float [B, H * W] for pixels, [B, 1] for images.

    Raises:
        ValueError: it has another shape, or a weight is below 0.

    Example:
        >>> check_sample_weight([1.0, 0.5], np.zeros([2, 4, 4, 1])).shape
        TensorShape([2, 1])
    """
    from keras import ops

    weight = ops.cast(ops.convert_to_tensor(sample_weight), dtype)
    pixels, shape = tuple(mask.shape), tuple(weight.shape)
    if len(pixels) == 4 and pixels[-1] == 1:
        pixels = pixels[:-1]
    batch = pixels[:1]
    if not _fits(shape, (batch, (*batch, 1), pixels, (*pixels, 1))):
        raise ValueError(
            f"the sample_weight is {shape} and the mask {tuple(mask.shape)}, expected a weight for "
            "each image, [B] or [B, 1], or for each pixel, [B, H, W] or [B, H, W, 1]."
        )
    _assert_in_graph_or_now(
        ops.all((weight >= 0) & (weight < float("inf"))),
        "the sample_weight goes from",
        lambda: (ops.min(weight), ops.max(weight)),
        "expected numbers >= 0 and finite: a weight of 0 leaves a pixel or an image out.",
    )
    of_images = len(shape) == 1 or (len(shape) == 2 and shape[1] == 1)
    return ops.reshape(weight, (-1, 1) if of_images else (ops.shape(weight)[0], -1))


def _fits(shape, expected) -> bool:
    # What a graph does not know yet, None, fits everything.
    return any(
        len(shape) == len(one)
        and all(None in pair or pair[0] == pair[1] for pair in zip(shape, one, strict=True))
        for one in expected
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
    """Return the image as an array, or raise if it is not one [H, W, 3] in 0..255.

    The rule is that of training: uint8, or float that is in 0..255 once it is rounded. A float
    image with nothing above 1 is taken for one in 0..1, unless it is all black.

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
    if image.dtype == np.uint8:
        return image
    if image.dtype.kind != "f":
        raise ValueError(
            f"the image is {image.dtype} {image.shape}, but it must be uint8 or float, in 0..255; "
            "cast it by astype(numpy.uint8), and divide one of 16 bits by 257 before."
        )
    lowest, highest = image.min(), image.max()
    # Half a level beyond is rounding; NaN fails every comparison.
    if not (lowest > -0.5 and highest < 255.5) or (highest <= 1 and (lowest, highest) != (0, 0)):
        raise ValueError(
            f"the image's values go from {lowest:.5g} to {highest:.5g}, expected 0..255: multiply "
            "an image in 0..1 by 255, take (image + 1) * 127.5 of one in -1..1, and put numbers in "
            "the place of NaN."
        )
    return image


def check_binary_mask(mask, name: str = "mask") -> np.ndarray:
    """Return a mask of one class as uint8 [H, W], or raise if it holds anything but 0 and 1.

    Args:
        mask: bool or integer 0 and 1, [H, W, 1] or [H, W].
        name: what the message calls the mask.

    Returns:
        uint8 [H, W].

    Raises:
        ValueError: says what was found and what to do.

    Example:
        >>> check_binary_mask(np.ones([2, 3, 1], bool)).tolist()
        [[1, 1, 1], [1, 1, 1]]
    """
    mask = np.asarray(mask)
    if mask.ndim not in (2, 3) or (mask.ndim == 3 and mask.shape[2] != 1):
        raise ValueError(
            f"the {name} is {mask.dtype} {mask.shape}, expected [H, W] or [H, W, 1]: pass one "
            "mask, of one class."
        )
    if mask.dtype.kind not in "bui":
        raise ValueError(
            f"the {name} is {mask.dtype} {mask.shape}, expected bool or integers 0 and 1: compare "
            "logits with 0, or probabilities with 0.5."
        )
    low, high = (mask.min(), mask.max()) if mask.size else (0, 0)
    if low < 0 or high > 1:
        raise ValueError(
            f"the {name}'s values go from {low} to {high}, expected only 0 and 1: pass mask == "
            "class_id, or mask > 127 where white is 255."
        )
    return mask.reshape(mask.shape[:2]).astype(np.uint8)


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
    if alpha.shape not in (image.shape[:2], (*image.shape[:2], 1)):
        raise ValueError(
            f"the alpha is {alpha.dtype} {alpha.shape} and the image {image.shape}, expected "
            "[H, W, 1] or [H, W] of the same height and width: predict at the photo's own size."
        )
    if alpha.dtype.kind != "f":
        return np.float32(check_binary_mask(alpha))
    low, high = (alpha.min(), alpha.max()) if alpha.size else (0, 0)
    # A blur of ones may end at 1.0000001; NaN fails every comparison.
    if not (low >= -ROUNDING and high <= 1 + ROUNDING):
        raise ValueError(
            f"the alpha's values go from {low:.4g} to {high:.4g}, expected 0..1: turn logits into "
            "probabilities, or divide values in 0..255 by 255."
        )
    return np.clip(alpha.reshape(image.shape[:2]), 0, 1).astype(np.float32)


def share_to_pixels(name: str, share: float, image) -> float:
    """Turn a width, given as a share of an image's diagonal, into pixels, or raise.

    Args:
        name: the argument's name, for the message.
        share: 0..1.
        image: [H, W, ...], whose diagonal is meant.

    Returns:
        The width in pixels, 0 or more.

    Raises:
        ValueError: says what was found and what to do.

    Example:
        >>> share_to_pixels("width", 0.01, np.zeros([300, 400, 3]))
        5.0
    """
    diagonal = float(np.hypot(*image.shape[:2]))
    if not is_number(share) or not 0 <= share <= 1:
        raise ValueError(
            f"{name} is {share!r}, expected a share of the image's diagonal, 0..1: divide pixels "
            f"by the diagonal, here {diagonal:.0f}."
        )
    return share * diagonal
