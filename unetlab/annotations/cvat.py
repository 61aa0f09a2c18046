"""CVAT's XML, "CVAT for images 1.1": one file for all photos."""

from xml.etree.ElementTree import Element

from unetlab.annotations.runs import fill_runs
from unetlab.annotations.shapes import Shape, box, collect_shapes, ellipse, paint_pixels, polygon

WITHOUT_AREA = ("polyline", "points", "cuboid", "skeleton")


def read_cvat(root: Element) -> tuple[list, list]:
    """Read a CVAT file: its classes, and a `Drawing` for each photo."""
    images = root.findall("image")
    if root.tag != "annotations" or not images:
        raise ValueError(
            f'<{root.tag}> holds no photos of CVAT\'s: export the task as "CVAT for images 1.1"; '
            "of Pascal VOC, whose XML holds boxes, give the folder of masks, SegmentationClass"
        )
    labels = [(one.findtext("name") or "").strip() for one in root.findall("meta//labels/label")]
    drawings = []
    for image in images:
        height, width = image.get("height"), image.get("width")
        size = (int(height), int(width)) if height and width else None
        items = [item for item in image if item.tag != "tag"]
        items.sort(key=lambda item: int(item.get("z_order", 0)))
        drawing = collect_shapes(image.attrib["name"], size, items, _read)
        drawings.append(drawing._replace(subset=image.get("subset", "")))
    return [label for label in labels if label], drawings


def _read(item: Element) -> Shape | None:
    if item.tag in WITHOUT_AREA or item.get("outside") == "1":
        return None
    label, numbers = item.attrib["label"], item.attrib
    turned = float(item.get("rotation", 0))
    if item.tag == "polygon":
        return polygon(label, [pair.split(",") for pair in numbers["points"].split(";") if pair])
    if item.tag == "box":
        left, top, right, bottom = (float(numbers[key]) for key in ("xtl", "ytl", "xbr", "ybr"))
        middle = (left + right) / 2, (top + bottom) / 2
        return box(label, (left, top), (right - left, bottom - top), turned, middle)
    if item.tag == "ellipse":
        x, y, across, down = (float(numbers[key]) for key in ("cx", "cy", "rx", "ry"))
        return ellipse(label, (x, y), (across, down), turned)
    if item.tag != "mask":
        raise ValueError(f'a "{item.tag}", expected a polygon, box, ellipse or mask: draw it so')
    left, top, across, down = (int(numbers[key]) for key in ("left", "top", "width", "height"))
    counts = [int(count) for count in numbers["rle"].split(",")]

    def paint(mask, class_id):
        paint_pixels(mask, fill_runs(counts, down, across, by_columns=False), top, left, class_id)

    return Shape(label, paint)
