"""Checks: where strangers' arrays come in, and where a result would be wrong and look right.

What Python, NumPy, Keras and tf.data refuse by themselves is left to them. Each check says in one
sentence what was found, what was expected and what to do.
"""

import keras
import numpy as np
import tensorflow as tf
from keras import ops

ROUNDING = 1e-4


def height_and_width(image_size: int | tuple[int, int]) -> tuple[int, int]:
    """Read an image size in pixels, one number for both sides or (height, width).

    Example:
        >>> height_and_width(128), height_and_width((96, 128))
        ((128, 128), (96, 128))
    """
    return (image_size, image_size) if np.ndim(image_size) == 0 else tuple(image_size)


def check_image(image) -> np.ndarray:
    """Return the image as an array; it must be [H, W, 3], uint8 or float, in 0..255."""
    image = np.asarray(image)
    if image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise ValueError(
            f"the image is {image.dtype} {image.shape}, expected [H, W, 3]: turn grey into RGB, "
            "drop an alpha channel, and pass one image, not a batch; of a file, load_image's."
        )
    if image.dtype == np.uint8:
        return image
    lowest, highest = image.min(), image.max()
    if image.dtype.kind != "f" or not is_range_of_image(lowest, highest):
        raise ValueError(
            f"the image is {image.dtype} from {lowest:.5g} to {highest:.5g}, expected uint8 or "
            "float in 0..255: multiply an image in 0..1 by 255, divide one of 16 bits by 257, and "
            "put numbers in the place of NaN."
        )
    return image


def is_range_of_image(lowest, highest):
    """Say whether a float image of these extremes is in 0..255, and not in 0..1 or -1..1."""
    # Half a level beyond is rounding; NaN fails every comparison.
    inside = (lowest > -0.5) & (highest < 255.5)
    return inside & ((highest > 1) | ((lowest == 0) & (highest == 0)))


def check_photo(image) -> np.ndarray:
    """Return the image as uint8 [H, W, 3]; the rest as in `check_image`."""
    image = check_image(image)
    return image if image.dtype == np.uint8 else image.round().clip(0, 255).astype(np.uint8)


def check_colour(colour) -> np.ndarray:
    """Return a colour as float32 [3]; it must be red, green and blue in 0..255."""
    values = np.asarray(colour, np.float32)
    inside = values.shape == (3,) and values.min() >= 0 and values.max() <= 255
    # As with images: shares of 1 would be nearly black.
    shares = inside and any(isinstance(value, float) for value in colour) and values.max() <= 1
    if not inside or (shares and values.any()):
        raise ValueError(
            f"the colour is {colour!r}, expected red, green and blue in 0..255: try (70, 110, "
            "200), and multiply shares of 1 by 255."
        )
    return values


def check_binary_mask(mask, name: str = "mask") -> np.ndarray:
    """Return a mask of one class as uint8 [H, W]; it must hold only 0 and 1."""
    mask = np.asarray(mask)
    if mask.ndim not in (2, 3) or (mask.ndim == 3 and mask.shape[2] != 1):
        raise ValueError(
            f"the {name} is {mask.dtype} {mask.shape}, expected [H, W] or [H, W, 1]: pass one "
            "mask, of one class."
        )
    low, high = (mask.min(), mask.max()) if mask.size else (0, 0)
    if mask.dtype.kind not in "bui" or low < 0 or high > 1:
        raise ValueError(
            f"the {name} is {mask.dtype} from {low} to {high}, expected bool or integers 0 and 1: "
            "pass mask == class_id, mask > 127 where white is 255, or logits > 0."
        )
    return mask.reshape(mask.shape[:2]).astype(np.uint8)


def check_alpha(alpha, image) -> np.ndarray:
    """Return a mask or an alpha as float32 [H, W]; it must be in 0..1 and of the image's size."""
    alpha = np.asarray(alpha)
    if alpha.shape not in (image.shape[:2], (*image.shape[:2], 1)):
        raise ValueError(
            f"the alpha is {alpha.shape} and the image {image.shape}, expected [H, W, 1] or [H, W] "
            "of the same height and width: predict at the photo's own size."
        )
    low, high = (alpha.min(), alpha.max()) if alpha.size else (0, 0)
    # A blur of ones may end at 1.0000001; NaN fails every comparison.
    if not (low >= -ROUNDING and high <= 1 + ROUNDING):
        raise ValueError(
            f"the alpha's values go from {low:.4g} to {high:.4g}, expected 0..1: turn logits into "
            "probabilities, or divide values in 0..255 by 255."
        )
    return np.clip(alpha.reshape(image.shape[:2]), 0, 1).astype(np.float32)


