"""From a photo and the model's opinion of it to a picture: what the studio's controls mean."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import cv2
import keras
import numpy as np

from unetlab.checks import check_alpha, check_image, share_to_pixels
from unetlab.photo.alpha import clean_mask, feather
from unetlab.photo.cut_out import cut_out
from unetlab.photo.effects import (
    blur_background,
    draw_outline,
    grey_background,
    replace_background,
    tint_background,
)
from unetlab.prediction import average_mirrored, predict_framed, predict_logits, to_probability


class Look(NamedTuple):
    """How a picture is made; the studio's controls, by name.

    Attributes:
        effect: a name in `EFFECTS`.
        threshold: a pixel is subject where its probability is larger, more than 0, less than 1.
        feather: width of the soft edge, as a share of the photo's diagonal.
        strength: how much of the effect, 0..1.
        colour: red, green and blue, 0..255, for the effects that need one.
        one_piece: whether to keep the largest part of the mask only, without holes.
        behind: for a new background, a photo in place of the colour, uint8 [h, w, 3].

    Example:
        >>> Look("blurred", feather=0.01).strength
        1.0
    """

    effect: str = "grey world"
    threshold: float = 0.5
    feather: float = 0.004
    strength: float = 1.0
    colour: tuple[int, int, int] = (70, 110, 200)
    one_piece: bool = True
    behind: np.ndarray | None = None


EFFECTS: dict[str, Callable] = {
    "grey world": lambda image, alpha, look: grey_background(image, alpha, look.strength),
    "blurred": lambda image, alpha, look: blur_background(image, alpha, 0.03 * look.strength),
    "tinted": lambda image, alpha, look: tint_background(image, alpha, look.colour, look.strength),
    "new background": lambda image, alpha, look: replace_background(
        image, alpha, look.colour if look.behind is None else look.behind
    ),
    "outline": lambda image, alpha, look: draw_outline(
        image, alpha, look.colour, 0.01 * look.strength
    ),
    "cut-out": lambda image, alpha, look: replace_background(image, alpha, _squares(image)),
}

MARGIN = 0.15  # from a tenth to a fifth of the photo, the starter's figures hardly differ


def predict_probability(model: keras.Model, image) -> np.ndarray:
    """Predict the subject's probability at the photo's own size; once for each photo.

    The network is shown the photo in three ways: squeezed into its square; in its own proportions,
    which counts twice; and with a margin around. In each it is shown the mirror image as well.

    Args:
        model: from image [B, h, w, 3] in 0..255 to one logit a pixel.
        image: uint8 [H, W, 3], 0..255.

    Returns:
        float32 [H, W, 1], 0..1.

    Raises:
        ValueError: the image is not one, or the model has several logits.

    Example:
        >>> model = keras.Sequential([keras.Input([32, 32, 3]), keras.layers.Conv2D(1, 1)])
        >>> predict_probability(model, np.zeros([40, 50, 3], np.uint8)).shape
        (40, 50, 1)
    """
    if model.output_shape[-1] != 1:
        raise ValueError(
            f"the model gives {model.output_shape[-1]} logits a pixel, expected one: build it for "
            "two classes."
        )
    frame = model.input_shape[1:3]
    if None in frame:  # of open size: it reads any photo as it is
        return to_probability(average_mirrored(partial(predict_logits, model), image))
    image = check_image(image)
    height, width = image.shape[:2]
    small = _shrink(image, 4 * max(frame))
    ways = predict_logits, predict_framed, partial(predict_framed, margin=MARGIN)
    squeezed, framed, inside = (average_mirrored(partial(way, model), small) for way in ways)
    logits = cv2.resize((squeezed + 2 * framed + inside) / 4, (width, height))
    return to_probability(logits[..., None])


def _shrink(image: np.ndarray, longest: int) -> np.ndarray:
    # Or each of the six looks would shrink a phone's photo anew, and enlarge its logits to it.
    share = longest / max(image.shape[:2])
    if share >= 1:
        return image
    height, width = (max(1, round(side * share)) for side in image.shape[:2])
    return cv2.resize(np.uint8(np.rint(image)), (width, height), interpolation=cv2.INTER_AREA)


def make_alpha(probability, look: Look) -> np.ndarray:
    """Turn probabilities into the share of the subject in each pixel.

    Args:
        probability: float [H, W, 1], 0..1.
        look: its threshold, feather and `one_piece` are used.

    Returns:
        float32 [H, W, 1], 0..1.

    Raises:
        ValueError: a probability is not in 0..1, or the threshold or feather is out of range.

    Example:
        >>> make_alpha(np.full([4, 4, 1], 0.9), Look(threshold=0.95)).max()
        np.float32(0.0)
    """
    if not 0 < look.threshold < 1:
        raise ValueError(
            f"threshold is {look.threshold!r}, expected a probability between 0 and 1: try 0.5."
        )
    mask = check_alpha(probability, probability) > look.threshold
    return feather(clean_mask(mask) if look.one_piece else mask, look.feather)


def make_picture(image, probability, look: Look) -> np.ndarray:
    """Make the picture that the studio shows.

    Args:
        image: uint8 [H, W, 3], 0..255.
        probability: float [H, W, 1], 0..1, of the same height and width.
        look: effect, threshold, feather, strength, colour.

    Returns:
        uint8 [H, W, 3]; a cut-out is shown on grey squares.

    Raises:
        ValueError: the effect is unknown, or an argument is out of range.

    Example:
        >>> image = np.full([4, 4, 3], (200, 0, 0), np.uint8)
        >>> make_picture(image, np.zeros([4, 4, 1]), Look("grey world"))[0, 0].tolist()
        [60, 60, 60]
    """
    if look.effect not in EFFECTS:
        raise ValueError(f"effect is {look.effect!r}, expected one of {', '.join(EFFECTS)}.")
    return EFFECTS[look.effect](image, make_alpha(probability, look), look)


def make_file(image, probability, look: Look) -> np.ndarray:
    """Make the picture to save: as `make_picture`, but a cut-out is transparent, [H, W, 4]."""
    if look.effect == "cut-out":
        return cut_out(image, make_alpha(probability, look))
    return make_picture(image, probability, look)


def _squares(image) -> np.ndarray:
    side = max(1, round(share_to_pixels("side", 0.015, image)))
    y, x = np.indices(image.shape[:2]) // side
    return np.repeat(np.where((x + y) % 2, 200, 235).astype(np.uint8)[..., None], 3, axis=2)
