"""Checks of examples: what is asked of a data set's elements, before a batch is made of them."""


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
    named = isinstance(spec, tuple) and len(spec) == 3 and is_name(spec[2])
    pair = spec[:2] if named else spec
    if not (isinstance(pair, tuple) and len(pair) == 2 and all(hasattr(x, "dtype") for x in pair)):
        raise ValueError(
            f"the examples are {spec}, but (image, mask) pairs are needed, or (image, mask, name) "
            "as with_names gives them; map them so."
        )
    check_pair(*pair)


def is_name(spec) -> bool:
    """Tell whether a part of an example is a name: one text.

    Args:
        spec: what a data set says about it.

    Returns:
        Whether it is.

    Example:
        >>> import tensorflow as tf
        >>> is_name(tf.TensorSpec([], tf.string)), is_name(tf.TensorSpec([], tf.float32))
        (True, False)
    """
    dtype = getattr(spec, "dtype", None)
    return getattr(dtype, "name", None) == "string" and spec.shape.rank == 0


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