def share_to_pixels(name: str, share: float, image) -> float:
    """Turn a share of the image's diagonal into pixels; a width in pixels is refused."""
    diagonal = float(np.hypot(*image.shape[:2]))
    if not 0 <= share <= 1:
        raise ValueError(
            f"{name} is {share!r}, expected a share of the image's diagonal, 0..1: divide pixels "
            f"by the diagonal, here {diagonal:.0f}."
        )
    return share * diagonal


def check_thresholds(thresholds) -> np.ndarray:
    """Return thresholds as an array; they must be probabilities in rising order, not logits."""
    thresholds = np.asarray(thresholds, float)
    if not ((thresholds > 0) & (thresholds < 1)).all() or (np.diff(thresholds) <= 0).any():
        raise ValueError(
            f"the thresholds are {thresholds}, expected probabilities between 0 and 1 in rising "
            "order: try np.linspace(0.05, 0.95, 19)."
        )
    return thresholds


def check_logits(logits) -> np.ndarray:
    """Return logits as an array of floats without NaN: no class would be right for these."""
    logits = np.asarray(logits)
    if logits.dtype.kind not in "fV":  # NumPy's letter for bfloat16 is V
        raise ValueError(
            f"the logits are {logits.dtype}, expected float: pass what the model gives, not ids."
        )
    if np.isnan(logits).any():
        raise ValueError(
            "the logits hold NaN, expected numbers: look at the model's weights, and train again "
            "with a smaller learning rate if they are NaN."
        )
    return logits


def check_gives_logits(model: keras.Model) -> None:
    """Raise where a model ends in a sigmoid or softmax: taken for logits, all would be subject."""
    last = model
    while outputs := getattr(last, "outputs", None):  # of a model within a model, what is inside
        last = outputs[0]._keras_history.operation
    activation = getattr(last, "activation", None)
    ends = activation in (keras.activations.sigmoid, keras.activations.softmax)
    if ends or type(last).__name__ in ("Sigmoid", "Softmax"):  # a layer, or one of keras.ops
        _refuse_probabilities(f"the model {model.name!r} ends in {last.name!r}, which")


def _refuse_probabilities(what: str) -> None:
    raise ValueError(
        f"{what} gives probabilities, expected logits: leave the sigmoid or softmax out (of a "
        "trained model: model.layers[-1].activation = keras.activations.linear, saved and loaded "
        "again)."
    )


def check_example(image, mask, num_classes: int | None = None, ignore_class: int | None = None):
    """Raise unless image [H, W, 3] in 0..255 and mask [H, W, 1] of class ids fit each other."""
    for name, part, channels in (("image", image, 3), ("mask", mask, 1)):
        if not part.shape.is_compatible_with([None, None, channels]):
            raise ValueError(
                f"the {name} is {part.dtype.name} {part.shape}, expected [H, W, {channels}]: "
                "decode photos with channels=3, turn a mask's colours into class ids with a last "
                "axis, mask[..., None], and pass single examples, examples.unbatch()."
            )
    if not mask.dtype.is_integer or (image.dtype != tf.uint8 and not image.dtype.is_floating):
        raise ValueError(
            f"the image is {image.dtype.name} and the mask {mask.dtype.name}, expected uint8 or "
            "float in 0..255, and integer class ids: divide an image of 16 bits by 257, cast a "
            "mask of ids to uint8, and threshold a mask of greys."
        )
    sizes = tf.shape(image)[:2], tf.shape(mask)[:2]
    advice = "pixels where one size is expected: pair the files again."
    _say_unless(tf.reduce_all(sizes[0] == sizes[1]), "image and mask are", *sizes, advice)
    if image.dtype.is_floating:
        low, high = tf.reduce_min(image), tf.reduce_max(image)
        advice = "where 0..255 is expected: multiply an image in 0..1 by 255."
        fits = is_range_of_image(low, high)
        _say_unless(fits, "the image's values go from", low, "to", high, advice)
    if num_classes is not None:
        ids = tf.cast(mask, tf.int32)
        ids = ids if ignore_class is None else tf.where(ids == ignore_class, 0, ids)
        low, high = tf.reduce_min(ids), tf.reduce_max(ids)
        _say_ids_unless((low >= 0) & (high < num_classes), low, high, num_classes)


