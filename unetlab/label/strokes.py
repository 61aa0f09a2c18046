"""Strokes: what one movement of the hand does to a mask, exactly the same in page and program."""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np


class Stroke(NamedTuple):
    """One movement of the hand.

    Attributes:
        tool: "brush", "polygon" or "fill".
        class_id: the class that it paints: 0 erases, 255 is void.
        points: x and y of each. Of a brush, the pixels that it was moved over, in a line from each
            to the next; of a fill, the one pixel to begin at; of a polygon its corners, counted
            from the photo's upper left corner, so that the first pixel's centre is at 0.5.
        radius_pixels: of a brush, the distance of the farthest pixels' centres that it paints.
    """

    tool: str
    class_id: int
    points: Sequence[Sequence[float]]
    radius_pixels: int = 0


def apply_stroke(mask: np.ndarray, stroke: Stroke) -> np.ndarray:
    """Paint a stroke into a mask.

    A brush paints the discs around the pixels of its path. A polygon paints what an odd number of
    its edges surrounds, and the pixels of its outline. A fill paints the pixels of one class that
    touch each other side by side. What lies outside the mask is cut off.

    Args:
        mask: uint8 [H, W, 1], class ids.
        stroke: what to paint.

    Returns:
        A new mask, uint8 [H, W, 1].

    Raises:
        ValueError: there is no such tool.

    Example:
        >>> mask = np.zeros([3, 5, 1], np.uint8)
        >>> apply_stroke(mask, Stroke("brush", 1, [(1, 1), (3, 1)], radius_pixels=1))[..., 0]
        array([[0, 1, 1, 1, 0],
               [1, 1, 1, 1, 1],
               [0, 1, 1, 1, 0]], dtype=uint8)
    """
    tool, class_id, points, radius = stroke
    painted, points = mask.copy(), np.asarray(points, np.float64)
    if tool == "polygon":
        # OpenCV counts in 256ths of a pixel, from the first pixel's centre.
        corners = np.round(256 * (points - 0.5)).astype(np.int32)
        cv2.fillPoly(painted, [corners], class_id, shift=8)
    elif tool == "brush":
        _sweep_disc(painted, np.floor(points).astype(np.int64), radius, class_id)
    elif tool == "fill":
        x, y = np.floor(points[0]).astype(int).tolist()
        if 0 <= x < mask.shape[1] and 0 <= y < mask.shape[0]:
            cv2.floodFill(painted, None, (x, y), class_id, flags=4)
    else:
        raise ValueError(f"the tool is {tool!r}, expected brush, polygon or fill.")
    return painted


def _sweep_disc(mask: np.ndarray, points: np.ndarray, radius: int, class_id: int) -> None:
    path, size = _join(points), np.array(mask.shape[1::-1])
    # The part of the mask that the brush may touch, and as far around it as the brush reaches.
    first = np.clip(path.min(axis=0) - radius, 0, size)
    last = np.clip(path.max(axis=0) + radius + 1, 0, size)
    path = path[((path >= first - radius) & (path < last + radius)).all(axis=1)]
    if not len(path) or (first == last).any():
        return
    away = np.ones((last - first + 2 * radius)[::-1], np.uint8)
    away[tuple((path - first + radius)[:, ::-1].T)] = 0
    distance = cv2.distanceTransform(away, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    distance = distance[radius : len(away) - radius, radius : away.shape[1] - radius]
    part = mask[first[1] : last[1], first[0] : last[0]]
    part[distance**2 < radius**2 + 0.5] = class_id


def _join(points: np.ndarray) -> np.ndarray:
    # Between two points as many steps as the longer of the two differences says; the other
    # coordinate is rounded, halves up. `joinPoints` in the page's raster.js does the same.
    starts, deltas = points[:-1], np.diff(points, axis=0)
    steps = np.abs(deltas).max(axis=1, initial=0)
    of = np.repeat(np.arange(len(steps)), steps)
    number = np.arange(len(of)) - np.repeat(np.cumsum(steps) - steps, steps) + 1
    moved = (2 * number[:, None] * deltas[of] + steps[of, None]) // (2 * steps[of, None])
    return np.concatenate([points[:1], starts[of] + moved])
