"""COCO's JSON: one file for all photos."""

from pathlib import Path

import numpy as np

from unetlab.annotations.files import Annotations
from unetlab.annotations.runs import fill_runs, read_coco_text
from unetlab.annotations.shapes import BadShape, Patch, Shape, collect_shapes, outlines


def read_coco(path: Path, contents: dict) -> Annotations:
    """Read a COCO file.

    Args:
        path: the file, for messages.
        contents: what it holds.

    Returns:
        An `Annotations`.

    Raises:
        ValueError: its photos, annotations or categories are not as they should be.

    Example:
        >>> images = [{"id": 1, "file_name": "a.jpg", "height": 4, "width": 4}]
        >>> contents = {"images": images, "annotations": [], "categories": []}
        >>> [drawing.image for drawing in read_coco("a.json", contents).drawings]
        ['a.jpg']
    """
    try:
        names = {one["id"]: str(one["name"]) for one in contents["categories"]}
        images = {one["id"]: one for one in contents["images"]}
        grouped = {key: [] for key in images}
        lost = [one["image_id"] for one in contents["annotations"] if one["image_id"] not in images]
        for one in contents["annotations"]:
            grouped.setdefault(one["image_id"], []).append(one)
        files = {key: str(one["file_name"]) for key, one in images.items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{path} is no whole COCO file ({type(error).__name__} {error}), expected images with "
            "id and file_name, annotations with image_id, and categories with id and name: export "
            "it again."
        ) from error
    if lost or len(images) < len(contents["images"]):
        raise ValueError(
            f"{path} has {len(lost)} annotations of images that it does not list and "
            f"{len(contents['images']) - len(images)} images of one id: export it again."
        )
    drawings = []
    for key, image in images.items():
        # A crowd lies beneath what is drawn one by one.
        items = sorted(grouped[key], key=lambda one: not one.get("iscrowd"))
        size = image.get("height"), image.get("width")
        drawings.append(collect_shapes(files[key], size, items, lambda one: _read(one, names)))
    return Annotations([names[key] for key in sorted(names, key=number_first)], drawings)


def number_first(key) -> tuple:
    """Order ids by number, whatever their type.

    Args:
        key: an id, a number or a string.

    Returns:
        Something that can be compared.

    Example:
        >>> sorted([10, 9, "a"], key=number_first)
        [9, 10, 'a']
    """
    return (0, key, "") if isinstance(key, int | float) else (1, 0, str(key))


def _read(item: dict, names: dict) -> Shape:
    if item["category_id"] not in names:
        raise BadShape(f"is of category {item['category_id']}, which the file does not list")
    label = None if item.get("iscrowd") else names[item["category_id"]]
    segmentation = item.get("segmentation")
    if not segmentation:
        raise BadShape("has no segmentation, only a box: draw its outline")
    if isinstance(segmentation, list):
        if any(len(numbers) % 2 for numbers in segmentation):
            raise BadShape("has an odd number of coordinates, expected x, y, x, y, ...")
        return outlines(label, [np.reshape(numbers, [-1, 2]) for numbers in segmentation])
    counts, size = segmentation["counts"], tuple(segmentation["size"])

    def draw(height, width):
        if size != (height, width):
            found = "x".join(map(str, size[::-1]))
            raise BadShape(f"has run lengths for {found} pixels, expected {width}x{height}")
        numbers = counts if isinstance(counts, list) else read_coco_text(counts)
        return Patch(0, 0, fill_runs(numbers, height, width, by_columns=True))

    return Shape(label, "mask", draw)
