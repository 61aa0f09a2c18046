"""labelme's JSON: a file a photo."""

import base64
import io
import math

import numpy as np

from unetlab.annotations.shapes import (
    Shape,
    box,
    collect_shapes,
    ellipse,
    paint_pixels,
    polygon,
    read_points,
)
from unetlab.data import open_image

WITHOUT_AREA = ("point", "points", "line", "linestrip")
OUTLINES = ("polygon", "oriented_rectangle", "rotation", "quadrilateral")  # X-AnyLabeling's, too.


def read_labelme(contents: dict) -> tuple[list, list]:
    """Read what labelme saved for one photo: no classes, and a `Drawing`."""
    size = contents.get("imageHeight"), contents.get("imageWidth")
    drawing = collect_shapes(contents["imagePath"], size, contents["shapes"], _read)
    return [], [drawing]


def _read(item: dict) -> Shape | None:
    label, points = str(item["label"]), item["points"]
    kind = item.get("shape_type") or "polygon"
    if kind in WITHOUT_AREA:
        return None
    if kind in OUTLINES or (kind == "rectangle" and len(points) > 3):
        return polygon(label, points)
    if kind in ("rectangle", "circle") and len(points) < 2:
        return None
    if kind not in ("rectangle", "circle", "mask"):
        raise ValueError(f'a "{kind}", expected a polygon, rectangle, circle or mask: draw it so')
    points = read_points(points)
    if kind == "rectangle":
        return box(label, points.min(axis=0), np.ptp(points, axis=0))
    first, second = points[:2]
    if kind == "circle":
        return ellipse(label, first, [math.dist(first, second)] * 2)
    left, top = first.astype(int).tolist()
    coded = item["mask"]

    def paint(mask, class_id):
        with open_image(io.BytesIO(base64.b64decode(coded))) as image:
            pixels = np.asarray(image.convert("L")) > 0
        paint_pixels(mask, pixels, top, left, class_id)

    return Shape(label, paint)
