"""Label Studio's JSON: one file for all tasks."""

from pathlib import Path
from urllib.parse import unquote

from unetlab.annotations.files import Annotations
from unetlab.annotations.runs import read_brush
from unetlab.annotations.shapes import (
    BadShape,
    Drawing,
    Patch,
    Shape,
    box,
    collect_shapes,
    ellipse,
    outline,
)
from unetlab.data import IMAGE_SUFFIXES

PERCENT = 100, 100
WITHOUT_AREA = ("keypointlabels", "keypoint", "vectorlabels", "vector", "choices", "textarea",
                "rating", "number", "taxonomy", "datetime", "relation", "pairwise")  # fmt: skip
READ = ("polygonlabels", "rectanglelabels", "ellipselabels", "brushlabels")


def read_label_studio(path: Path, contents: list) -> Annotations:
    """Read a Label Studio export.

    Args:
        path: the file, for messages.
        contents: what it holds.

    Returns:
        An `Annotations`.

    Raises:
        ValueError: a task names no photo, or the export is the short one, JSON_MIN.

    Example:
        >>> task = {"data": {"image": "/data/upload/1/0a1b2c3d-my%20cat.jpg"}, "annotations": []}
        >>> read_label_studio("a.json", [task]).drawings[0].image
        'data/upload/1/0a1b2c3d-my cat.jpg'
    """
    drawings = []
    for number, task in enumerate(contents, 1):
        if not isinstance(task, dict) or not isinstance(task.get("data"), dict):
            raise ValueError(f'{path} is no export of Label Studio as "JSON": choose this format.')
        name = _photo_of(task["data"])
        if not name:
            raise ValueError(f"{path} names no photo in the data of its task {number}.")
        drawings.append(_read_task(name, task))
    return Annotations([], drawings)


def _photo_of(data: dict) -> str:
    texts = [text for text in (data.get("image"), *data.values()) if isinstance(text, str)]
    for text in texts:
        name = unquote(text.rpartition("?d=")[2].partition("?")[0])
        if name.lower().endswith(IMAGE_SUFFIXES):
            return name.lstrip("/")
    return ""


def _read_task(name: str, task: dict) -> Drawing:
    done = task.get("annotations", task.get("completions"))
    try:
        done = [one for one in done if not one.get("was_cancelled")]
        items = [item for one in done[-1:] for item in one["result"]]
        sizes = {(item["original_height"], item["original_width"]) for item in items
                 if "original_width" in item}  # fmt: skip
    except (KeyError, TypeError, AttributeError) as error:
        return Drawing(name, fault=f"{name}: cannot be read ({type(error).__name__} {error})")
    if not done:
        return Drawing(name, fault=f"{name}: nobody has finished it")
    if len(sizes) > 1:
        return Drawing(name, fault=f"{name}: has shapes for photos of several sizes")
    return collect_shapes(name, next(iter(sizes), None), items, _read)


def _read(item: dict) -> Shape | None:
    kind = item["type"].lower()
    if kind in WITHOUT_AREA:
        return None
    if kind not in READ or item.get("image_rotation"):
        turned = " on a photo that was turned" if item.get("image_rotation") else ""
        raise BadShape(f'is of type "{kind}"{turned}, expected one of {", ".join(READ)}')
    value = item["value"]
    labels = value.get(item["type"]) or value.get(kind) or ()
    if len(labels) != 1:
        raise BadShape(f"has {len(labels)} labels, expected one: choose one")
    label, turned = str(labels[0]), value.get("rotation", 0)
    if kind == "polygonlabels":
        return outline(label, value["points"], PERCENT)
    if kind == "rectanglelabels":
        corner, size = (value["x"], value["y"]), (value["width"], value["height"])
        return box(label, corner, size, turned, scale=PERCENT)
    if kind == "ellipselabels":
        radii = value["radiusX"], value["radiusY"]
        return ellipse(label, (value["x"], value["y"]), radii, turned, PERCENT)
    numbers = value["rle"]
    return Shape(
        label, "mask", lambda height, width: Patch(0, 0, read_brush(numbers, height, width))
    )
