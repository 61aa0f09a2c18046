"""Alpha: how much of each pixel is subject, and the subject's own colour there.

Taught in: notebooks/03_chair_extraction.ipynb
"""

import cv2
import numpy as np
from scipy.ndimage import binary_fill_holes
from skimage.measure import label

from unetlab.checks import check_alpha, check_image


def refine_alpha(image, probability, radius: float = 0.005, epsilon: float = 1e-4) -> np.ndarray:
    """Let the edge of an enlarged, blurry probability follow the edges of the photo.

    A guided filter: around each pixel, the result is the straight-line function of the photo's
    colours that fits the probability best. Where the photo has an edge, so has the result.

    Args:
        image: uint8 [H, W, 3], 0..255.
        probability: float [H, W, 1] or [H, W], of the subject, 0..1, at the photo's own size.
        radius: half the side of a pixel's surroundings, as a share of the photo's diagonal; about
            as wide as the probability is blurry.
        epsilon: how strong an edge must be to count, as a variance of values in 0..1: the larger,
            the smoother.

    Returns:
        alpha: float32 [H, W, 1], 0..1.

    Raises:
        ValueError: the shapes do not fit, or the probability is outside 0..1.

    Example:
        >>> image = np.zeros([20, 20, 3], np.uint8)
        >>> image[:, 8:] = 200
        >>> blurry = cv2.blur(np.float32(image[..., 0] > 0), (9, 1))
        >>> alpha = refine_alpha(image, blurry, radius=0.1)
        >>> float(alpha[10, 9, 0] - alpha[10, 6, 0]) > float(blurry[10, 9] - blurry[10, 6])
        True

    Source: He, Sun, Tang, Guided Image Filtering, 2013, equations 19 to 21.
    """
    image = check_image(image)
    probability = check_alpha(probability, image)
    reach = max(1, round(radius * float(np.hypot(*image.shape[:2]))))
    guide = np.float32(image) / 255

    def average(values):
        return cv2.blur(values, (2 * reach + 1,) * 2, borderType=cv2.BORDER_REFLECT)

    mean_guide, mean = average(guide), average(probability)
    covariance = average(guide * probability[..., None]) - mean_guide * mean[..., None]
    # The six different entries of the guide's symmetric 3x3 covariance at each pixel.
    red, green, blue = cv2.split(guide)
    products = [(red, red), (red, green), (red, blue), (green, green), (green, blue), (blue, blue)]
    pairs = [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)]
    entries = [
        average(a * b) - mean_guide[..., i] * mean_guide[..., j] + epsilon * (i == j)
        for (a, b), (i, j) in zip(products, pairs, strict=True)
    ]
    slope = _solve(entries, covariance)
    offset = mean - (slope * mean_guide).sum(axis=-1)
    alpha = (average(slope) * guide).sum(axis=-1) + average(offset)
    return np.clip(alpha, 0, 1)[..., None]


def feather(mask, width: float) -> np.ndarray:
    """Soften a hard mask's edge: from 0 to 1 over so many pixels, half of them on either side.

    Args:
        mask: bool or integer [H, W, 1] or [H, W], 1 where the subject is.
        width: width of the soft edge in pixels, 0 or more.

    Returns:
        alpha: float32 [H, W, 1], 0..1.

    Raises:
        ValueError: the mask has another shape, or the width is negative.

    Example:
        >>> feather(np.array([[0, 0, 0, 1, 1, 1]]), width=4).ravel().tolist()
        [0.0, 0.125, 0.375, 0.625, 0.875, 1.0]
    """
    mask = np.asarray(mask)
    mask = mask[..., 0] if mask.ndim == 3 and mask.shape[2] == 1 else mask
    if mask.ndim != 2 or mask.dtype.kind not in "bui" or width < 0:
        raise ValueError(
            f"the mask is {mask.dtype} {mask.shape} and the width {width}, expected bool or integer"
            " [H, W] or [H, W, 1] and 0 pixels or more."
        )
    inside = np.uint8(mask != 0)
    # Pixels' centres are at least half a pixel from the outline, so up to 1 all stay hard.
    if width <= 1 or inside.all() or not inside.any():
        return np.float32(inside)[..., None]
    # The outline runs half a pixel from the centres of the pixels on either side.
    depth = _distance(inside) - _distance(1 - inside)
    depth = np.where(inside, depth - 0.5, depth + 0.5)
    return np.clip(0.5 + depth / width, 0, 1).astype(np.float32)[..., None]


def _distance(mask: np.ndarray) -> np.ndarray:
    return cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)


def _solve(entries, right) -> np.ndarray:
    # Cramer's rule for a symmetric 3x3 system at each pixel.
    a, b, c, d, e, f = entries
    first, second, third = d * f - e * e, c * e - b * f, b * e - c * d
    inverse = np.stack(
        [first, second, third, second, a * f - c * c, b * c - a * e, third, b * c - a * e]
        + [a * d - b * b],
        axis=-1,
    )
    determinant = a * first + b * second + c * third
    matrix = inverse.reshape(*right.shape[:2], 3, 3)
    return np.einsum("hwij,hwj->hwi", matrix, right) / determinant[..., None]


def clean_mask(mask) -> np.ndarray:
    """Keep the largest connected part of a mask, and fill its holes.

    Args:
        mask: bool or integer [H, W, 1], 1 where the subject is.

    Returns:
        mask: uint8 [H, W, 1].

    Raises:
        ValueError: the mask has another shape or type.

    Example:
        >>> mask = np.array([[1, 1, 1, 0, 1], [1, 0, 1, 0, 0], [1, 1, 1, 0, 0]])[..., None]
        >>> clean_mask(mask)[..., 0].tolist()
        [[1, 1, 1, 0, 0], [1, 1, 1, 0, 0], [1, 1, 1, 0, 0]]
    """
    mask = np.asarray(mask)
    if mask.ndim != 3 or mask.shape[2] != 1 or mask.dtype.kind not in "bui":
        raise ValueError(
            f"the mask is {mask.dtype} {mask.shape}, expected bool or integer [H, W, 1]: compare "
            "logits with 0 first."
        )
    parts = label(mask[..., 0] != 0)
    if not parts.any():
        return np.zeros_like(mask, np.uint8)
    largest = np.bincount(parts.ravel())[1:].argmax() + 1
    return np.uint8(binary_fill_holes(parts == largest))[..., None]


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
