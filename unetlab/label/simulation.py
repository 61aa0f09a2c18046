"""A simulated person who labels: every action is computed from the true mask, and counted.

So ways to label can be compared without anyone's afternoon. What the simulation is not: tired,
unsure where a subject ends, or quicker with practice.
"""

import cv2
import numpy as np
from skimage.graph import MCP_Geometric
from skimage.measure import label

from unetlab.checks import check_binary_mask
from unetlab.photo import NOT_SAID

# Brushes, as shares of the widest that fits, and how far from its widest place one stroke reaches,
# as a share of the diagonal.
BRUSHES, REACH = (0.9, 0.6, 0.3), 0.25
# How far outside the subject a person scribbles, as a share of the diagonal.
AROUND = 0.03


def simulated_seconds(
    strokes: int = 0,
    corners: int = 0,
    photo_seconds: float = 5.0,
    stroke_seconds: float = 3.0,
    corner_seconds: float = 2.0,
) -> float:
    """Turn the actions on one photo into seconds, at stated rates.

    The rates are assumptions, not measurements; put your own in their place. To compare: by
    polygons, a subject of COCO took its annotators about 79 seconds.

    Args:
        strokes: strokes of a brush, or scribbles.
        corners: corners of polygons.
        photo_seconds: to look at the photo, and once more at the finished mask.
        stroke_seconds: for a stroke, the choice of its place and of the brush included.
        corner_seconds: for a corner of a polygon.

    Returns:
        Seconds.

    Example:
        >>> simulated_seconds(strokes=4), simulated_seconds(corners=30)
        (17.0, 65.0)

    Source of the comparison: Lin et al., Microsoft COCO: Common Objects in Context, 2014, section
    4.3: 22 hours for 1,000 subjects.
    """
    return float(photo_seconds + strokes * stroke_seconds + corners * corner_seconds)


def simulate_corrections(
    mask, start, target_iou: float = 0.9, most_actions: int = 60
) -> tuple[np.ndarray, int]:
    """Correct a mask stroke by stroke, as a person would who knows the true one.

    Each stroke goes to the largest connected region that is wrong. A round brush follows the region
    from one end to the other, up to a quarter of the photo's diagonal away from its widest place,
    and never leaves the true area; of a wide, a middle and a narrow brush it is the one that covers
    the most. So no stroke ever makes a mask worse: here the hand is surer than a person's.

    Args:
        mask: the true mask, bool or integer [H, W, 1] or [H, W], 1 where the subject is.
        start: the mask to begin with, as `mask`: all 0 for a person who begins from nothing.
        target_iou: the intersection over union with the true mask that satisfies, more than 0 and
            at most 1.
        most_actions: strokes after which the person gives up; 0 leaves the start as it is.

    Returns:
        The corrected mask, uint8 [H, W, 1], and how many strokes it took.

    Raises:
        ValueError: the masks differ in shape or hold other values than 0 and 1.

    Example:
        >>> mask = np.zeros([32, 32], np.uint8)
        >>> mask[8:24, 8:24] = 1
        >>> simulate_corrections(mask, mask)[1], simulate_corrections(mask, 0 * mask)[1]
        (0, 8)
    """
    mask, current = check_binary_mask(mask), check_binary_mask(start, "start").copy()
    rooms = [_distance(mask == value) for value in (0, 1)]  # outside and inside the subject
    actions = 0
    while actions < most_actions and _iou(mask, current) < target_iou:
        region, value = _largest_wrong(mask, current)
        current[_best_stroke(region, rooms[value])] = value
        actions += 1
    return current[..., None], actions


def _largest_wrong(mask: np.ndarray, current: np.ndarray) -> tuple[np.ndarray, int]:
    # What is missing and what is too much are different regions, even side by side.
    regions = label(np.where(mask == current, 0, 1 + mask), connectivity=2)
    region = regions == 1 + np.argmax(np.bincount(regions.ravel())[1:])
    return region, int(mask[region][0])


def _best_stroke(region: np.ndarray, room: np.ndarray) -> np.ndarray:
    # A wide brush covers more at once, a narrow one gets further: whichever covers the most.
    strokes = [_stroke(region, room, size) for size in BRUSHES]
    return max(strokes, key=lambda stroke: np.count_nonzero(stroke & region))


