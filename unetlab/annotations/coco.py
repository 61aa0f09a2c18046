"""COCO's JSON: one file for all photos."""

from functools import partial

from unetlab.annotations.runs import fill_runs, read_coco_text
from unetlab.annotations.shapes import Shape, collect_shapes, polygon


def read_coco(contents: dict) -> tuple[list, list]:
    """Read a COCO file: its classes, and a `Drawing` for each photo."""
    used = {one.get("category_id") for one in contents["annotations"]}
    # Roboflow puts a class above the others, under "none", and no shape is of it.
    above = {one.get("supercategory") for one in contents["categories"]}
    names = {
        one["id"]: str(one["name"])
        for one in contents["categories"]
        if one["id"] in used or one["name"] not in above or one.get("supercategory") != "none"
    }
    images = {one["id"]: one for one in contents["images"]}
    grouped = {key: [] for key in images}
    for one in contents["annotations"]:
        if one["image_id"] not in images:
            raise ValueError(f"annotations of image {one['image_id']}, which it does not list")
        grouped[one["image_id"]].append(one)
    drawings = []
    for key, image in images.items():
        # A crowd lies beneath what is drawn one by one.
        items = sorted(grouped[key], key=lambda one: not one.get("iscrowd"))
        size = image.get("height"), image.get("width")
        drawing = collect_shapes(image["file_name"], size, items, partial(_read, names=names))
        drawings.append(drawing)
    return [names[key] for key in sorted(names)], drawings


def _read(item: dict, names: dict) -> Shape | None:
    number = item["category_id"]
    if number not in names:
        raise ValueError(f"of category {number}, which `categories` lacks: export it again")
    shape = _read_shape(names[number], item.get("segmentation"))
    area = float(item.get("area") or 0) if item.get("iscrowd") else None
    return shape and shape._replace(crowd=area)


def _read_shape(label: str, segmentation) -> Shape | None:
    if not segmentation:
        raise ValueError("no segmentation, only a box: draw its outline")
    if isinstance(segmentation, list):
        is_flat = not isinstance(segmentation[0], list)
        return polygon(label, *([segmentation] if is_flat else segmentation))
    counts, size = segmentation["counts"], segmentation["size"]

    def paint(mask, class_id):
        numbers = counts if isinstance(counts, list) else read_coco_text(counts)
        mask[fill_runs(numbers, *size, by_columns=True)] = class_id

    return Shape(label, paint)