def read_batch(
    mask, logits, ignore_class: int | None = None, sample_weight=None, dtype: str = "float32"
):
    """Read a batch as `fit` hands it over, as rows of pixels: ids, logits, what counts, weights.

    Ids are int32 [B, P] and logits [B, P, C]. Of what counts, [B, P], 1 is a pixel, 0 is void, and
    an image that holds an id outside the classes is NaN all over. The weights, [B, P], are that
    times the sample weights of images, [B], or of pixels, [B, H, W].
    """
    if hasattr(logits, "_keras_logits"):  # what Keras's sigmoid and softmax leave on their result
        _refuse_probabilities("the model's last layer")
    mask, logits = ops.convert_to_tensor(mask), ops.convert_to_tensor(logits)
    kind = keras.backend.standardize_dtype(logits.dtype)
    if "float" not in kind or not _one_id_a_pixel(tuple(mask.shape), tuple(logits.shape[:-1])):
        raise ValueError(
            f"the mask is {tuple(mask.shape)} and the logits are {kind} {tuple(logits.shape)}, "
            "expected class ids [B, H, W, 1] or [B, H, W] and float logits [B, H, W, C]: turn "
            "one-hot or colour masks into ids, and pass what the model gives."
        )
    batch, channels = ops.shape(mask)[0], logits.shape[-1]
    num_classes = max(2, channels)
    mask, logits = ops.reshape(mask, (batch, -1)), ops.reshape(logits, (batch, -1, channels))
    ids = ops.cast(mask, "int32")
    counted = ops.ones_like(ids, dtype=dtype)
    if ignore_class is not None:
        void = ids == ignore_class
        ids, counted = ops.where(void, 0, ids), ops.where(void, 0.0, counted)
    known = (ids >= 0) & (ids < num_classes)
    if "float" in keras.backend.standardize_dtype(mask.dtype):
        known &= (ops.cast(ids, mask.dtype) == mask) | (counted == 0)  # greys between ids are none
    _say_ids_unless(ops.all(known), ops.min(mask), ops.max(mask), num_classes)
    ids = ops.clip(ids, 0, num_classes - 1)
    counted = ops.where(ops.all(known, axis=1, keepdims=True), counted, float("nan"))
    if sample_weight is None:
        return ids, logits, counted, counted
    weight = ops.cast(ops.convert_to_tensor(sample_weight), dtype)
    return ids, logits, counted, counted * ops.reshape(weight, (batch, -1))


def _one_id_a_pixel(mask: tuple, pixels: tuple) -> bool:
    mask = mask[:3] if mask[3:] == (1,) else mask
    # What a graph does not know yet is None.
    return len(mask) == len(pixels) == 3 and all(
        None in sides or sides[0] == sides[1] for sides in zip(mask, pixels, strict=True)
    )


def _say_ids_unless(holds, low, high, num_classes: int) -> None:
    advice = (
        f"where whole numbers from 0 to {num_classes - 1} are expected: pass mask > 127 for a mask "
        "of 0 and 255, name the id of void as ignore_class, or build for more classes."
    )
    _say_unless(holds, "the mask holds class ids from", low, "to", high, advice)


def _say_unless(holds, *words) -> None:
    # In a graph of TensorFlow an operation raises when it runs. XLA drops it, and the other
    # backends have none: there NaN takes the place of what would be wrong.
    if not tf.is_tensor(holds):
        return
    if not tf.executing_eagerly():
        tf.debugging.Assert(holds, words)
    elif not holds:
        raise ValueError(" ".join(str(w.numpy() if tf.is_tensor(w) else w) for w in words))
