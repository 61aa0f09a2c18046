"""Strokes: what one movement of the hand does to a mask, exactly the same in page and program."""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from unetlab.annotations import Patch, fill_polygon, part_of
from unetlab.arguments import is_number, is_whole
from unetlab.checks import read_array

FARTHEST = 100_000  # Pixels; what lies beyond is a slip, not a place near a photo.
WIDEST = 2_000  # Pixels of radius.
AT_ONCE = 1_000_000  # Rows of discs: keeps the memory of a long and wide stroke small.
LEAST_POINTS = {"brush": 1, "polygon": 3, "fill": 1}


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

    A brush paints the discs around the pixels of its path. A polygon paints the pixels whose
    centres an odd number of its edges surrounds. A fill paints the pixels of one class that touch
    each other side by side. What lies outside the mask is cut off.

    Args:
        mask: uint8 [H, W, 1], class ids.
        stroke: what to paint.

    Returns:
        A new mask, uint8 [H, W, 1].

    Raises:
        ValueError: the mask has another shape or dtype, the tool is unknown, or a number of the
            stroke is none, has the wrong kind or is too large.

    Example:
        >>> mask = np.zeros([3, 5, 1], np.uint8)
        >>> apply_stroke(mask, Stroke("brush", 1, [(1, 1), (3, 1)], radius_pixels=1))[..., 0]
        array([[0, 1, 1, 1, 0],
               [1, 1, 1, 1, 1],
               [0, 1, 1, 1, 0]], dtype=uint8)
    """
    check_painted(mask)
    points = _check(stroke)
    height, width = mask.shape[:2]
    painted = mask.copy()
    if stroke.tool == "fill":
        x, y = points[0].tolist()
        if 0 <= x < width and 0 <= y < height:
            cv2.floodFill(painted, None, (x, y), stroke.class_id, flags=4)
        return painted
    if stroke.tool == "polygon":
        patch = fill_polygon(points, height, width)
    else:
        patch = _sweep_disc(points, stroke.radius_pixels, height, width)
    part_of(painted, patch)[patch.pixels] = stroke.class_id
    return painted


def check_painted(mask) -> None:
    """Raise a `ValueError` unless this is a mask that can be painted and saved.

    Args:
        mask: what was passed.

    Raises:
        ValueError: it is not uint8 [H, W, 1].

    Example:
        >>> check_painted(np.zeros([4, 5], np.uint8))
        Traceback (most recent call last):
        ...
        ValueError: the mask is uint8 [4, 5], expected uint8 [H, W, 1]: cast it with ...
    """
    mask = read_array(mask, "mask")
    if mask.dtype != np.uint8 or mask.ndim != 3 or mask.shape[2] != 1 or not mask.size:
        raise ValueError(
            f"the mask is {mask.dtype} {list(mask.shape)}, expected uint8 [H, W, 1]: cast it with "
            "astype(numpy.uint8)."
        )


def _check(stroke: Stroke) -> np.ndarray:
    tool, class_id, points, radius = stroke
    if tool not in LEAST_POINTS:
        raise ValueError(f"the tool is {tool!r}, expected one of {', '.join(LEAST_POINTS)}.")
    if not is_whole(class_id) or not 0 <= class_id <= 255:
        raise ValueError(f"class_id is {class_id!r}, expected a whole number in 0..255.")
    if not is_whole(radius) or not 0 <= radius <= WIDEST:
        raise ValueError(
            f"radius_pixels is {radius!r}, expected a whole number in 0..{WIDEST}: 0 paints one "
            "pixel wide."
        )
    pairs = [tuple(point) for point in points]
    fit = len(pairs) >= LEAST_POINTS[tool] and all(
        len(pair) == 2 and all(is_number(one) and abs(one) <= FARTHEST for one in pair)
        for pair in pairs
    )
    if not fit or (tool == "fill" and len(pairs) > 1):
        raise ValueError(
            f"the stroke has {len(pairs)} points, expected of a {tool} "
            f"{LEAST_POINTS[tool]}{' or more' * (tool != 'fill')}, each x and y in pixels, at most "
            f"{FARTHEST} from 0."
        )
    if tool == "polygon":
        return np.array(pairs, np.float64)
    # A pixel is named by whole numbers; of the page's fractions the whole part is its pixel.
    return np.floor(np.array(pairs, np.float64)).astype(np.int64)


def _sweep_disc(points: np.ndarray, radius: int, height: int, width: int) -> Patch:
    path = join_points(points)
    top, bottom = (
        int(np.clip(side, 0, height))
        for side in (path[:, 1].min() - radius, path[:, 1].max() + radius + 1)
    )
    # In each of its rows, a disc is a run of pixels: +1 where one begins, -1 behind its end.
    offsets = np.arange(-radius, radius + 1)
    halves = np.floor(np.sqrt(radius * radius - offsets * offsets)).astype(np.int64)
    changes = np.zeros((bottom - top) * (width + 1), np.int64)
    step = max(1, AT_ONCE // len(offsets))
    for first in range(0, len(path), step):
        x, y = path[first : first + step, :, None].transpose(1, 0, 2)
        rows = y + offsets - top
        starts, ends = (np.clip(x + side, 0, width) for side in (-halves, halves + 1))
        seen = (rows >= 0) & (rows < bottom - top) & (starts < ends)
        rows = rows[seen] * (width + 1)
        changes += np.bincount(rows + starts[seen], minlength=len(changes))
        changes -= np.bincount(rows + ends[seen], minlength=len(changes))
    covered = np.cumsum(changes.reshape(bottom - top, width + 1), axis=1)[:, :-1] > 0
    return Patch(top, 0, covered)


def join_points(points: np.ndarray) -> np.ndarray:
    """List the pixels of a path, each once, from the points that it leads through.

    Between two points there are as many steps as the longer of the two differences says; the other
    coordinate is rounded, halves up. Whole numbers all the way: page and program agree.

    Args:
        points: integer [N, 2], x and y; one or more.

    Returns:
        int64 [M, 2].

    Example:
        >>> join_points(np.array([(0, 0), (4, 2)])).tolist()
        [[0, 0], [1, 1], [2, 1], [3, 2], [4, 2]]
    """
    starts, deltas = points[:-1], np.diff(points, axis=0)
    steps = np.abs(deltas).max(axis=1, initial=0)
    of = np.repeat(np.arange(len(steps)), steps)
    number = np.arange(len(of)) - np.repeat(np.cumsum(steps) - steps, steps) + 1
    moved = (2 * number[:, None] * deltas[of] + steps[of, None]) // (2 * steps[of, None])
    return np.unique(np.concatenate([points[:1], starts[of] + moved]), axis=0)
