"""From a rough scribble inside and one outside to an outline, or to a better one: GrabCut."""

import cv2
import numpy as np

from unetlab.checks import check_image, share_to_pixels

NOT_SAID = 255
# GrabCut takes seconds a megapixel, and finds nearly the same outline in a smaller photo. At 300
# pixels it would be quicker still, but the legs of chairs are lost.
LONGER_SIDE = 500
ROUNDS = 3
CLUSTERS = 5
# Widths of a stroke, which the studio's page draws as wide, and of what it may change, as shares of
# the diagonal. Of 20 real cats, with strokes where most was wrong, three took the starter's masks
# from 0.84 Dice to 0.94, and the worst of all lost 0.06; cuts through the whole photo lost 0.8.
STROKE, REACH = 0.01, 0.2


def scribbles_to_mask(image, scribbles, start=None) -> np.ndarray:
    """Turn rough scribbles into a mask whose outline follows the photo, by GrabCut.

    Each class is cut out against all that was said of the others, in the order of their ids, a
    later one over an earlier one. The cut is made in a smaller copy of the photo; where something
    was said, the mask says the same, to the pixel. The same scribbles always give the same mask.

    Scribbles on a mask, such as a network's proposal, correct it: the cut starts from that mask,
    and only what hangs together with a scribble changes. On an empty one, and with one side said,
    the mask is the scribble.

    Args:
        image: uint8 [H, W, 3], 0..255.
        scribbles: integer [H, W, 1]: a class id where something was said, else `NOT_SAID`, 255.
            Class 0 is the background.
        start: the mask to correct, integer [H, W, 1], class ids; None to begin from nothing.

    Returns:
        mask: uint8 [H, W, 1], class ids; 0 where no class was found.

    Raises:
        ValueError: the two differ in size; or there is no mask, and nothing is said of the inside
            or of the outside.

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
    unsaid = scribbles == NOT_SAID
    said = np.unique(scribbles[~unsaid]).tolist()
    if start is None and len(said) < 2:
        raise ValueError(
            f"the scribbles hold the classes {said}, expected one inside and one outside of a "
            "subject: draw a line on each side of the outline."
        )
    start = np.zeros_like(scribbles) if start is None else np.reshape(start, scribbles.shape)
    share = min(1.0, LONGER_SIDE / max(height, width))
    size = max(1, round(width * share)), max(1, round(height * share))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    # Classes that were neither scribbled nor scribbled over stay as they are.
    classes = np.setdiff1d([*said, *np.unique(start[~unsaid])], [0, NOT_SAID])
    free = np.isin(start, [0, *classes])
    mask = np.where(free, 0, start).astype(np.uint8)
    for one in classes:
        before = unsaid & (start == one)
        inside = _shrink_flags(scribbles == one, size)
        outside = _shrink_flags(~unsaid & (scribbles != one), size)
        if before.any():
            mask[_correct(small, inside, outside, before) & free] = one
        elif inside.any() and outside.any():
            cut = _cut(small, inside, outside, np.zeros(inside.shape, bool))
            mask[_enlarge(cut, before) & free] = one
    return np.where(unsaid, mask, scribbles)[..., None]


def correct_mask(image, mask, strokes) -> np.ndarray:
    """Correct a mask of 0 and 1, [H, W, 1], around the last stroke; the earlier ones still hold.

    A stroke is True for "this too" or False for "not this", and the points of a line, x and y as
    shares of the photo's width and height.
    """
    scribbles, near = np.full_like(mask, NOT_SAID), np.zeros_like(mask)
    for is_subject, points in strokes:
        _draw_line(scribbles, points, int(is_subject), STROKE)
    _draw_line(near, strokes[-1][1], 1, REACH)
    # What lies farther off is as good as said, and what lies between is cut anew.
    scribbles = np.where((scribbles != NOT_SAID) | (near > 0), scribbles, mask)
    left, top, width, height = cv2.boundingRect(near)
    part, corrected = np.s_[top : top + height, left : left + width], mask.copy()
    if {0, 1} <= {*np.unique(scribbles[part])}:
        corrected[part] = scribbles_to_mask(image[part], scribbles[part])
    else:  # All around is said to be the same.
        corrected[part] = is_subject
    return corrected


def _draw_line(on, points, value: int, width: float) -> None:
    # The last point is said twice, as OpenCV draws no line of one.
    line = np.int32(np.multiply([*points, points[-1]], on.shape[1::-1]))
    cv2.polylines(on, [line], False, value, max(1, round(share_to_pixels("width", width, on))))


def _shrink_flags(flags, size) -> np.ndarray:
    # The share of each small pixel that was scribbled, in 1/255: a thin line is not lost.
    return cv2.resize(flags.astype(np.uint8) * np.uint8(255), size, interpolation=cv2.INTER_AREA)


def _enlarge(flags, like) -> np.ndarray:
    # Enlarged as greys and cut at their middle, the outline is smooth; as ids, it has stairs.
    greys = flags * np.uint8(255)
    return cv2.resize(greys, like.shape[::-1], interpolation=cv2.INTER_LINEAR) > 127


def _correct(image, inside, outside, before) -> np.ndarray:
    # Elsewhere the mask is kept, as finely as it was drawn.
    small = _shrink_flags(before, image.shape[1::-1]) > 127
    cut = _cut(image, inside, outside, small)
    _, parts = cv2.connectedComponents(np.uint8(cut != small))
    said = cv2.dilate(np.maximum(inside, outside), np.ones([3, 3]))
    changed = np.isin(parts, np.setdiff1d(parts[said > 0], 0))
    return np.where(_enlarge(changed, before), _enlarge(cut, before), before)


def _cut(image, inside, outside, before) -> np.ndarray:
    sure_inside, sure_outside = (inside > 0) & (inside >= outside), outside > inside
    mask = np.where(before, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    mask[sure_inside], mask[sure_outside] = cv2.GC_FGD, cv2.GC_BGD
    subject = np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD))
    models = _learn_colours(image[subject], image[~subject if before.any() else sure_outside])
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
