"""From a rough scribble inside and one outside to an outline: GrabCut.

Taught in: notebooks/07_label_your_own.ipynb
"""

import cv2
import numpy as np

from unetlab.checks import check_image

NOT_SAID = 255
# GrabCut takes seconds a megapixel, and finds nearly the same outline in a smaller photo. At 300
# pixels it would be quicker still, but the legs of chairs are lost.
LONGER_SIDE = 500
ROUNDS = 3
CLUSTERS = 5


def scribbles_to_mask(image, scribbles) -> np.ndarray:
    """Turn rough scribbles into a mask whose outline follows the photo, by GrabCut.

    Each class is cut out against all that was said of the others, in the order of their ids, a
    later one over an earlier one. The cut is made in a smaller copy of the photo; where something
    was said, the mask says the same, to the pixel. The same scribbles always give the same mask.

    Args:
        image: uint8 [H, W, 3], 0..255.
        scribbles: integer [H, W, 1]: a class id where something was said, else `NOT_SAID`, 255.
            Class 0 is the background.

    Returns:
        mask: uint8 [H, W, 1], class ids; 0 where no class was found.

    Raises:
        ValueError: the two differ in size, or there are scribbles only inside or only outside.

    Example:
        >>> image = np.full([40, 60, 3], 255, np.uint8)
        >>> image[10:30, 20:40] = 90
        >>> scribbles = np.full([40, 60, 1], NOT_SAID, np.uint8)
        >>> scribbles[15:25, 28:32], scribbles[:5] = 1, 0
        >>> int(scribbles_to_mask(image, scribbles).sum())
        400

    Source: Rother et al., GrabCut: Interactive Foreground Extraction using Iterated Graph Cuts,
    SIGGRAPH 2004.
    """
    image = check_image(image).astype(np.uint8)
    height, width = image.shape[:2]
    scribbles = np.asarray(scribbles).reshape(height, width).astype(np.uint8)
    said = np.unique(scribbles[scribbles != NOT_SAID]).tolist()
    if len(said) < 2:
        raise ValueError(
            f"the scribbles hold the classes {said}, expected one inside and one outside of a "
            "subject: draw a line on each side of the outline."
        )
    share = min(1.0, LONGER_SIDE / max(height, width))
    size = max(1, round(width * share)), max(1, round(height * share))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    shares = {one: _shrink_flags(scribbles == one, size) for one in said}
    mask = np.zeros([height, width], np.uint8)
    for one in filter(None, said):
        outside = np.max([shares[other] for other in said if other != one], axis=0)
        cut = _cut(small, shares[one], outside) * np.uint8(255)
        # Enlarged as greys and cut at their middle, the outline is smooth; as ids, it has stairs.
        mask[cv2.resize(cut, (width, height), interpolation=cv2.INTER_LINEAR) > 127] = one
    return np.where(scribbles == NOT_SAID, mask, scribbles)[..., None]


def _shrink_flags(flags, size) -> np.ndarray:
    # The share of each small pixel that was scribbled, in 1/255: a thin line is not lost.
    return cv2.resize(flags.astype(np.uint8) * np.uint8(255), size, interpolation=cv2.INTER_AREA)


def _cut(image, inside, outside) -> np.ndarray:
    sure_inside, sure_outside = (inside > 0) & (inside >= outside), outside > inside
    mask = np.full(inside.shape, cv2.GC_PR_BGD, np.uint8)
    mask[sure_inside], mask[sure_outside] = cv2.GC_FGD, cv2.GC_BGD
    models = _learn_colours(image[sure_inside], image[sure_outside])
    # The first cut goes by what was said alone. Were the rest taken for background at once, as is
    # usual around a rectangle, the subject's own colours would be counted as the background's.
    for rounds, mode in ((1, cv2.GC_EVAL_FREEZE_MODEL), (ROUNDS, cv2.GC_EVAL)):
        cv2.grabCut(image, mask, None, *models, rounds, mode)
    return np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD))


def _learn_colours(inside, outside) -> tuple[np.ndarray, np.ndarray]:
    # Five clusters of colours need five pixels a side: fewer are said again.
    sides = [np.resize(pixels, [max(len(pixels), CLUSTERS), 3]) for pixels in (outside, inside)]
    flags = np.repeat(np.uint8([cv2.GC_BGD, cv2.GC_FGD]), [*map(len, sides)])
    models = np.zeros([1, 65]), np.zeros([1, 65])
    cv2.setRNGSeed(0)
    pixels = np.concatenate(sides)[None]
    cv2.grabCut(pixels, flags[None], None, *models, 0, cv2.GC_INIT_WITH_MASK)
    return models
