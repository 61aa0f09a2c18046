"""labelme's JSON: a file a photo."""

import base64
import io
import math
from pathlib import Path

import numpy as np

from unetlab.annotations.files import Annotations
from unetlab.annotations.shapes import (
    BadShape,
    Shape,
    box,
    check_points,
    collect_shapes,
    cut_to_photo,
    ellipse,
    outline,
)
from unetlab.data import open_image

WITHOUT_AREA = ("point", "points", "line", "linestrip")


def read_labelme(path: Path, contents: dict) -> Annotations:
    """Read what labelme saved for one photo.

    Args:
        path: the file, for messages.
        contents: what it holds.

    Returns:
        An `Annotations` of one drawing.

    Raises:
        ValueError: it names no photo.

    Example:
        >>> point = {"label": "cat", "shape_type": "point", "points": [[1, 1]]}
        >>> found = read_labelme("a.json", {"imagePath": "a.jpg", "shapes": [point]})
        >>> found.drawings[0].skipped
        1
    """
    name, shapes = contents.get("imagePath"), contents.get("shapes")
    if not isinstance(name, str) or not isinstance(shapes, list):
        raise ValueError(f"{path} names no photo as imagePath or has no shapes: save it again.")
    size = contents.get("imageHeight"), contents.get("imageWidth")
    return Annotations([], [collect_shapes(name, size, shapes, _read)])


def _read(item: dict) -> Shape | None:
    label, points = str(item["label"]), item["points"]
    kind = item.get("shape_type") or "polygon"
    if kind in WITHOUT_AREA:
        return None
    if kind in ("polygon", "oriented_rectangle"):
        return outline(label, points)
    if kind not in ("rectangle", "circle", "mask"):
        raise BadShape(f'is a "{kind}", expected a polygon, rectangle, circle or mask: draw it so')
    first, second = check_points(points, least=2)[:2]
    if kind == "rectangle":
        return box(label, np.minimum(first, second), np.abs(second - first))
    if kind == "circle":
        return ellipse(label, first, [math.dist(first, second)] * 2)
    left, top = first.astype(int).tolist()
    coded = item["mask"]

    def draw(height, width):
        try:
            with open_image(io.BytesIO(base64.b64decode(coded))) as image:
                pixels = np.asarray(image.convert("L")) > 0
        except Exception as error:  # Pillow's decoders raise many kinds.
            raise BadShape(f"is a mask that cannot be read ({error}): draw it again") from error
        return cut_to_photo(pixels, top, left, height, width)

    return Shape(label, "mask", draw)
