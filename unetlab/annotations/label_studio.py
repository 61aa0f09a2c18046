"""Label Studio's JSON: one file for all tasks."""

from urllib.parse import unquote

from unetlab.annotations.runs import read_brush
from unetlab.annotations.shapes import Drawing, Shape, box, collect_shapes, ellipse, polygon
from unetlab.data import IMAGE_SUFFIXES

PERCENT = 100, 100
WITHOUT_AREA = ("keypointlabels", "keypoint", "vectorlabels", "vector", "choices", "textarea",
                "rating", "number", "taxonomy", "datetime", "relation", "pairwise")  # fmt: skip
SEVERAL = "tasks had several annotations: the ground truth counts, else the last"
READ = ("polygonlabels", "rectanglelabels", "ellipselabels", "brushlabels")


def read_label_studio(contents: list) -> tuple[list, list]:
    """Read a Label Studio export: no classes, and a `Drawing` for each task."""
    if not all("data" in task for task in contents):
        raise ValueError('its parts have no "data": of Label Studio, export it as "JSON"')
    return [], [_read_task(_photo_of(task["data"]), task) for task in contents]


def _photo_of(data: dict) -> str:
    texts = [text for text in (data.get("image"), *data.values()) if isinstance(text, str)]
    names = [unquote(text.rpartition("?d=")[2].partition("?")[0]).lstrip("/") for text in texts]
    return next((name for name in names if name.lower().endswith(IMAGE_SUFFIXES)), "")


def _read_task(name: str, task: dict) -> Drawing:
    done = task.get("annotations") or task.get("completions") or ()
    done = [one for one in done if not one.get("was_cancelled")]
    if not done:
        return Drawing(name, fault=f"{name}: nobody has finished it: submit it, and export again")
    chosen = [one for one in done if one.get("ground_truth")] or done
    items = chosen[-1]["result"]
    sizes = {
        (item["original_height"], item["original_width"])
        for item in items
        if "original_width" in item
    }
    if len(sizes) > 1:
        return Drawing(name, fault=f"{name}: shapes for photos of several sizes: draw them again")
    drawing = collect_shapes(name, next(iter(sizes), None), items, _read)
    return drawing._replace(note=SEVERAL if len(done) > 1 else "")


def _read(item: dict) -> Shape | None:
    kind = item["type"].lower()
    if kind in WITHOUT_AREA:
        return None
    if kind not in READ or item.get("image_rotation"):
        turned = " on a photo that was turned upright" if item.get("image_rotation") else ""
        raise ValueError(f'of type "{kind}"{turned}, draw one of {", ".join(READ)} on it as it is')
    value = item["value"]
    labels = value.get(item["type"]) or value.get(kind) or ()
    if len(labels) != 1:
        raise ValueError(f"{len(labels)} labels, expected one: choose one")
    label, turned = str(labels[0]), value.get("rotation", 0)
    if kind == "polygonlabels":
        return polygon(label, value["points"], scale=PERCENT)
    if kind == "rectanglelabels":
        corner, size = (value["x"], value["y"]), (value["width"], value["height"])
        return box(label, corner, size, turned, scale=PERCENT)
    if kind == "ellipselabels":
        radii = value["radiusX"], value["radiusY"]
        return ellipse(label, (value["x"], value["y"]), radii, turned, PERCENT)

    if not value["rle"]:  # All of it was rubbed out again.
        return None

    def paint(mask, class_id):
        mask[read_brush(value["rle"], *mask.shape)] = class_id

    return Shape(label, paint)
