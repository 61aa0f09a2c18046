"""Shapes: outlines, ellipses and run lengths, painted into a mask one on top of the other.

One rule for all of them: a shape owns the pixels whose centres it holds. Coordinates count from the
photo's upper left corner, so that the first pixel goes from 0 to 1 and its centre is at 0.5. An
outline that crosses itself holds what an odd number of its edges surrounds.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

FARTHEST = 1e7  # Pixels; what lies beyond is a slip of the file, not a place near a photo.


class Patch(NamedTuple):
    """A part of a mask.

    Attributes:
        top: the first row.
        left: the first column.
        pixels: bool [H, W], which pixels from there the shape owns.
    """

    top: int
    left: int
    pixels: np.ndarray


class Shape(NamedTuple):
    """One labelled shape, drawn when it is needed.

    Attributes:
        label: the name of its class; None is void.
        kind: "polygon", "box", "ellipse" or "mask", for people.
        draw: from the photo's height and width to a `Patch`, cut off where the photo ends.
    """

    label: str | None
    kind: str
    draw: Callable[[int, int], Patch]


class Drawing(NamedTuple):
    """What a file says about one photo.

    Attributes:
        image: the photo's name, as the file writes it.
        size: its height and width, as the file says, or None.
        shapes: from the lowest to the topmost.
        skipped: how many points, lines and the like, which have no area, were passed over.
        fault: why it cannot be used, or "".
    """

    image: str
    size: tuple[int, int] | None = None
    shapes: Sequence[Shape] = ()
    skipped: int = 0
    fault: str = ""


def collect_shapes(
    image: str, size: tuple[int, int] | None, items: Sequence, read_item: Callable
) -> Drawing:
    """Read the shapes of one photo; one that cannot be read makes the photo useless, and says so.

    Args:
        image: the photo's name.
        size: height and width, or None; so, too, where one of the two is None.
        items: what the file holds for each shape.
        read_item: turns one into a `Shape`, or into None where it has no area.

    Returns:
        A `Drawing`.

    Example:
        >>> collect_shapes("a.jpg", None, [[(0, 0), (9, 9)]], lambda item: outline("cat", item))
        ... # doctest: +ELLIPSIS
        Drawing(..., fault='a.jpg: shape 1 has 2 points, expected 3 or more: draw it again')
    """
    shapes = []
    for number, item in enumerate(items, 1):
        try:
            shapes.append(read_item(item))
        except BadShape as error:
            return Drawing(image, fault=f"{image}: shape {number} {error}")
        except Exception as error:  # Whatever a key that is missing or of another type may raise.
            found = f"{type(error).__name__} {error}"
            return Drawing(image, fault=f"{image}: shape {number} cannot be read ({found})")
    kept = [shape for shape in shapes if shape is not None]
    size = None if size is None or None in size else size
    return Drawing(image, size, kept, len(shapes) - len(kept))


class BadShape(ValueError):  # noqa: N818 - named for what it tells
    """A shape that no one can draw; its text goes on after "shape 3"."""


def outline(label: str | None, points, scale: Sequence[float] | None = None) -> Shape:
    """Build a polygon.

    Args:
        label: the name of its class; None is void.
        points: [N, 2], x and y in pixels.
        scale: where the points are shares of the photo's width and height, the two numbers that
            stand for all of it, as (100, 100); None for pixels.

    Returns:
        A `Shape`.

    Raises:
        BadShape: it has fewer than three points, or one that is no place.

    Example:
        >>> outline("cat", [(0, 0), (2, 0), (2, 1), (0, 1)]).draw(3, 3).pixels.tolist()
        [[True, True]]
    """
    return outlines(label, [points], scale)


def outlines(label: str | None, parts: Sequence, scale: Sequence[float] | None = None) -> Shape:
    """Build a shape of several polygons, which owns what any of them holds.

    Args:
        label: the name of its class; None is void.
        parts: the polygons, each as in `outline`.
        scale: as in `outline`.

    Returns:
        A `Shape`.

    Raises:
        BadShape: as in `outline`, or there is no polygon.

    Example:
        >>> triangle = [(0, 0), (4, 0), (0, 4)]
        >>> outlines("cat", [triangle, triangle]).draw(4, 4).pixels.sum(axis=1).tolist()
        [3, 2, 1, 0]
    """
    if not len(parts):
        raise BadShape("has no outline: draw it again")
    parts = [check_points(points, least=3) for points in parts]
    return Shape(label, "polygon", partial(_fill_parts, parts, scale))


def box(
    label: str | None,
    corner: Sequence[float],
    size: Sequence[float],
    degrees: float = 0,
    pivot: Sequence[float] | None = None,
    scale: Sequence[float] | None = None,
) -> Shape:
    """Build a rectangle.

    Args:
        label: the name of its class; None is void.
        corner: x and y of its upper left corner, before it is turned.
        size: its width and height.
        degrees: how far it is turned, clockwise.
        pivot: x and y of the place around which it is turned; None for its corner.
        scale: as in `outline`.

    Returns:
        A `Shape`.

    Raises:
        BadShape: as in `outline`.

    Example:
        >>> box("cat", (1, 0), (1, 2)).draw(3, 3)
        Patch(top=0, left=1, pixels=array([[ True],
               [ True]]))
    """
    corner, size = check_points([corner, size], least=2)
    corners = corner + size * [(0, 0), (1, 0), (1, 1), (0, 1)]
    pivot = corner if pivot is None else check_points([pivot], least=1)[0]
    angle = np.radians(check_points([(float(degrees), 0)], least=1)[0, 0])

    def draw(height, width):
        factor = _factor(scale, height, width)
        x, y = ((corners - pivot) * factor).T
        turned = (x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle))
        points = np.stack(turned, axis=1) if angle else np.stack([x, y], axis=1)
        return fill_polygon(points + pivot * factor, height, width)

    return Shape(label, "box", draw)


def ellipse(
    label: str | None,
    centre: Sequence[float],
    radii: Sequence[float],
    degrees: float = 0,
    scale: Sequence[float] | None = None,
) -> Shape:
    """Build an ellipse or, of equal radii, a circle.

    Args:
        label: the name of its class; None is void.
        centre: x and y.
        radii: half its width and half its height, before it is turned.
        degrees: how far it is turned around its centre, clockwise.
        scale: as in `outline`.

    Returns:
        A `Shape`.

    Raises:
        BadShape: a number is none.

    Example:
        >>> ellipse("cat", (2, 2), (2, 2)).draw(4, 4).pixels.sum(axis=1).tolist()
        [2, 4, 4, 2]
    """
    centre, radii = check_points([centre, radii], least=2)
    angle = np.radians(check_points([(float(degrees), 0)], least=1)[0, 0])

    def draw(height, width):
        factor = _factor(scale, height, width)
        (x, y), (across, down) = centre * factor, np.abs(radii * factor)
        reach = max(across, down)
        top, bottom = np.clip([np.floor(y - reach), np.ceil(y + reach)], 0, height).astype(int)
        left, right = np.clip([np.floor(x - reach), np.ceil(x + reach)], 0, width).astype(int)
        rows = np.arange(top, bottom)[:, None] + 0.5 - y
        columns = np.arange(left, right) + 0.5 - x
        along = columns * np.cos(angle) + rows * np.sin(angle)
        beside = rows * np.cos(angle) - columns * np.sin(angle)
        inside = (along * down) ** 2 + (beside * across) ** 2 <= (across * down) ** 2
        return Patch(int(top), int(left), inside & bool(across * down))

    return Shape(label, "ellipse", draw)


def check_points(points, least: int) -> np.ndarray:
    """Return points as an array, or raise if they are not places near a photo.

    Args:
        points: [N, 2], x and y.
        least: how many are needed.

    Returns:
        float64 [N, 2].

    Raises:
        BadShape: there are fewer, or one is no pair of finite numbers.

    Example:
        >>> check_points([(0, "1.5")], least=1).tolist()
        [[0.0, 1.5]]
    """
    try:
        array = np.asarray(points, dtype=np.float64)
    except (TypeError, ValueError):
        array = np.zeros(0)
    if not len(points):
        array = np.zeros([0, 2])
    if array.ndim != 2 or array.shape[1] != 2:
        raise BadShape("has points that are no pairs of numbers, expected x and y: draw it again")
    if len(array) < least:
        raise BadShape(f"has {len(array)} points, expected {least} or more: draw it again")
    if not (np.abs(array) <= FARTHEST).all():  # Not so for NaN either.
        raise BadShape(f"has a point at {array[~(np.abs(array) <= FARTHEST)][0]}: draw it again")
    return array


def _factor(scale, height: int, width: int) -> np.ndarray:
    return np.ones(2) if scale is None else np.array([width, height]) / scale


def _fill_parts(parts, scale, height: int, width: int) -> Patch:
    factor = _factor(scale, height, width)
    patches = [fill_polygon(points * factor, height, width) for points in parts]
    if len(patches) == 1:
        return patches[0]
    mask = np.zeros([height, width], bool)
    for patch in patches:
        part_of(mask, patch)[:] |= patch.pixels
    return Patch(0, 0, mask)


def fill_polygon(points: np.ndarray, height: int, width: int) -> Patch:
    """Find the pixels whose centres a polygon holds.

    Each row of pixels is crossed by some edges; behind every crossing, inside and outside change
    places. The time goes with the area and the outline's length, not with their product, as in
    `skimage.draw.polygon`, which finds the same pixels.

    Args:
        points: float [N, 2], x and y in pixels.
        height: of the photo.
        width: of the photo.

    Returns:
        A `Patch`.

    Example:
        >>> fill_polygon(np.array([(0.0, 0), (4, 0), (0, 4)]), 4, 4).pixels.sum(axis=1).tolist()
        [3, 2, 1, 0]
    """
    (left, top), (right, bottom) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    left, right = (min(max(side, 0), width) for side in (math.floor(left), math.ceil(right)))
    top, bottom = (min(max(side, 0), height) for side in (math.floor(top), math.ceil(bottom)))
    x, y = points.T
    next_x, next_y = np.roll(points, -1, axis=0).T
    # An edge crosses the rows whose middle lies between its ends, the upper one included.
    from_row, to_row = _first_centre(y, top, bottom), _first_centre(next_y, top, bottom)
    first, counts = np.minimum(from_row, to_row), np.abs(to_row - from_row)
    edges = np.repeat(np.arange(len(x)), counts)
    rows = np.arange(len(edges)) + np.repeat(first - np.cumsum(counts) + counts, counts)
    slopes = (next_x - x)[edges] / (next_y - y)[edges]
    crossings = x[edges] + (rows + 0.5 - y[edges]) * slopes
    columns = _first_centre(crossings, left, right)
    changes = np.zeros([bottom - top, right - left + 1], np.uint8)
    np.bitwise_xor.at(changes, (rows - top, columns - left), 1)
    inside = np.bitwise_xor.accumulate(changes, axis=1)[:, :-1]
    return Patch(top, left, inside.view(bool))


def _first_centre(places: np.ndarray, low: int, high: int) -> np.ndarray:
    # The first pixel whose centre is not before the place; np.clip would be slower.
    return np.minimum(np.maximum(np.ceil(places - 0.5), low), high).astype(int)


def cut_to_photo(pixels: np.ndarray, top: int, left: int, height: int, width: int) -> Patch:
    """Cut off what lies outside the photo.

    Args:
        pixels: bool [H, W].
        top: the row of the first one, which may be negative.
        left: its column.
        height: of the photo.
        width: of the photo.

    Returns:
        A `Patch`.

    Example:
        >>> cut_to_photo(np.ones([3, 3], bool), -1, 1, 4, 3).pixels.shape
        (2, 2)
    """
    above, before = max(-top, 0), max(-left, 0)
    cut = pixels[above : max(height - top, 0), before : max(width - left, 0)]
    return Patch(min(top + above, height), min(left + before, width), cut)


def part_of(mask: np.ndarray, patch: Patch) -> np.ndarray:
    """Return the part of a mask that a patch covers, as a view.

    Args:
        mask: [H, W].
        patch: within it.

    Returns:
        A view of the patch's shape.

    Example:
        >>> part_of(np.arange(9).reshape(3, 3), Patch(1, 0, np.ones([1, 2], bool))).tolist()
        [[3, 4]]
    """
    height, width = patch.pixels.shape
    return mask[patch.top : patch.top + height, patch.left : patch.left + width]


def draw_mask(
    shapes: Sequence[Shape], class_ids: Mapping[str | None, int], height: int, width: int
) -> np.ndarray:
    """Paint shapes over a background of class 0, later ones on top.

    Args:
        shapes: from the lowest to the topmost.
        class_ids: the id of each label, and of None for void.
        height: of the photo.
        width: of the photo.

    Returns:
        mask: uint8 [H, W, 1].

    Example:
        >>> shapes = [box("cat", (0, 0), (2, 1)), box("dog", (1, 0), (2, 1))]
        >>> draw_mask(shapes, {"cat": 1, "dog": 2}, 1, 4).ravel().tolist()
        [1, 2, 2, 0]
    """
    mask = np.zeros([height, width], np.uint8)
    for shape in shapes:
        patch = shape.draw(height, width)
        part_of(mask, patch)[patch.pixels] = class_ids[shape.label]
    return mask[..., None]
