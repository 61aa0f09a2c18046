"""Alpha: how much of each pixel is subject, and the subject's own colour there."""

import cv2
import numpy as np
from scipy.ndimage import binary_fill_holes
from skimage.measure import label

from unetlab.checks import check_alpha, check_binary_mask, check_image, share_to_pixels

# How strong an edge must be to count, as a variance of values in 0..1.
EPSILON = 1e-4
FAR_SHRINK = 8


def refine_alpha(image, probability, radius: float = 0.005) -> np.ndarray:
    """Let the edge of an enlarged, blurry probability follow the edges of the photo.

    A guided filter: around each pixel, the result is the straight-line function of the photo's
    colours that fits the probability best. Where the photo has an edge, so has the result.

    Args:
        image: uint8 [H, W, 3], 0..255.
        probability: float [H, W, 1] or [H, W], of the subject, 0..1, at the photo's own size.
        radius: half the side of a pixel's surroundings, as a share of the photo's diagonal; about
            as wide as the probability is blurry.

    Returns:
        alpha: float32 [H, W, 1], 0..1.

    Raises:
        ValueError: the shapes do not fit, or a value is out of its range.

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
    probability = check_alpha(probability, image).astype(float)
    reach = max(1, round(share_to_pixels("radius", radius, image)))

    def average(values):
        return cv2.blur(values, (2 * reach + 1,) * 2, borderType=cv2.BORDER_REFLECT)

    # Doubles: a variance of 1e-6 is the difference of two means near 1, which floats cannot hold.
    guide = [channel / 255.0 for channel in cv2.split(image)]
    means, mean = [average(channel) for channel in guide], average(probability)
    covariances = [
        average(channel * probability) - channel_mean * mean
        for channel, channel_mean in zip(guide, means, strict=True)
    ]
    # The six different entries of the colours' symmetric 3x3 covariance at each pixel.
    entries = [
        average(guide[i] * guide[j]) - means[i] * means[j] + EPSILON * (i == j)
        for i, j in ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))
    ]
    slopes = _solve(entries, covariances)
    alpha = average(mean - sum(map(np.multiply, slopes, means)))
    alpha += sum(average(slope) * channel for slope, channel in zip(slopes, guide, strict=True))
    return np.float32(np.clip(alpha, 0, 1))[..., None]


def _solve(entries, right) -> list[np.ndarray]:
    # Cramer's rule for a symmetric 3x3 system at each pixel.
    a, b, c, d, e, f = entries
    first, second, third = d * f - e * e, c * e - b * f, b * e - c * d
    middle, lower, last = a * f - c * c, b * c - a * e, a * d - b * b
    determinant = a * first + b * second + c * third
    rows = (first, second, third), (second, middle, lower), (third, lower, last)
    return [sum(map(np.multiply, row, right)) / determinant for row in rows]


def feather(mask, width: float) -> np.ndarray:
    """Soften a hard mask's edge: from 0 to 1 over a width, half of it on either side.

    Args:
        mask: bool or integer 0 and 1, [H, W, 1] or [H, W], 1 where the subject is.
        width: width of the soft edge, as a share of the photo's diagonal, 0..1.

    Returns:
        alpha: float32 [H, W, 1], 0..1.

    Raises:
        ValueError: the mask is not as above, or the width is out of range.

    Example:
        >>> mask = np.array([[0, 0, 0, 1, 1, 1]])
        >>> feather(mask, width=4 / np.hypot(1, 6)).ravel().tolist()  # 4 pixels
        [0.0, 0.125, 0.375, 0.625, 0.875, 1.0]
    """
    inside = check_binary_mask(mask)
    pixels = share_to_pixels("width", width, inside)
    # Pixels' centres are at least half a pixel from the outline, so up to 1 all stay hard.
    if pixels <= 1 or inside.all() or not inside.any():
        return np.float32(inside)[..., None]
    # The outline runs half a pixel from the centres of the pixels on either side.
    depth = _distance(inside) - _distance(1 - inside)
    depth = np.where(inside, depth - 0.5, depth + 0.5)
    return np.clip(0.5 + depth / pixels, 0, 1).astype(np.float32)[..., None]


def _distance(mask: np.ndarray) -> np.ndarray:
    return cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)


def clean_mask(mask) -> np.ndarray:
    """Keep the largest connected part of a mask, and fill its holes.

    Args:
        mask: bool or integer 0 and 1, [H, W, 1] or [H, W], 1 where the subject is.

    Returns:
        mask: uint8 [H, W, 1].

    Raises:
        ValueError: the mask is not as above.

    Example:
        >>> mask = np.array([[1, 1, 1, 0, 1], [1, 0, 1, 0, 0], [1, 1, 1, 0, 0]])[..., None]
        >>> clean_mask(mask)[..., 0].tolist()
        [[1, 1, 1, 0, 0], [1, 1, 1, 0, 0], [1, 1, 1, 0, 0]]
    """
    mask = check_binary_mask(mask)
    parts = label(mask)
    if not parts.any():
        return mask[..., None]
    largest = np.bincount(parts.ravel())[1:].argmax() + 1
    return np.uint8(binary_fill_holes(parts == largest))[..., None]


def estimate_foreground(image: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Estimate the subject's own colours where it shares a pixel with the background.

    From uint8 [H, W, 3] and float32 [H, W]; where alpha is 1, the image's own values. Else the
    colour nearby, corrected by what the mixture tells (Forte, ICIP 2021, equations 5 to 7).
    """
    mixed = np.float32(image)
    # The far pass is smooth, so a small image will do for it.
    height, width = alpha.shape
    size = max(1, width // FAR_SHRINK), max(1, height // FAR_SHRINK)
    small = [cv2.resize(part, size, interpolation=cv2.INTER_AREA) for part in (mixed, alpha)]
    far = _separate(small[0], small[0], *small, reach=90 // FAR_SHRINK)
    colours, behind = (
        cv2.resize(part, (width, height), interpolation=cv2.INTER_LINEAR) for part in far
    )
    colours, _ = _separate(colours, behind, mixed, alpha, reach=6)
    return np.where(alpha[..., None] == 1, image, np.uint8(np.round(colours)))


def _separate(colours, behind, mixed, share, reach: int):
    share = share[..., None]
    near, rest = _average(colours, share, reach), _average(behind, 1 - share, reach)
    missing = mixed - share * near - (1 - share) * rest
    return np.clip(near + share * missing, 0, 255), rest


def _average(colours: np.ndarray, weight: np.ndarray, reach: int) -> np.ndarray:
    size = (2 * reach + 1,) * 2
    total = cv2.blur(weight, size)[..., None]
    return cv2.blur(colours * weight, size) / np.maximum(total, 1e-5)
