"""The photoshop: what a mask does to a photo, at the photo's own size.

Every function takes an image uint8 [H, W, 3] in 0..255 and an alpha: float 0..1, the share of the
subject in each pixel, or a mask of 0 and 1; [H, W, 1] or [H, W]. Each returns an image uint8
[H, W, 3] in which the pixels that are all subject (alpha 1) are those of the image, bit for bit.
Widths are shares of the photo's diagonal, so that a small preview looks like the large picture.
"""

import cv2
import numpy as np

from unetlab.checks import check_alpha, check_colour, check_photo, share_to_pixels
from unetlab.photo.alpha import estimate_foreground
from unetlab.photo.cut_out import fill_background, lay_over

DISC = 6  # Pixels of the blur's disc; larger blurs work on a smaller image.


def grey_background(image, alpha, strength: float = 1.0) -> np.ndarray:
    """Turn the background grey by ITU-R BT.601, section 2.5.1; a strength of 0 leaves it."""
    image, alpha = _check(image, alpha)
    grey = np.float32(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))[..., None]
    return lay_over(image, alpha, image + np.float32(strength) * (grey - image))


def blur_background(image, alpha, radius: float) -> np.ndarray:
    """Blur the background as a lens does: each point becomes a disc, and none of the subject's.

    The subject is left out of the average, or its colours would glow around it.

    Args:
        image: uint8 [H, W, 3], 0..255.
        alpha: float [H, W, 1] or [H, W] in 0..1, or a mask.
        radius: radius of the disc, as a share of the photo's diagonal, 0..1.

    Returns:
        uint8 [H, W, 3].

    Raises:
        ValueError: an argument is not as above.

    Example:
        >>> image = np.uint8([[[255, 0, 0], [80, 80, 80], [120, 120, 120]]])
        >>> blur_background(image, np.array([[1, 0, 0]]), radius=1)[0, 0].tolist()
        [255, 0, 0]

    Source: Knutsson and Westin, Normalized and Differential Convolution, CVPR 1993.
    """
    image, alpha = _check(image, alpha)
    pixels = share_to_pixels("radius", radius, image)
    if pixels < 0.5:
        return image.copy()
    height, width = image.shape[:2]
    shrink = max(1.0, pixels / DISC)
    size = max(1, round(width / shrink)), max(1, round(height / shrink))
    weight = cv2.resize(1 - alpha, size, interpolation=cv2.INTER_AREA)[..., None]
    # Squared values come near to amounts of light, so that bright points stay bright discs.
    light = cv2.resize(
        np.float32(image) ** 2 * (1 - alpha[..., None]), size, interpolation=cv2.INTER_AREA
    )
    disc = _disc(pixels / shrink)
    light, weight = cv2.filter2D(light, -1, disc), cv2.filter2D(weight, -1, disc)
    blurred = np.sqrt(np.maximum(light, 0) / np.maximum(weight, 1e-4)[..., None])
    blurred = cv2.resize(blurred, (width, height), interpolation=cv2.INTER_LINEAR)
    return lay_over(estimate_foreground(image, alpha), alpha, blurred)


def tint_background(image, alpha, colour, strength: float = 1.0) -> np.ndarray:
    """Dye the background: its brightness stays, its colour becomes the given one, 0..255."""
    image, alpha = _check(image, alpha)
    grey = np.float32(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))[..., None] / 255
    dyed = grey * check_colour(colour)
    return lay_over(image, alpha, image + np.float32(strength) * (dyed - image))


def replace_background(image, alpha, background) -> np.ndarray:
    """Put the subject in front of a colour or of another photo.

    Args:
        image: uint8 [H, W, 3], 0..255.
        alpha: float [H, W, 1] or [H, W] in 0..1, or a mask.
        background: a colour (red, green, blue), 0..255, or an image uint8 [h, w, 3] of any size,
            which is scaled until it covers the photo, and cropped to its middle.

    Returns:
        uint8 [H, W, 3].

    Raises:
        ValueError: an argument is not as above.

    Example:
        >>> image = np.full([1, 2, 3], 50, np.uint8)
        >>> replace_background(image, np.array([[1, 0]]), (0, 200, 0)).tolist()
        [[[50, 50, 50], [0, 200, 0]]]
    """
    image, alpha = _check(image, alpha)
    behind = fill_background(background, image.shape[:2])
    return lay_over(estimate_foreground(image, alpha), alpha, behind)


def draw_outline(image, alpha, colour, width: float) -> np.ndarray:
    """Draw a line around the subject, outside of it; its width is a share of the diagonal."""
    image, alpha = _check(image, alpha)
    pixels, outside = share_to_pixels("width", width, image), np.uint8(alpha < 0.5)
    if outside.all() or not pixels:
        return image.copy()
    distance = cv2.distanceTransform(outside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    # The last pixel fades, which keeps the line from having stairs.
    line = np.clip(pixels + 1 - distance, 0, 1)[..., None] * (distance > 0)[..., None]
    return lay_over(image, alpha, image + line * (check_colour(colour) - image))


def _check(image, alpha) -> tuple[np.ndarray, np.ndarray]:
    image = check_photo(image)
    return image, check_alpha(alpha, image)


def _disc(radius: float) -> np.ndarray:
    reach = int(np.ceil(radius))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disc = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1).astype(np.float32)
    return disc / disc.sum()
