"""Evidence: the few numbers that a photo and its mask are judged by, of one pair at a time."""

import zlib
from collections.abc import Mapping
from typing import NamedTuple

import cv2
import numpy as np

from unetlab.checks import check_image

SIDE = 160  # Pixels of the longer side at which outlines are compared.
REACH = 0.125  # How far a mask is moved to see whether it fits better there, of that side.
THUMBNAIL = 16
BLUR = 1.5  # Pixels; masks drawn by hand miss an edge by as much.


class Evidence(NamedTuple):
    """What is measured of one photo and its mask, so small that thousands fit into memory.

    Attributes:
        size: the photo's height and width.
        mask_size: the mask's height and width.
        pixels: how many pixels of the mask hold each id.
        crumbs: how many pixels of the mask stand alone, with no neighbour of their id.
        bits: bool [64], alike for photos that look alike, whatever their size.
        thumbnail: uint8 [16, 16, 3], the photo's colours.
        mask_print: the same for equal masks, and only by chance for others.
        inside_out: whether the subject covers the borders and the background the middle.
        agreement: how strong, and how parallel to it, the photo's edges along the mask's outline
            are, in 0..1; NaN where the mask has no outline.
        best_agreement: the same where the mask, moved, fits best.
        shift: that move, (down, right), in shares of the longer side.
    """

    size: tuple[int, int]
    mask_size: tuple[int, int]
    pixels: Mapping[int, int]
    crumbs: int
    bits: np.ndarray
    thumbnail: np.ndarray
    mask_print: int
    inside_out: bool
    agreement: float = np.nan
    best_agreement: float = np.nan
    shift: tuple[float, float] = (0.0, 0.0)


def measure(image: np.ndarray, mask: np.ndarray, background: int, void: int) -> Evidence:
    """Measure a photo and its mask.

    Args:
        image: uint8 or float [H, W, 3], 0..255.
        mask: integer [H, W, 1], class ids.
        background: the background's id.
        void: the id that marks void.

    Returns:
        An `Evidence`.

    Raises:
        ValueError: the image is not in 0..255.

    Example:
        >>> image, mask = np.zeros([8, 8, 3], np.uint8), np.zeros([8, 8, 1], np.uint8)
        >>> measure(image, mask, background=0, void=255).pixels
        {0: 64}
    """
    image = np.clip(check_image(image), 0, 255).astype(np.uint8)
    mask = mask[..., 0]
    ids, counts = np.unique(mask, return_counts=True)
    return Evidence(
        image.shape[:2],
        mask.shape,
        dict(zip(ids.tolist(), counts.tolist(), strict=True)),
        _count_crumbs(mask, void),
        _perceptual_bits(image),
        cv2.resize(image, (THUMBNAIL, THUMBNAIL), interpolation=cv2.INTER_AREA),
        zlib.crc32(np.ascontiguousarray(mask)),
        _is_inside_out((mask != background) & (mask != void), mask == background),
        *(_compare_outlines(image, mask) if image.shape[:2] == mask.shape else ()),
    )


def _perceptual_bits(image: np.ndarray) -> np.ndarray:
    # Of a picture's lowest waves, which are the stronger half (pHash).
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32)
    waves = cv2.dct(small)[:8, :8].ravel()
    return waves > np.median(waves)


def _count_crumbs(mask: np.ndarray, void: int) -> int:
    height, width = mask.shape
    if min(height, width) < 3:
        return 0
    centre = mask[1:-1, 1:-1]
    alone = centre != void
    for row in range(3):
        for column in range(3):
            if (row, column) != (1, 1):
                alone &= centre != mask[row : row + height - 2, column : column + width - 2]
    return int(alone.sum())


def _is_inside_out(subject: np.ndarray, background: np.ndarray) -> bool:
    middle = background[tuple(slice(side // 3, side - side // 3) for side in background.shape)]
    borders = np.array(
        [part.mean() for part in (subject[0], subject[-1], subject[:, 0], subject[:, -1])]
    )
    # In a close-up the subject covers the middle even more than the borders.
    return bool(borders.min() > 0.5 and middle.mean() > 1.2 - borders.mean())


def _compare_outlines(image: np.ndarray, mask: np.ndarray) -> tuple:
    scale = min(1, SIDE / max(mask.shape))
    size = [max(1, round(side * scale)) for side in mask.shape[::-1]]
    # Only ids of 16 bits or fewer are resized by OpenCV, and floats hold these exactly.
    mask = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_NEAREST)
    image = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    outline = np.zeros(mask.shape, np.float32)
    outline[:-1] += mask[:-1] != mask[1:]
    outline[:, :-1] += mask[:, :-1] != mask[:, 1:]
    outline = np.minimum(outline, 1)
    if outline.sum() < 8:
        return ()
    strength, directions = _find_edges(image)
    # An edge as strong as the photo's strongest and parallel to the outline counts 1, across it 0.
    edges = directions * strength[..., None] / 2
    template = _find_edges(mask)[1] * (outline / outline.sum())[..., None]
    reach = int(REACH * max(mask.shape))
    edges = cv2.copyMakeBorder(edges, *[reach] * 4, cv2.BORDER_CONSTANT, value=(0.25, 0, 0))
    fits = cv2.matchTemplate(edges, template, cv2.TM_CCORR)
    place = np.unravel_index(np.argmax(fits), fits.shape)
    shift = tuple((int(index) - reach) / max(mask.shape) for index in place)
    return float(fits[reach, reach]), float(fits.max()), shift


def _find_edges(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    # The structure tensor; the ranks of its strength in 0..1, and 1 beside the cosine and sine of
    # twice the edges' angle: the products of two such sum to 2 for parallels, 0 for right angles.
    image = cv2.GaussianBlur(image, (0, 0), 1.0)
    right, down = (cv2.Sobel(image, cv2.CV_32F, *order) for order in ((1, 0), (0, 1)))
    products = [part.reshape(*image.shape[:2], -1).sum(axis=2) for part in
                (right * right, down * down, right * down)]  # fmt: skip
    across, along, mixed = (cv2.GaussianBlur(product, (0, 0), BLUR) for product in products)
    total = across + along
    ranks = np.empty(total.size, np.float32)
    ranks[np.argsort(total, axis=None)] = np.linspace(0, 1, total.size)
    total = total + 1e-6
    cosine_and_sine = (across - along) / total, 2 * mixed / total
    directions = np.stack([np.ones_like(total), *cosine_and_sine], axis=2)
    return ranks.reshape(total.shape), directions
