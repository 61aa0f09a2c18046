"""Cut-outs: the subject alone, at the photo's own size, without the old background in its edge.

Taught in: notebooks/03_chair_extraction.ipynb
"""

import numpy as np

from unetlab.checks import check_alpha, check_image
from unetlab.photo.alpha import estimate_foreground


def cut_out(image, alpha) -> np.ndarray:
    """Cut the subject out: its own colours, and transparency where it is not.

    Args:
        image: uint8 [H, W, 3], 0..255.
        alpha: share of the subject in each pixel, float [H, W, 1] in 0..1, or a mask of 0 and 1.

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
    image = check_image(image)
    alpha = check_alpha(alpha, image)
    colours = estimate_foreground(image, alpha)
    return np.dstack([colours, np.uint8(np.round(alpha * 255))])


def put_on(cut_outs, background) -> np.ndarray:
    """Lay a cut-out over a colour or an image.

    Args:
        cut_outs: uint8 [H, W, 4], as from `cut_out`.
        background: a colour (red, green, blue), 0..255, or an image [H, W, 3].

    Returns:
        uint8 [H, W, 3].

    Example:
        >>> put_on(np.uint8([[[10, 20, 30, 255], [0, 0, 0, 0]]]), (255, 255, 255)).tolist()
        [[[10, 20, 30], [255, 255, 255]]]

    Source: Porter and Duff, Compositing Digital Images, 1984, the operator "over".
    """
    colours, alpha = np.float32(cut_outs[..., :3]), np.float32(cut_outs[..., 3:]) / 255
    return np.uint8(np.round(alpha * colours + (1 - alpha) * np.float32(background)))
