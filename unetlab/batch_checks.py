"""Checks of batches: what is asked of masks, logits, ids and weights in `fit`.

A shape or dtype is known when a graph is built, and is refused there; an id or a weight only when
the graph runs. Nothing is imported but what the backend in use needs.
"""

from collections.abc import Callable
from operator import index

from unetlab.arguments import is_whole


def read_tensor(value, name: str, convert: Callable | None = None):
    """Return what was passed as a tensor of numbers, or raise if it is none.

    Args:
        value: a list, array or tensor.
        name: what the message calls it.
        convert: makes the tensor, such as `tf.convert_to_tensor` for what tf.data works on,
            whatever the backend; None for Keras's own.

    Returns:
        A tensor of the backend in use, or what `convert` makes.

    Raises:
        ValueError: says what was found and what to do.

    Example:
        >>> read_tensor(None, "mask")
        Traceback (most recent call last):
        ...
        ValueError: the mask is a NoneType that is no tensor of numbers: pass one array or tensor.
    """
    import keras

    try:
        tensor = (convert or keras.ops.convert_to_tensor)(value)
        dtype = keras.backend.standardize_dtype(tensor.dtype)
    except (TypeError, ValueError):
        dtype = "no dtype"
    if not any(kind in dtype for kind in ("int", "float", "bool")):
        raise ValueError(
            f"the {name} is a {type(value).__name__} that is no tensor of numbers: pass one array "
            "or tensor."
        )
    return tensor


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
    if (
        not whole
        or len(logits_shape) != 4
        or not logits_shape[3]
        or not _fits(shape, (pixels, (*pixels, 1)))
    ):
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
    import keras
    from keras import ops

    dtype = keras.backend.standardize_dtype(ids.dtype)
    ids = read_ids(ids, name)
    if ignore_class is not None:
        ids = ops.where(ids == ignore_class, 0, ids)
    known = ops.max(ids, axis=1) < num_classes
    if dtype not in ("bool", "uint8", "uint16", "uint32"):  # the largest of uint64 are below 0 here
        known = known & (ops.min(ids, axis=1) >= 0)
    refuse_ids(known, ids, num_classes, ignore_class, name)
    return known


def read_ids(ids, name: str):
    """Return class ids as one row of signed integers for each image, or raise if they are none.

    Args:
        ids: bool or integer [B, ...].
        name: what the message calls the ids.

    Returns:
        int32 [B, P]; int64 where int32 might cut an id, as 2 to the power of 32 would be the
        background.

    Raises:
        ValueError: they are of another dtype, or of no image.

    Example:
        >>> import numpy as np
        >>> read_ids(np.ones([2, 3, 4, 1], bool), "mask").shape
        TensorShape([2, 12])
    """
    import keras
    from keras import ops

    dtype = keras.backend.standardize_dtype(ids.dtype)
    whole = "int" in dtype or dtype == "bool" or _builds_across_replicas()
    if not whole or not len(ids.shape) or 0 in tuple(ids.shape):
        raise ValueError(
            f"the {name} is {dtype} {tuple(ids.shape)}, expected class ids, integer or bool, of "
            "one image or more: turn logits into ids with class_ids."
        )
    ids = ops.reshape(ids, (ops.shape(ids)[0], -1))
    return ops.cast(ids, "int64" if dtype in ("int64", "uint64", "uint32") else "int32")


def refuse_ids(known, ids, num_classes: int, ignore_class: int | None, name: str) -> None:
    """Raise as `check_ids` does unless all images are known to hold no id outside the classes.

    Args:
        known: bool [B], by image.
        ids: integer [B, P], the ignored ones as 0; read only where an image is not known.
        num_classes: number of classes.
        ignore_class: an id that was allowed beside them, or None.
        name: what the message calls the ids.

    Raises:
        ValueError: as `check_ids`.

    Example:
        >>> import numpy as np
        >>> refuse_ids(np.array([True]), np.array([[0, 1]]), 2, None, "mask")
    """
    from keras import ops

    beside = "" if ignore_class is None else f" beside the ignored {ignore_class}"
    assert_in_graph_or_now(
        ops.all(known),
        f"the {name} holds class ids from",
        lambda: (ops.min(ids), ops.max(ids)),
        f"expected 0 to {num_classes - 1}{beside}: pass mask > 127 for a mask of 0 and 255, name "
        "the id of void pixels as ignore_class, or build for more classes.",
    )


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
        >>> import numpy as np
        >>> check_sample_weight([1.0, 0.5], np.zeros([2, 4, 4, 1])).shape
        TensorShape([2, 1])
    """
    from keras import ops

    weight = ops.cast(read_tensor(sample_weight, "sample_weight"), dtype)
    pixels, shape = tuple(mask.shape), tuple(weight.shape)
    if len(pixels) == 4 and pixels[-1] == 1:
        pixels = pixels[:-1]
    batch = pixels[:1]
    if not _fits(shape, (batch, (*batch, 1), pixels, (*pixels, 1))):
        raise ValueError(
            f"the sample_weight is {shape} and the mask {tuple(mask.shape)}, expected a weight for "
            "each image, [B] or [B, 1], or for each pixel, [B, H, W] or [B, H, W, 1]."
        )
    assert_in_graph_or_now(
        ops.all((weight >= 0) & (weight < float("inf"))),
        "the sample_weight goes from",
        lambda: (ops.min(weight), ops.max(weight)),
        "expected numbers >= 0 and finite: a weight of 0 leaves a pixel or an image out.",
    )
    of_images = len(shape) == 1 or (len(shape) == 2 and shape[1] == 1)
    return ops.reshape(weight, (-1, 1) if of_images else (ops.shape(weight)[0], -1))


def assert_in_graph_or_now(holds, found: str, read_range, expected: str) -> None:
    """Raise unless a condition on values holds: at once, or when the graph of TensorFlow runs.

    Args:
        holds: a scalar, bool.
        found: the message's beginning.
        read_range: a function to the lowest and the highest value found.
        expected: the message's end.

    Raises:
        ValueError: it does not hold. In a graph, an `InvalidArgumentError`; where values cannot be
            read (XLA, JAX's compiler, a rehearsal on shapes), nothing is raised.

    Example:
        >>> assert_in_graph_or_now(True, "it goes from", lambda: (0, 1), "expected 0 to 1.")
    """
    import keras

    backend = keras.backend.backend()
    if isinstance(holds, keras.KerasTensor) or _builds_across_replicas():
        return
    # tf.data's tensors are TensorFlow's whatever the backend.
    if backend == "tensorflow" or type(holds).__module__.startswith("tensorflow."):
        import tensorflow as tf

        if not tf.executing_eagerly():
            # The range is looked for only where it is said: that takes as long as the check.
            def refuse():
                lowest, highest = read_range()
                return tf.debugging.Assert(False, [found, lowest, "to", highest, expected])

            tf.cond(holds, tf.no_op, refuse)
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
