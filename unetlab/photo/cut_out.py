"""Cut-outs: the subject alone, without the old background in its edge, and laid over another."""

import cv2
import numpy as np

from unetlab.checks import check_alpha, check_colour, check_photo
from unetlab.photo.alpha import estimate_foreground


def cut_out(image, alpha) -> np.ndarray:
    """Cut the subject out: its own colours, and transparency where it is not.

    Args:
        image: uint8 [H, W, 3], 0..255.
        alpha: share of the subject in each pixel, float 0..1, or a mask of 0 and 1; [H, W, 1] or
            [H, W].

    Returns:
        uint8 [H, W, 4], red, green, blue and alpha, 0..255; save it with
        `Image.fromarray(...).save("name.png")`.

    Raises:
        ValueError: the image or the alpha is not as above.

    Example:
        >>> image, mask = np.full([2, 3, 3], 90, np.uint8), np.array([[0, 1, 1], [0, 1, 1]])
        >>> cut_out(image, mask)[0].tolist()
        [[90, 90, 90, 0], [90, 90, 90, 255], [90, 90, 90, 255]]
    """
    image = check_photo(image)
    alpha = check_alpha(alpha, image)
    colours = estimate_foreground(image, alpha)
    return np.dstack([colours, np.uint8(np.round(alpha * 255))])


def put_on(cut_out_image, background) -> np.ndarray:
    """Lay a cut-out over a colour or an image.

    Args:
        cut_out_image: uint8 [H, W, 4], as from `cut_out`.
        background: a colour (red, green, blue), 0..255, or an image uint8 [h, w, 3] of any size,
            which is scaled until it covers the cut-out, and cropped to its middle.

    Returns:
        uint8 [H, W, 3].

    Raises:
        ValueError: an argument is not as above.

    Example:
        >>> put_on(np.uint8([[[10, 20, 30, 255], [0, 0, 0, 0]]]), (255, 255, 255)).tolist()
        [[[10, 20, 30], [255, 255, 255]]]
    """
    colours = check_photo(cut_out_image[..., :3])
    alpha = np.float32(cut_out_image[..., 3]) / 255
    return lay_over(colours, alpha, fill_background(background, colours.shape[:2]))


def lay_over(subject, alpha, background) -> np.ndarray:
    """Mix colours [H, W, 3], 0..255, by alpha, float32 [H, W]: Porter and Duff's "over", 1984."""
    share = alpha[..., None]
    mixed = share * np.float32(subject) + (1 - share) * np.float32(background)
    return np.uint8(np.round(np.clip(mixed, 0, 255)))


def fill_background(background, size: tuple[int, int]) -> np.ndarray:
    """Make a background of a height and width from a colour or another image, as in `put_on`."""
    if np.ndim(background) < 2:
        return np.broadcast_to(check_colour(background), (*size, 3))
    background = check_photo(background)
    height, width = size
    scale = max(height / background.shape[0], width / background.shape[1])
    grown_height, grown_width = (
        max(side, round(old * scale)) for side, old in zip(size, background.shape, strict=False)
    )
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    scaled = cv2.resize(background, (grown_width, grown_height), interpolation=way)
    top, left = (grown_height - height) // 2, (grown_width - width) // 2
    return scaled[top : top + height, left : left + width]
