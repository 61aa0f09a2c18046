"""CVAT's XML, "CVAT for images 1.1": one file for all photos."""

from pathlib import Path
from xml.etree.ElementTree import Element

import numpy as np

from unetlab.annotations.files import Annotations
from unetlab.annotations.runs import fill_runs
from unetlab.annotations.shapes import (
    BadShape,
    Shape,
    box,
    collect_shapes,
    cut_to_photo,
    ellipse,
    outline,
)

WITHOUT_AREA = ("polyline", "points", "cuboid", "skeleton")


def read_cvat(path: Path, root: Element) -> Annotations:
    """Read a CVAT file.

    Args:
        path: the file, for messages.
        root: of the XML.

    Returns:
        An `Annotations`.

    Raises:
        ValueError: it is of a video, of another tool, or names no photo.

    Example:
        >>> from xml.etree.ElementTree import fromstring
        >>> root = fromstring('<annotations><image name="a.jpg"/></annotations>')
        >>> read_cvat("a.xml", root).drawings[0].image
        'a.jpg'
    """
    if root.tag == "annotation":
        raise ValueError(
            f"{path} is Pascal VOC's XML, which holds boxes and no outlines: give the folder of "
            "its masks, SegmentationClass."
        )
    images = root.findall("image")
    if root.tag != "annotations" or root.find("track") is not None or not images:
        raise ValueError(
            f'{path} holds no photos of CVAT\'s: export the task as "CVAT for images 1.1".'
        )
    labels = [(one.findtext("name") or "").strip() for one in root.findall("meta//labels/label")]
    drawings = []
    for number, image in enumerate(images, 1):
        name = image.get("name")
        if not name:
            raise ValueError(f"{path} has no name for its image {number}: export it again.")
        size = image.get("height", ""), image.get("width", "")
        size = tuple(map(int, size)) if all(map(str.isdecimal, size)) else None
        items = [item for item in image if item.tag != "tag"]
        try:
            items.sort(key=lambda item: int(item.get("z_order", 0)))
        except ValueError as error:
            raise ValueError(f"{path} has a z_order that is no number ({error}).") from error
        drawings.append(collect_shapes(name, size, items, _read))
    return Annotations([label for label in labels if label], drawings)


def _read(item: Element) -> Shape | None:
    if item.tag in WITHOUT_AREA or item.get("outside") == "1":
        return None
    label, numbers = item.attrib["label"], item.attrib
    turned = float(item.get("rotation", 0))
    if item.tag == "polygon":
        return outline(label, [pair.split(",") for pair in numbers["points"].split(";")])
    if item.tag == "box":
        left, top, right, bottom = (float(numbers[key]) for key in ("xtl", "ytl", "xbr", "ybr"))
        middle = (left + right) / 2, (top + bottom) / 2
        return box(label, (left, top), (right - left, bottom - top), turned, middle)
    if item.tag == "ellipse":
        x, y, across, down = (float(numbers[key]) for key in ("cx", "cy", "rx", "ry"))
        return ellipse(label, (x, y), (across, down), turned)
    if item.tag != "mask":
        raise BadShape(f'is a "{item.tag}", expected a polygon, box, ellipse or mask')
    left, top, across, down = (int(numbers[key]) for key in ("left", "top", "width", "height"))
    counts = np.array(numbers["rle"].split(","), dtype=np.int64)

    def draw(height, width):
        if not (0 <= down <= height and 0 <= across <= width):
            raise BadShape(f"is a mask of {across}x{down}, expected no more than {width}x{height}")
        pixels = fill_runs(counts, down, across, by_columns=False)
        return cut_to_photo(pixels, top, left, height, width)

    return Shape(label, "mask", draw)
