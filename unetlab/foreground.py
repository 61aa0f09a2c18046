"""The subject's own colours, where its edge shares pixels with the background.

Taught in: notebooks/03_chair_extraction.ipynb
"""

import cv2
import numpy as np

from unetlab.edges import check_alpha
from unetlab.prediction import check_image

FAR_SHRINK = 8


def estimate_foreground(image, alpha) -> np.ndarray:
    """Estimate the subject's own colours where it shares a pixel with the background.

    A pixel on the edge shows a mixture: alpha of the subject and the rest of what was behind it.
    Put on another background as it is, it keeps a rim of the old one. Here the subject's colour
    nearby stands in, corrected by what the mixture tells. Two passes: far, then near.

    Args:
        image: uint8 [H, W, 3], 0..255.
        alpha: as in `cut_out`.

    Returns:
        uint8 [H, W, 3]; where alpha is 1, the image's own values.

    Raises:
        ValueError: as in `cut_out`.

    Example:
        >>> image = np.uint8([[[200] * 3] * 9 + [[150] * 3] + [[100] * 3] * 9])
        >>> alpha = np.array([[1.0] * 9 + [0.5] + [0.0] * 9])
        >>> estimate_foreground(image, alpha)[0, 9].tolist()  # 150 in the photo: half and half
        [198, 198, 198]

    Source: Forte, Approximate Fast Foreground Colour Estimation, ICIP 2021, equations 5 to 7.

    Taught in: notebooks/03_chair_extraction.ipynb
    """
    image = check_image(image)
    share = check_alpha(alpha, image)
    mixed = np.float32(image)
    # The far pass is smooth, so a small image will do for it.
    height, width = share.shape
    size = max(1, width // FAR_SHRINK), max(1, height // FAR_SHRINK)
    small = [cv2.resize(part, size, interpolation=cv2.INTER_AREA) for part in (mixed, share)]
    far = _separate(small[0], small[0], *small, reach=max(1, 90 // FAR_SHRINK))
    colours, behind = (
        cv2.resize(part, (width, height), interpolation=cv2.INTER_LINEAR) for part in far
    )
    colours, _ = _separate(colours, behind, mixed, share, reach=6)
    return np.where(share[..., None] == 1, image, np.uint8(np.round(colours)))


def _separate(colours, behind, mixed, share, reach: int):
    share = share[..., None]
    near, rest = _average(colours, share, reach), _average(behind, 1 - share, reach)
    missing = mixed - share * near - (1 - share) * rest
    return np.clip(near + share * missing, 0, 255), rest


def _average(colours: np.ndarray, weight: np.ndarray, reach: int) -> np.ndarray:
    size = (2 * reach + 1,) * 2
    total = cv2.blur(weight, size)[..., None]
    return cv2.blur(colours * weight, size) / np.maximum(total, 1e-5)
