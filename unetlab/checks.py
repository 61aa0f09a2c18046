"""Checks: what is asked of a size, an image, a mask, logits and an alpha, without TensorFlow."""

from operator import index

import numpy as np

from unetlab.arguments import is_number, is_whole

ROUNDING = 1e-4
# The confusion of more would fill any memory.
MOST_CLASSES = 10_000


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


def count_logits(num_classes: int) -> int:
    """Return how many logits a pixel has: one for two classes, else one for each class.

    Args:
        num_classes: number of classes, the background among them.

    Returns:
        The number of logits.

    Raises:
        ValueError: fewer than two classes, too many, or no whole number of them.

    Example:
        >>> count_logits(2), count_logits(3)
        (1, 3)
    """
    if is_whole(num_classes) and num_classes > MOST_CLASSES:
        raise ValueError(
            f"num_classes is {num_classes}, expected at most {MOST_CLASSES}: count the classes, "
            "not the pixels or the photos."
        )
    if not is_whole(num_classes) or num_classes < 2:
        raise ValueError(
            f"num_classes is {num_classes!r}, expected a whole number >= 2, as the background is a "
            "class too; use 2 for one subject."
        )
    return 1 if num_classes == 2 else num_classes


def read_array(value, name: str) -> np.ndarray:
    """Return what was passed as an array, or raise if it is none, such as rows of two lengths.

    Args:
        value: anything.
        name: what the message calls it.

    Returns:
        A NumPy array of its own dtype.

    Raises:
        ValueError: says what was found and what to do.

    Example:
        >>> read_array([[1, 2], [3]], "mask")
        Traceback (most recent call last):
        ...
        ValueError: the mask is a list that is no array, expected numbers in rows of one length: ...
    """
    if hasattr(value, "detach"):  # PyTorch's, which may lie on a GPU or belong to a gradient
        value = value.detach().cpu()
    try:
        return np.asarray(value)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"the {name} is a {type(value).__name__} that is no array, expected numbers in rows of "
            "one length: pass one array, not several."
        ) from error


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
    image = read_array(image, "image")
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
    if not is_range_of_image(lowest, highest):
        raise ValueError(
            f"the image's values go from {lowest:.5g} to {highest:.5g}, expected 0..255: multiply "
            "an image in 0..1 by 255, take (image + 1) * 127.5 of one in -1..1, and put numbers in "
            "the place of NaN."
        )
    return image


def is_range_of_image(lowest, highest):
    """Say whether a float image from this value to that one is in 0..255, not in 0..1 or -1..1.

    The two alone decide, as they are NaN where an image holds one: comparing every pixel would cost
    as much as resizing the image.

    Args:
        lowest: a number, or a scalar tensor.
        highest: as `lowest`.

    Returns:
        A bool, or a tensor of one.

    Example:
        >>> [bool(is_range_of_image(*np.float32(pair))) for pair in [(0, 255), (0, 1), (0, 0)]]
        [True, False, True]
    """
    # Half a level beyond is rounding; NaN fails every comparison.
    inside = (lowest > -0.5) & (highest < 255.5)
    return inside & ((highest > 1) | ((lowest == 0) & (highest == 0)))


def check_photo(image) -> np.ndarray:
    """Return the image as an array, or raise if it is not uint8 [H, W, 3].

    Args:
        image: anything that NumPy can read.

    Returns:
        uint8 [H, W, 3].

    Raises:
        ValueError: says what was found and what to do.

    Example:
        >>> check_photo(np.full([1, 1, 3], 90.0))
        Traceback (most recent call last):
        ...
        ValueError: the image is float64, expected uint8 in 0..255: round and cast it.
    """
    image = check_image(image)
    if image.dtype != np.uint8:
        raise ValueError(
            f"the image is {image.dtype}, expected uint8 in 0..255: round and cast it."
        )
    return image


def check_colour(colour) -> np.ndarray:
    """Return a colour as float32 [3], or raise if it is not red, green and blue in 0..255.

    Args:
        colour: three numbers.

    Returns:
        float32 [3].

    Raises:
        ValueError: says what was found and what to do.

    Example:
        >>> check_colour((0, 127, 255)).tolist()
        [0.0, 127.0, 255.0]
    """
    values = read_array(colour, "colour")
    usable = values.shape == (3,) and values.dtype.kind in "iuf"
    if not usable or not (values.min() >= 0 and values.max() <= 255):
        found = repr(colour) if values.size < 10 else f"{values.dtype} {values.shape}"
        raise ValueError(
            f"the colour is {found}, expected red, green and blue in 0..255: try (70, 110, 200)."
        )
    # As with images: floats with nothing above 1 are taken for shares, unless they are all black.
    if values.dtype.kind == "f" and 0 < values.max() <= 1:
        raise ValueError(
            f"the colour is {colour!r}, expected red, green and blue in 0..255: multiply one in "
            "0..1 by 255."
        )
    return values.astype(np.float32)


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
    mask = read_array(mask, name)
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
    alpha = read_array(alpha, "alpha")
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
