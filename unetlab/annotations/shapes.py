"""Shapes: outlines, ellipses and run lengths, painted into a mask one on top of the other.

One rule for all of them: a shape owns the pixels whose centres it holds. Coordinates count from the
photo's upper left corner, so that the first pixel goes from 0 to 1 and its centre is at 0.5. An
outline that crosses itself holds what an odd number of its edges surrounds.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import skimage.draw

from unetlab.data import VOID


class Shape(NamedTuple):
    """One labelled shape, painted when it is needed."""

    label: str
    paint: Callable[[np.ndarray, int], None]  # Into a mask of the photo's size, an id.
    crumbs: int = 0  # Outlines of one or two points beside those that are painted.
    crowd: float | None = None  # Of COCO, its area: void, unless the class is wanted.


class Drawing(NamedTuple):
    """What a file says about one photo, whose name is as the file writes it."""

    image: str
    size: tuple[int, int] | None = None  # Height and width, where the file says so.
    shapes: Sequence[Shape] = ()  # From the lowest to the topmost.
    skipped: int = 0  # Points, lines and the like, which have no area.
    fault: str = ""  # Why it cannot be used.
    subset: str = ""  # Of the photos: "Train", or whatever the tool calls it.
    note: str = ""  # What is said of it, once for all that have the same.
    file: Path = Path()  # Where it was read; of a mask as a picture, the mask.


def collect_shapes(image: str, size, items: Sequence, read_item: Callable) -> Drawing:
    """Read the shapes of one photo; one that cannot be read makes the photo useless, and says so.

    `read_item` turns what the file holds into a `Shape`, or into None where it has no area.
    """
    shapes = []
    for number, item in enumerate(items, 1):
        try:
            shapes.append(read_item(item))
        except Exception as error:  # Whatever a key that is missing or of another type may raise.
            found = error if isinstance(error, ValueError) else f"{type(error).__name__} {error}"
            found = f"it lacks {error}: export it again" if isinstance(error, KeyError) else found
            return Drawing(image, fault=f"{image}: shape {number}: {found}")
    kept = [shape for shape in shapes if shape is not None]
    size = None if size is None or None in size else tuple(size)
    crumbs = sum(shape.crumbs for shape in kept)
    return Drawing(image, size, kept, len(shapes) - len(kept) + crumbs)


def polygon(label: str, *parts, scale=None) -> Shape | None:
    """Build a shape of one or more outlines [N, 2], x and y, which owns what any of them holds.

    One or two points have no area: None where there is nothing else. `scale` is what stands for the
    photo's whole width and height, as (100, 100); None for pixels.
    """
    outlines = [read_points(points) for points in parts if np.size(points) >= 6]

    def paint(mask, class_id):
        for points in outlines:
            paint_polygon(mask, points * _factor(scale, mask), class_id)

    return Shape(label, paint, len(parts) - len(outlines)) if outlines else None


def box(label: str, corner, size, degrees: float = 0, pivot=None, scale=None) -> Shape:
    """Build a rectangle of its upper left corner and its size, turned clockwise around `pivot`.

    The pivot is the corner where it is None; `scale` is as in `polygon`.
    """
    corner, size = read_points([corner, size])
    corners = corner + size * [(0, 0), (1, 0), (1, 1), (0, 1)]
    pivot = corner if pivot is None else np.asarray(pivot)
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))

    def paint(mask, class_id):
        factor = _factor(scale, mask)
        turned = (corners - pivot) * factor @ [[cos, sin], [-sin, cos]]
        paint_polygon(mask, turned + pivot * factor, class_id)

    return Shape(label, paint)


def ellipse(label: str, centre, radii, degrees: float = 0, scale=None) -> Shape:
    """Build an ellipse turned clockwise or, of equal radii, a circle; `scale` as in `polygon`."""
    centre, radii = read_points([centre, radii])

    def paint(mask, class_id):
        # scikit-image's pixels have their centres at whole numbers, and it turns the other way.
        (x, y), (across, down) = np.array([centre, radii]) * _factor(scale, mask)
        turned = -math.radians(degrees)
        inside = skimage.draw.ellipse(y - 0.5, x - 0.5, down, across, mask.shape, turned)
        mask[inside] = class_id

    return Shape(label, paint)


def read_points(points) -> np.ndarray:
    """Return points, nested or in a row, as float64 [N, 2]."""
    return np.asarray_chkfinite(points, np.float64).reshape(-1, 2)


def _factor(scale, mask) -> np.ndarray:
    return np.ones(2) if scale is None else np.array(mask.shape[::-1]) / scale


def paint_polygon(mask: np.ndarray, points: np.ndarray, class_id: int) -> None:
    """Paint the pixels whose centres a polygon [N, 2] holds into a mask [H, W].

    Each row of pixels is crossed by some edges; behind every crossing, inside and outside change
    places. `skimage.draw.polygon` finds the same pixels, in 250 times the time for an outline of
    300 corners over 2000 pixels; OpenCV's `fillPoly` adds all that the outline touches.
    """
    left, top = np.clip(np.floor(points.min(axis=0)), 0, mask.shape[::-1]).astype(int)
    right, bottom = np.clip(np.ceil(points.max(axis=0)), 0, mask.shape[::-1]).astype(int)
    x, y = points.T
    next_x, next_y = np.roll(points, -1, axis=0).T
    # An edge crosses the rows whose middle lies between its ends, the upper one included.
    from_row, to_row = _first_centre(y, top, bottom), _first_centre(next_y, top, bottom)
    first, counts = np.minimum(from_row, to_row), np.abs(to_row - from_row)
    edges = np.repeat(np.arange(len(x)), counts)
    rows = np.arange(len(edges)) + np.repeat(first - np.cumsum(counts) + counts, counts)
    slopes = (next_x - x)[edges] / (next_y - y)[edges]
    columns = _first_centre(x[edges] + (rows + 0.5 - y[edges]) * slopes, left, right)
    changes = np.zeros([bottom - top, right - left + 1], np.uint8)
    np.bitwise_xor.at(changes, (rows - top, columns - left), 1)
    inside = np.bitwise_xor.accumulate(changes, axis=1)[:, :-1]
    mask[top:bottom, left:right][inside.view(bool)] = class_id


def _first_centre(places: np.ndarray, low: int, high: int) -> np.ndarray:
    # The first pixel whose centre is not before the place; np.clip would be slower.
    return np.minimum(np.maximum(np.ceil(places - 0.5), low), high).astype(int)


def paint_pixels(mask: np.ndarray, pixels: np.ndarray, top: int, left: int, class_id: int) -> None:
    """Paint bool [H, W] into a mask from this row and column on, cut off where the photo ends."""
    height, width = pixels.shape
    part = mask[max(top, 0) : max(top + height, 0), max(left, 0) : max(left + width, 0)]
    pixels = pixels[max(-top, 0) :, max(-left, 0) :]
    part[pixels[: part.shape[0], : part.shape[1]]] = class_id


def draw_mask(drawing: Drawing, class_ids: Mapping, size, crowd_is_void=True) -> np.ndarray:
    """Paint a drawing's shapes over a background of class 0, later ones on top: uint8 [H, W, 1]."""
    if drawing.size not in (None, size):
        found = "{1}x{0}, but its shapes are for {3}x{2}".format(*size, *drawing.size)
        raise ValueError(f"{drawing.image} is {found}: give the photos that were labelled")
    mask = np.zeros(size, np.uint8)
    for shape in drawing.shapes:
        try:
            is_void = crowd_is_void and shape.crowd is not None
            shape.paint(mask, VOID if is_void else class_ids[shape.label])
        except Exception as error:  # A strip of run lengths or a picture may hold anything.
            said = f"{drawing.image}: a shape of class {shape.label!r}: {error}"
            raise ValueError(said) from error
    return mask[..., None]