def _stroke(region: np.ndarray, room: np.ndarray, size: float) -> np.ndarray:
    # Wherever the brush fits, covers some of the region, and is not too far from its widest place.
    middle = np.unravel_index(np.argmax(np.where(region, room, 0)), region.shape)
    radius = max(1.0, size * room[middle])
    places = (room >= radius) & (_distance(~region) < radius)
    centre = np.ones(region.shape, bool)
    centre[middle] = False
    places &= _distance(centre) <= REACH * np.hypot(*region.shape)
    path = _long_path(places, middle)
    # No disc leaves the true area: along its path there is room for it.
    return _distance(~path) < radius


def _long_path(places: np.ndarray, start: tuple) -> np.ndarray:
    # From the place that is furthest from the start to the one that is furthest from that.
    costs = np.where(places, 1.0, -1.0)  # negative: no way
    for _ in range(2):
        ways = MCP_Geometric(costs)
        lengths, _ = ways.find_costs([start])
        start = np.unravel_index(np.argmax(np.where(lengths < np.inf, lengths, -1)), places.shape)
    path = np.zeros(places.shape, bool)
    path[tuple(np.transpose(ways.traceback(start)))] = True
    return path


def _distance(away: np.ndarray) -> np.ndarray:
    """Return each pixel's exact distance to the nearest where `away` is false."""
    return cv2.distanceTransform(np.uint8(away), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)


def simulate_polygon(mask, target_iou: float = 0.9) -> tuple[np.ndarray, int]:
    """Draw a mask from nothing by polygons, with as few corners as a tolerance on all sides allows.

    Each part of the subject is one polygon, and each hole another that takes away.

    Args:
        mask: as in `simulate_corrections`.
        target_iou: as in `simulate_corrections`.

    Returns:
        The drawn mask, uint8 [H, W, 1], and how many corners it took.

    Raises:
        ValueError: as in `simulate_corrections`.

    Example:
        >>> mask = np.zeros([32, 32], np.uint8)
        >>> mask[8:24, 8:24] = 1
        >>> simulate_polygon(mask)[1]
        4
    """
    mask = check_binary_mask(mask)
    outlines, _ = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    diagonal = np.hypot(*mask.shape)
    for tolerance in diagonal * np.geomspace(0.1, 0.0005, 40):
        polygons = [cv2.approxPolyDP(outline, tolerance, True) for outline in outlines]
        polygons = [polygon for polygon in polygons if len(polygon) > 2]
        drawn = cv2.fillPoly(np.zeros_like(mask), polygons, 1)  # overlaps cancel: holes
        if _iou(mask, drawn) >= target_iou:
            return drawn[..., None], sum(map(len, polygons))
    return mask[..., None], sum(map(len, outlines))


def simulate_scribbles(mask) -> tuple[np.ndarray, int]:
    """Scribble as a person does for `scribbles_to_mask`: a line inside, and one all around.

    Args:
        mask: as in `simulate_corrections`; with some subject and, around it, some background.

    Returns:
        Scribbles, uint8 [H, W, 1], 1 inside, 0 outside and `NOT_SAID` elsewhere, and how many lines
        they are: 2.

    Raises:
        ValueError: as in `simulate_corrections`, or the mask leaves no room for one of the lines.

    Example:
        >>> mask = np.zeros([32, 32], np.uint8)
        >>> mask[8:24, 8:24] = 1
        >>> scribbles, lines = simulate_scribbles(mask)
        >>> lines, mask[scribbles[..., 0] == 1].min(), mask[scribbles[..., 0] == 0].max()
        (2, np.uint8(1), np.uint8(0))
    """
    mask = check_binary_mask(mask)
    outside, inside = (_distance(mask == value) for value in (0, 1))
    away = max(2.0, AROUND * np.hypot(*mask.shape))
    around = (outside >= away) & (outside < away + 2)
    if not mask.any() or not around.any():
        raise ValueError(
            f"the mask is {np.mean(mask):.0%} subject, expected some, and background around it: "
            "scribble on a photo that shows both."
        )
    scribbles = np.full(mask.shape, NOT_SAID, np.uint8)
    scribbles[around] = 0
    middle = np.unravel_index(np.argmax(inside), mask.shape)
    path = _long_path(inside >= inside[middle] / 3, middle)
    scribbles[(_distance(~path) < 2) & (mask == 1)] = 1
    return scribbles[..., None], 2


def _iou(mask: np.ndarray, other: np.ndarray) -> float:
    either = np.count_nonzero(mask | other)
    return np.count_nonzero(mask & other) / either if either else 1.0
