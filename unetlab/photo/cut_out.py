"""Cut-outs: the subject alone, without the old background in its edge, and laid over another.

Taught in: notebooks/03_chair_extraction.ipynb
"""

import cv2
import numpy as np

from unetlab.checks import check_alpha, check_colour, check_photo, read_array
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
    parts = read_array(cut_out_image, "cut-out")
    if parts.ndim != 3 or parts.shape[2] != 4 or parts.dtype != np.uint8:
        raise ValueError(
            f"the cut-out is {parts.dtype} {parts.shape}, expected uint8 [H, W, 4]: make it with "
            "cut_out(image, alpha)."
        )
    alpha = np.float32(parts[..., 3]) / 255
    return lay_over(parts[..., :3], alpha, fill_background(background, parts))


def lay_over(subject, alpha, background) -> np.ndarray:
    """Mix the subject's colours and a background by alpha, as every effect does.

    Args:
        subject: [H, W, 3], 0..255; kept bit for bit where alpha is 1.
        alpha: float32 [H, W], 0..1.
        background: [H, W, 3], 0..255.

    Returns:
        uint8 [H, W, 3].

    Example:
        >>> lay_over(np.full([1, 1, 3], 200), np.float32([[0.25]]), np.zeros([1, 1, 3])).tolist()
        [[[50, 50, 50]]]

    Source: Porter and Duff, Compositing Digital Images, 1984, the operator "over".
    """
    share = alpha[..., None]
    mixed = share * np.float32(subject) + (1 - share) * np.float32(background)
    return np.uint8(np.round(np.clip(mixed, 0, 255)))


def fill_background(background, image) -> np.ndarray:
    """Make a background of an image's size from a colour or another image.

    Args:
        background: as in `put_on`.
        image: [H, W, ...].

    Returns:
        [H, W, 3], 0..255.

    Raises:
        ValueError: the background is neither.

    Example:
        >>> fill_background((1, 2, 3), np.zeros([1, 2, 4])).tolist()
        [[[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]]]
    """
    size = image.shape[:2]
    if read_array(background, "background").ndim > 1:
        return _cover(check_photo(background), size)
    return np.broadcast_to(check_colour(background), (*size, 3))


def _cover(background: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    height, width = size
    scale = max(height / background.shape[0], width / background.shape[1])
    grown = [
        max(side, round(old * scale)) for side, old in zip(size, background.shape, strict=False)
    ]
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    scaled = cv2.resize(background, grown[::-1], interpolation=way)
    top, left = (grown[0] - height) // 2, (grown[1] - width) // 2
    return scaled[top : top + height, left : left + width]
